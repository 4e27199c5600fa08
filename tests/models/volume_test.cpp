// SPDX-License-Identifier: Apache-2.0
#include "actors/models/volume.hpp"

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"
#include "tests/models/episodes.hpp"

namespace aisle::models {
namespace {

using testing::chance;
using testing::tally;

constexpr int hours = 12 * 168;
constexpr int learning_hours = 4 * 168;
constexpr double phi = 2;

struct incident {
  int from;
  int to;  // exclusive
  double times;
};

struct shop {
  std::vector<std::int64_t> counts;
  std::vector<incident> incidents;
};

double open_shop_mean(int hour, double peak) {
  const int of_day = hour % 24;
  const int day = hour / 24 % 7;
  if (of_day < 8 || of_day >= 21) return 0;
  const double bell = std::sin(std::numbers::pi * (of_day - 7.5) / 14);
  return peak * (0.25 + 0.75 * bell) * (day >= 5 ? 1.3 : 1.0);
}

// Drops to 0.4 for four hours or surges to 2.5 for two, in opening hours, after the learning weeks.
shop make_shop(chance& draw) {
  shop made;
  const double peak = 60 * std::exp(0.3 * draw.normal());
  for (int at = learning_hours + 24; at < hours - 48;) {
    at += static_cast<int>(draw.integer(100, 700));
    const int start = at / 24 * 24 + static_cast<int>(draw.integer(9, 16));
    if (start >= hours - 24) break;
    const bool drop = draw.happens(0.5);
    made.incidents.push_back({start, start + (drop ? 4 : 2), drop ? 0.4 : 2.5});
    at = start + 24;
  }
  for (int hour = 0; hour < hours; ++hour) {
    double mean = open_shop_mean(hour, peak);
    for (const auto& each : made.incidents) {
      if (hour >= each.from && hour < each.to) mean *= each.times;
    }
    made.counts.push_back(draw.count(mean, phi));
  }
  return made;
}

// An alarm up to an hour after an incident still belongs to it; false alarms in consecutive hours
// are one episode.
tally judge(const shop& shop, const volume::params& how) {
  volume state;
  tally all;
  std::vector<bool> seen(shop.incidents.size());
  int last_false = -10;
  for (int hour = 0; hour < hours; ++hour) {
    const auto slot = static_cast<std::size_t>(hour % 168);
    const auto verdict = state.observe(how, slot, shop.counts[static_cast<std::size_t>(hour)]);
    if (hour < learning_hours || !verdict.anomalous()) continue;
    bool explained = false;
    for (std::size_t i = 0; i < shop.incidents.size(); ++i) {
      const auto& each = shop.incidents[i];
      if (hour < each.from || hour > each.to) continue;
      seen[i] = explained = true;
    }
    if (explained) continue;
    all.false_alarms += hour - last_false > 1;
    last_false = hour;
  }
  for (const bool found : seen)
    (found ? all.hits : all.misses) += 1;
  return all;
}

volume learned(double mean, int weeks) {
  const volume::params how;
  volume state;
  chance draw(7);
  for (int i = 0; i < weeks * 168; ++i) {
    state.observe(how, static_cast<std::size_t>(i % 168), draw.count(mean, phi));
  }
  return state;
}

TEST_CASE("an hour without a sale in a busy shop is an anomaly") {
  auto state = learned(40, 6);
  const auto verdict = state.observe({}, 5, 0);
  CHECK(verdict.unlikely);
  CHECK(verdict.expected == doctest::Approx(40).epsilon(0.3));
  CHECK(verdict.z < -3);
}

TEST_CASE("an empty hour of a closed shop is not an anomaly") {
  auto state = learned(0, 6);
  CHECK_FALSE(state.observe({}, 5, 0).anomalous());
  CHECK(state.observe({}, 6, 10).unlikely);
}

TEST_CASE("nothing is judged before an hour of the week was seen three times") {
  auto state = learned(40, 2);
  CHECK(state.observe({}, 0, 0).p == 1);
}

TEST_CASE("one flagged hour does not move what is usual by more than three deviations") {
  auto state = learned(40, 6);
  const double before = state.profile.mean[9];
  state.observe({}, 9, 100'000);
  CHECK(state.profile.mean[9] < before + 0.25 * 3 * std::sqrt(state.dispersion * before * 1.2) + 1);
}

TEST_CASE("dips and surges are found: recall 0.80, precision 0.90, rarely a false episode") {
  const volume::params how;
  tally all;
  chance draw(1'204);
  const int shops = testing::sized(200);
  for (int i = 0; i < shops; ++i) {
    const auto one = judge(make_shop(draw), how);
    all.hits += one.hits;
    all.misses += one.misses;
    all.false_alarms += one.false_alarms;
  }
  const double days = shops * (hours - learning_hours) / 24.0;
  MESSAGE("incidents ", all.hits + all.misses, " recall ", all.recall(), " precision ",
          all.precision(), " false episodes per shop and day ", all.false_alarms / days);
  CHECK(all.recall() > 0.80 - testing::tolerance(0.02));
  CHECK(all.precision() > 0.90 - testing::tolerance(0.02));
  CHECK(all.false_alarms / days < 0.007);
}

TEST_CASE("Monday midnight is slot 0") {
  CHECK(hour_of_week(0) == 72);
  CHECK(hour_of_week(4 * 24) == 0);
  CHECK(hour_of_week(4 * 24 - 1) == 167);
}

}  // namespace
}  // namespace aisle::models
