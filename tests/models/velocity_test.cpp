// SPDX-License-Identifier: Apache-2.0
#include "actors/models/velocity.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

constexpr std::int64_t minute_ms = 60'000;

TEST_CASE("the eleventh transaction within a minute exceeds ten") {
  velocity till;
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(till.observe(i * 5'000, minute_ms, 10).exceeded);
  const auto eleventh = till.observe(50'000, minute_ms, 10);
  CHECK(eleventh.count == 11);
  CHECK(eleventh.exceeded);
  CHECK(eleventh.onset);
}

TEST_CASE("a transaction exactly one window old does not count") {
  velocity till;
  till.observe(0, minute_ms, 1);
  CHECK(till.observe(minute_ms, minute_ms, 1).count == 1);
  CHECK(till.observe(2 * minute_ms - 1, minute_ms, 1).count == 2);
}

TEST_CASE("a burst alarms once, and the next one again") {
  velocity till;
  int onsets = 0;
  for (int burst = 0; burst < 3; ++burst) {
    for (int i = 0; i < 30; ++i) {
      onsets += till.observe(burst * 600'000 + i * 1'000, minute_ms, 10).onset;
    }
  }
  CHECK(onsets == 3);
}

TEST_CASE("counts are exact for any order of times, as far as the ring reaches") {
  testing::chance draw(5);
  velocity till;
  std::vector<std::int64_t> all;
  std::int64_t now = 0;
  for (int i = 0; i < 5'000; ++i) {
    now += draw.integer(0, 9'000);
    const auto at = now - draw.integer(0, 20'000);
    all.push_back(at);
    const auto exact = std::count_if(all.begin(), all.end(),
                                     [&](std::int64_t t) { return t > at - minute_ms && t <= at; });
    CHECK(till.observe(at, minute_ms, 10).count == static_cast<std::size_t>(exact));
  }
}

TEST_CASE("a full ring counts its capacity and forgets the oldest") {
  velocity till;
  for (int i = 0; i < 200; ++i)
    till.observe(i, minute_ms, 10);
  CHECK(till.observe(200, minute_ms, 10).count == velocity::capacity);
  CHECK(till.observe(10, minute_ms, 10).count == 0);
  CHECK(till.held == velocity::capacity);
}

TEST_CASE("a busy till has a higher limit: the Poisson quantile of 1 in 10,000") {
  CHECK(velocity_limit(1, 2) == 9);
  CHECK(velocity_limit(1, 4) == 13);
  CHECK(velocity_limit(1, 6) == 17);
  CHECK(velocity_limit(10, 2) == 10);
  CHECK(velocity_limit(10, 1'000) == velocity::capacity - 1);
}

}  // namespace
}  // namespace aisle::models
