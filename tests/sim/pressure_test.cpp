// SPDX-License-Identifier: Apache-2.0
// Parties of very different speed: what is held stays bounded, nothing is lost, and every run ends.
#include <algorithm>

#include <doctest/doctest.h>

#include "runtime/io/source.hpp"
#include "tests/sim/oracle.hpp"
#include "tests/sim/plans.hpp"
#include "tests/sim/seeds.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {
namespace {

/// Rows (records and lines, of all stages) a source makes of records that are not further apart, in
/// the file's order, than its disorder and one jitter: those that must wait whatever anybody does.
std::size_t rows_in_disorder(const source_shape& shape,
                             const std::vector<std::optional<flow::visit>>& visits) {
  std::vector<std::pair<std::int64_t, std::size_t>> rows;
  for (const auto& v : visits) {
    if (v) {
      rows.emplace_back(v->at_ms, 1 + v->parts.size());
    }
  }
  std::ranges::sort(rows);
  std::size_t most = 0;
  std::size_t within = 0;
  for (std::size_t first = 0, i = 0; i < rows.size(); ++i) {
    within += rows[i].second;
    while (rows[i].first - rows[first].first > shape.disorder.count()) {
      within -= rows[first++].second;
    }
    most = std::max(most, within);
  }
  return most;
}

/// What one shard may hold back, by the credit of its channels and the disorder of its sources.
std::size_t rows_held_max(const plan_shape& shape, const input& from) {
  std::size_t rows = 0;
  for (std::size_t s = 0; s < shape.sources.size(); ++s) {
    const auto messages = shape.sources[s].partitions * (flow::channel_credit + 2);
    rows += messages * (flow::batch_rows_max + shape.sources[s].lines);
    rows += rows_in_disorder(shape.sources[s], from.visits[s]);
  }
  return rows;
}

/// Sources of one partition each, dense enough that credit runs out.
plan_shape dense(std::size_t sources, std::size_t records) {
  plan_shape shape;
  shape.sources.assign(sources, {});
  for (auto& source : shape.sources) {
    source.records = records;
    source.step_ms = 20;
    source.jitter_ms = 200;
    source.disorder = base::duration{100};
    source.lines = 1;
  }
  return shape;
}

/// A run in which this sink's lanes, or its writer, are 100 times slower than everybody else.
outcome run_with_slow_sink(const plan_shape& shape, const input& from, std::uint64_t seed,
                           std::size_t sink, bool only_writer) {
  const auto plan = make_plan(shape);
  run_options options{.seed = seed, .shards = 2, .records_per_turn = 400, .work_per_turn = 400};
  options.ticks = 0.05;
  options.writer_speed.assign(plan.sinks.size(), 1.0);
  options.writer_speed[sink] = 0.01;
  if (!only_writer) {
    options.lane_speed = options.writer_speed;
  }
  return run(plan, from.feeds, options);
}

TEST_CASE("a sink 100 times slower than the rest: what is held stays bounded, nothing is lost") {
  for_seeds(2, [](std::uint64_t seed) {
    const auto shape = dense(2, 12'000);
    const auto from = make_input(shape, seed);
    const auto wanted = expect_of(shape, from);
    for (std::size_t slow = 0; slow < make_plan(shape).sinks.size(); ++slow) {
      for (const bool only_writer : {true, false}) {
        CAPTURE(slow);
        const auto got = run_with_slow_sink(shape, from, seed, slow, only_writer);
        check_against(wanted, got);
        CHECK(got.stalls == 0);
        CHECK(got.peaks.rows_held <= rows_held_max(shape, from));
        CHECK(got.peaks.messages_out <= flow::channel_credit + 2);
        CHECK(got.peaks.outboxes <= checkpoint::coordinator::max_undelivered);
        CHECK((!only_writer || got.peaks.outboxes == checkpoint::coordinator::max_undelivered));
      }
    }
  });
}

TEST_CASE("sources of very different speed: the fast one waits, and the run ends") {
  for_seeds(2, [](std::uint64_t seed) {
    for (const std::size_t sources : {2U, 3U}) {
      const auto shape = dense(sources, 40'000);
      const auto plan = make_plan(shape);
      const auto from = make_input(shape, seed);
      run_options options{.seed = seed, .records_per_turn = 400, .work_per_turn = 400};
      options.source_speed = {0.005, 1.0, 0.1};
      const auto got = run(plan, from.feeds, options);
      CHECK(got.stalls == 0);
      check_against(expect_of(shape, from), got);
      CHECK(got.peaks.rows_held <= rows_held_max(shape, from));
      CHECK(got.stages[0].in > 4 * rows_held_max(shape, from));
    }
  });
}

TEST_CASE("a disorder larger than all credit holds back what it must, and the run ends") {
  for_seeds(10, [](std::uint64_t seed) {
    for (const std::size_t sources : {2U, 3U}) {
      auto shape = dense(sources, 12'000);
      for (auto& source : shape.sources) {
        // All of its events: 12,000 records of 20 ms.
        source.disorder = base::duration{400'000};
      }
      const auto plan = make_plan(shape);
      const auto from = make_input(shape, seed);
      run_options options{.seed = seed, .shards = 2, .records_per_turn = 400, .work_per_turn = 400};
      options.source_speed = {0.02, 1.0, 0.2};
      const auto got = run(plan, from.feeds, options);
      CHECK(got.stalls == 0);
      check_against(expect_of(shape, from), got);
      CHECK(got.stages[0].late == 0);
      CHECK(got.peaks.rows_held > (flow::channel_credit + 2) * flow::batch_rows_max);
    }
  });
}

TEST_CASE("a source that lies wholly behind the other one in time makes it wait, not fill memory") {
  for_seeds(2, [](std::uint64_t seed) {
    auto shape = dense(2, 60'000);
    shape.sources[1].begin_ms += 2'000'000;
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    // As many epochs as possible: each is a chance to run ahead by what its barrier takes along.
    const auto got =
        run(plan, from.feeds,
            {.seed = seed, .records_per_turn = 100, .work_per_turn = 400, .ticks = 0.1});
    CHECK(got.stalls == 0);
    check_against(expect_of(shape, from), got);
    CHECK(got.peaks.rows_held <= rows_held_max(shape, from));
    CHECK(got.stages[0].in > 4 * rows_held_max(shape, from));
    CHECK(got.epochs > 50);
  });
}

}  // namespace
}  // namespace aisle::sim
