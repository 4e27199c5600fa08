// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/sim/oracle.hpp"
#include "tests/sim/plans.hpp"
#include "tests/sim/seeds.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {
namespace {

void check_same_lines(const outcome& got, const outcome& wanted, const std::string& sink) {
  CAPTURE(sink);
  const auto& lines = wanted.lines.at(sink);
  const auto& others = got.lines.at(sink);
  REQUIRE(others.size() == lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    REQUIRE(others[i] == lines[i]);
  }
}

void check_same(const outcome& got, const outcome& wanted) {
  for (const auto& [sink, lines] : wanted.lines) {
    check_same_lines(got, wanted, sink);
  }
  CHECK(got.sources == wanted.sources);
  CHECK(got.stages == wanted.stages);
  CHECK(got.late_records == wanted.late_records);
  CHECK(got.quarantined_actors == wanted.quarantined_actors);
}

TEST_CASE("the same output for any schedule and for 1, 4 and 16 shards") {
  std::size_t late = 0;
  std::size_t quarantined = 0;
  for_seeds(60, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    CHECK(wanted.stalls == 0);
    check_against(expect_of(shape, from), wanted);
    late += wanted.count("late");
    for (const auto& stage : wanted.stages) {
      quarantined += stage.quarantined;
    }
    for (const std::uint32_t shards : {1U, 4U, 16U}) {
      CAPTURE(shards);
      const auto got = run(plan, from.feeds, {.seed = seed + 1'000 * shards, .shards = shards});
      check_same(got, wanted);
      CHECK(got.stalls == 0);
    }
  });
  MESSAGE(late, " late, ", quarantined, " for quarantined actors");
}

TEST_CASE("the same output when actors sleep: with room for one, and for some") {
  for_seeds(25, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    for (const std::size_t memory : {std::size_t{1}, std::size_t{12'000}}) {
      CAPTURE(memory);
      const auto shards = static_cast<std::uint32_t>(1 + seed % 4);
      const auto got =
          run(plan, from.feeds, {.seed = seed + 1'000, .shards = shards, .memory = memory});
      check_same(got, wanted);
      CHECK(got.stalls == 0);
    }
  });
}

TEST_CASE("how the partitions of a source lie in its file changes nothing but positions") {
  for_seeds(30, [&](std::uint64_t seed) {
    auto shape = any_shape(seed);
    shape.throws_at = 0;
    for (auto& source : shape.sources) {
      source.partitions = 3;
    }
    const auto plan = make_plan(shape);
    auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed, .shards = 2});
    for (std::size_t s = 0; s < from.feeds.size(); ++s) {
      from.feeds[s] = interleaved_anew(from, s, 3, seed);
    }
    const auto got = run(plan, from.feeds, {.seed = seed, .shards = 2});
    check_same_lines(got, wanted, "windows");
    check_same_lines(got, wanted, "reports");
    CHECK(got.sources == wanted.sources);
    CHECK(got.stages == wanted.stages);
  });
}

}  // namespace
}  // namespace aisle::sim
