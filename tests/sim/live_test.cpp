// SPDX-License-Identifier: Apache-2.0
// Records that come while the run goes on: partitions fall idle and wake, sources drift apart.
// While a run goes on the simulation checks that who is idle waits for nothing but records.
#include <numeric>

#include <doctest/doctest.h>

#include "tests/sim/plans.hpp"
#include "tests/sim/seeds.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {
namespace {

topology::plan make_live_plan(const plan_shape& shape, std::optional<base::duration> idle) {
  auto plan = make_plan(shape);
  for (auto& source : plan.sources) {
    source.idle = idle;
  }
  return plan;
}

void check_nothing_lost(const outcome& got, const outcome& wanted) {
  CHECK(got.sources == wanted.sources);
  REQUIRE(got.stages.size() == wanted.stages.size());
  for (std::size_t s = 0; s < got.stages.size(); ++s) {
    CHECK(got.stages[s].in == wanted.stages[s].in);
    CHECK(got.stages[s].applied + got.stages[s].late + got.stages[s].failed +
              got.stages[s].quarantined ==
          got.stages[s].in);
  }
}

TEST_CASE("a partition that falls idle and wakes loses nothing, whatever the schedule") {
  std::uint64_t declared = 0;
  for_seeds(40, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    const auto plan = make_live_plan(shape, base::duration{100});
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    CHECK(wanted.declared_idle == 0);
    const auto got =
        run(plan, from.feeds, {.seed = seed, .shards = 3, .ticks = 0.02, .arrivals = 0.05});
    check_nothing_lost(got, wanted);
    declared += got.declared_idle;
  });
  CHECK(declared > 100);
  MESSAGE(declared, " times idle");
}

TEST_CASE("a reader that waits for slow lanes or slow sources is never called idle") {
  for_seeds(25, [&](std::uint64_t seed) {
    auto shape = any_shape(seed);
    auto plan = make_live_plan(shape, base::duration{1});
    plan.max_drift = base::duration{2'000};
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    const auto got = run(plan, from.feeds,
                         {.seed = seed,
                          .shards = 2,
                          .source_speed = {1.0, 0.05},
                          .lane_speed = {0.05},
                          .ticks = 0.05,
                          .arrivals = 0.5,
                          .burst = 200});
    check_nothing_lost(got, wanted);
  });
}

TEST_CASE("records that come late in time but never idle give the output of a bounded run") {
  for_seeds(20, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    const auto plan = make_live_plan(shape, std::nullopt);
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    const auto got = run(plan, from.feeds, {.seed = seed + 7, .shards = 4, .arrivals = 0.1});
    CHECK(got.declared_idle == 0);
    CHECK(got.lines == wanted.lines);
    CHECK(got.stages == wanted.stages);
  });
}

TEST_CASE(
    "sources that may drift apart only so far wait for each other, and nothing else changes") {
  std::uint64_t waits = 0;
  for_seeds(20, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    plan.max_drift = base::duration{5'000};
    const auto got =
        run(plan, from.feeds, {.seed = seed, .shards = 2, .source_speed = {1.0, 0.02, 0.5}});
    CHECK(got.lines == wanted.lines);
    CHECK(got.stages == wanted.stages);
    waits += got.drift_waits;
  });
  CHECK(waits > 20);
}

}  // namespace
}  // namespace aisle::sim
