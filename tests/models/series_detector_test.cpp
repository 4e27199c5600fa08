// SPDX-License-Identifier: Apache-2.0
#include "actors/models/series_detector.hpp"

#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

// 5-minute values with a daily rhythm.
constexpr int per_day = 288;
constexpr int learning = 3 * per_day;

std::size_t hour_of(int i) { return static_cast<std::size_t>(i / 12 % 24); }

double rhythm(int i) { return 50 + 20 * std::sin(2 * std::numbers::pi * i / per_day); }

using disturbance = std::function<double(int, double, testing::chance&)>;

struct outcome {
  int first_alarm = -1;  // values after the disturbance began
  int false_alarms = 0;
};

outcome disturb_at(int start, std::uint64_t seed, const disturbance& disturb) {
  testing::chance draw(seed);
  series_detector state;
  const series_detector::params how;
  outcome found;
  for (int i = 0; i < start + per_day; ++i) {
    double x = rhythm(i) + 2 * draw.normal();
    if (i >= start) x = disturb(i - start, x, draw);
    if (!state.observe(how, x, hour_of(i)).alarm) continue;
    if (i < start && i >= learning) ++found.false_alarms;
    if (i >= start && found.first_alarm < 0) found.first_alarm = i - start;
  }
  return found;
}

void check_found(int within, const disturbance& disturb) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto found = disturb_at(14 * per_day, seed, disturb);
    CAPTURE(seed);
    CHECK(found.first_alarm >= 0);
    CHECK(found.first_alarm <= within);
    CHECK(found.false_alarms <= 1);
  }
}

TEST_CASE("a spike is found at once") {
  check_found(0, [](int i, double x, auto&) { return i == 0 ? x + 60 : x; });
}

TEST_CASE("a level that moved is found within the hour") {
  check_found(12, [](int, double x, auto&) { return x + 40; });
}

TEST_CASE("a series that turns restless is found within two hours") {
  check_found(24, [](int, double x, auto& draw) { return x + 16 * draw.normal(); });
}

TEST_CASE("a value usual at noon is found at midnight") {
  check_found(24, [](int, double, auto& draw) { return 30 + 2 * draw.normal() + 34; });
}

TEST_CASE("a flat series has no alarms, and its first move is one") {
  series_detector state;
  const series_detector::params how;
  for (int i = 0; i < 2'000; ++i)
    CHECK(state.observe(how, 7, hour_of(i)).raw == 0);
  CHECK(state.observe(how, 7.5, 0).alarm);
}

TEST_CASE("what happens every day is no news after a while") {
  series_detector state;
  const series_detector::params how;
  testing::chance draw(2);
  int late_alarms = 0;
  for (int i = 0; i < 30 * per_day; ++i) {
    const double spike = i % 40 == 0 ? 30 : 0;
    const bool alarm = state.observe(how, 10 + spike + draw.normal(), hour_of(i)).alarm;
    late_alarms += alarm && i > 10 * per_day;
  }
  CHECK(late_alarms <= 2);
}

TEST_CASE("one incident alarms once, not at each of its values") {
  series_detector state;
  const series_detector::params how;
  testing::chance draw(4);
  int alarms = 0;
  for (int i = 0; i < 14 * per_day; ++i) {
    const bool incident = i >= 12 * per_day && i < 12 * per_day + 40;
    alarms +=
        state.observe(how, rhythm(i) + 2 * draw.normal() + (incident ? 60 : 0), hour_of(i)).alarm;
  }
  CHECK(alarms >= 1);
  CHECK(alarms <= 3);
}

TEST_CASE("scores are in [0, 1), 0.5 at the threshold, and rise with the raw score") {
  series_detector state;
  const series_detector::params how;
  testing::chance draw(8);
  for (int i = 0; i < 5'000; ++i) {
    const double x = draw.happens(0.002) ? 1e9 : draw.normal();
    const auto now = state.observe(how, x, hour_of(i));
    CHECK(now.raw >= 0);
    CHECK(now.surprise == now.raw / (now.raw + how.threshold));
    CHECK(now.score <= now.surprise);
    CHECK(now.surprise < 1);
    CHECK(now.alarm == (now.score > 0.5));
  }
}

TEST_CASE("the first value, and extreme ones, give finite scores") {
  series_detector state;
  const series_detector::params how;
  for (const double x : {0.0, 1e300, -1e300, 1e-300, 0.0, 5.0}) {
    CHECK(std::isfinite(state.observe(how, x, 0).score));
  }
}

}  // namespace
}  // namespace aisle::models
