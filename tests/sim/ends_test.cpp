// SPDX-License-Identifier: Apache-2.0
// Runs at the edges: nothing to read, one record, other orders, asked to stop.
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/sim/oracle.hpp"
#include "tests/sim/plans.hpp"
#include "tests/sim/seeds.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {
namespace {

TEST_CASE("sources of no records and of one record end, whatever is beside them") {
  for_seeds(10, [](std::uint64_t seed) {
    for (const std::size_t first : {0U, 1U, 200U}) {
      for (const std::size_t second : {0U, 1U}) {
        plan_shape shape;
        shape.sources.resize(2);
        shape.sources[0].records = first;
        shape.sources[1].records = second;
        shape.sources[1].partitions = 2;
        const auto plan = make_plan(shape);
        const auto from = make_input(shape, seed);
        const auto got = run(plan, from.feeds, {.seed = seed, .shards = 3});
        CHECK(got.stalls == 0);
        check_against(expect_of(shape, from), got);
      }
    }
  });
}

TEST_CASE("a record alone closes its windows at the end of input, and fires no later timer") {
  plan_shape shape;
  shape.sources.resize(1);
  shape.sources[0].records = 1;
  shape.sources[0].bad = 0;
  shape.sources[0].lines = 0;
  const auto plan = make_plan(shape);
  const auto from = make_input(shape, 1);
  const auto got = run(plan, from.feeds, {});
  // by_key and last, each once: not final when the minute is over, final when its lateness is.
  CHECK(got.count("windows") == 4);
  CHECK(got.count("reports") == 0);
}

TEST_CASE("in the order of arrival every event is counted once, for any schedule, and runs end") {
  for_seeds(40, [](std::uint64_t seed) {
    auto shape = any_shape(seed);
    shape.order = topology::order::arrival;
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = expect_of(shape, from);
    for (const std::uint32_t shards : {1U, 5U}) {
      const auto got = run(plan, from.feeds, {.seed = seed, .shards = shards});
      CHECK(got.stalls == 0);
      check_sums(got);
      CHECK(got.sources == wanted.sources);
      for (std::size_t s = 0; s < wanted.in.size(); ++s) {
        CHECK(got.stages[s].in == wanted.in[s]);
        CHECK(got.stages[s].late == wanted.late[s]);
      }
    }
  });
}

TEST_CASE("a sum of windows does not depend on the order events arrive in") {
  for_seeds(20, [](std::uint64_t seed) {
    auto shape = any_shape(seed);
    shape.order = topology::order::arrival;
    shape.throws_at = 0;
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto got = run(plan, from.feeds, {.seed = seed, .shards = 3});
    CHECK((minutes_of(got) == expect_of(shape, from).minutes));
  });
}

TEST_CASE(
    "asked to stop, a run ends with whole epochs, and what it delivered is part of the whole") {
  for_seeds(40, [](std::uint64_t seed) {
    auto shape = any_shape(seed);
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto whole = run(plan, from.feeds, {.seed = seed, .shards = 2});
    const auto got =
        run(plan, from.feeds, {.seed = seed, .shards = 2, .stop_after = 1 + seed * 17 % 500});
    for (std::size_t s = 0; s < got.sources.size(); ++s) {
      const auto& counts = got.sources[s];
      CHECK(counts.read == counts.accepted + counts.rejected + counts.duplicate);
      CHECK(counts.read <= whole.sources[s].read);
    }
    for (const auto& [sink, lines] : got.lines) {
      CAPTURE(sink);
      CHECK(std::ranges::includes(whole.lines.at(sink), lines));
    }
  });
}

TEST_CASE("a behaviour that throws costs its own events, and its actor after max_failures") {
  for_seeds(20, [](std::uint64_t seed) {
    plan_shape shape;
    shape.sources.resize(2);
    shape.throws_at = 11;
    shape.max_failures = 4;
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto got = run(plan, from.feeds, {.seed = seed, .shards = 4});
    check_against(expect_of(shape, from), got);
    CHECK(got.stages[1].failed > 0);
    CHECK(got.stages[1].quarantined > 0);
    CHECK(got.stages[0].failed == 0);
    CHECK(got.stages[2].failed == 0);
    shape.throws_at = 0;
    const auto sound = run(make_plan(shape), from.feeds, {.seed = seed, .shards = 4});
    for (const auto* const sink : {"windows", "decisions", "reports"}) {
      const auto of_others = [&](const outcome& of) {
        auto lines = of.lines.at(sink);
        std::erase_if(lines, [](const auto& line) { return line.contains("{\"part\":"); });
        return lines;
      };
      CHECK_MESSAGE((of_others(got) == of_others(sound)), "other stages notice nothing");
    }
  });
}

}  // namespace
}  // namespace aisle::sim
