// SPDX-License-Identifier: Apache-2.0
#include "actors/models/demand_forecast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

using testing::chance;

constexpr std::array<double, days_per_week> retail_week{0.8, 0.85, 0.9, 0.95, 1.05, 1.35, 1.1};

static_assert(std::is_trivially_copyable_v<demand_forecast>);
static_assert(sizeof(demand_forecast) == 152);

// A forecast that has seen `days` days of this mean, from a Monday on.
demand_forecast learned(double mean, double phi, int days,
                        const std::array<double, days_per_week>& week = {1, 1, 1, 1, 1, 1, 1}) {
  const demand_forecast::params how;
  chance draw(77);
  auto state = demand_forecast::cold_start(how, mean);
  for (int day = 0; day < days; ++day) {
    const auto w = static_cast<std::size_t>(day % 7);
    const auto units = static_cast<double>(draw.count(mean * week[w], phi));
    state.observe(how, {.weekday = w, .units = units});
  }
  return state;
}

TEST_CASE("a cold start forecasts the category's mean and is unsure of it") {
  const demand_forecast::params how;
  const auto fresh = demand_forecast::cold_start(how, 4);
  const auto old = learned(4, 1.5, 365);
  CHECK(fresh.mean(how, {}) == doctest::Approx(4));
  const std::array<demand_forecast::day, 7> next_week{};
  CHECK(fresh.law(how, next_week).variance > 3 * old.law(how, next_week).variance);
}

TEST_CASE("the level and the dispersion of steady demand are learned") {
  const demand_forecast::params how;
  for (const double mean : {0.3, 3.0, 20.0}) {
    CAPTURE(mean);
    const auto state = learned(mean, 2, 700);
    CHECK(state.level() == doctest::Approx(mean).epsilon(0.15));
    CHECK(state.dispersion(how) == doctest::Approx(2).epsilon(0.3));
  }
}

TEST_CASE("day-of-week factors are learned, and slowly for a SKU that sells little") {
  const demand_forecast::params how;
  const auto fast = learned(20, 1.5, 365, retail_week);
  for (std::size_t w = 0; w < days_per_week; ++w) {
    CHECK(fast.mean(how, {.weekday = w}) == doctest::Approx(20 * retail_week[w]).epsilon(0.12));
  }
  const auto slow = learned(0.1, 1.5, 120, retail_week);
  const double friday = slow.mean(how, {.weekday = 4});
  CHECK(slow.mean(how, {.weekday = 5}) == doctest::Approx(friday).epsilon(0.1));
}

TEST_CASE("a new SKU starts with the week of its category") {
  demand_forecast::params how;
  how.week_shape = retail_week;
  const auto fresh = demand_forecast::cold_start(how, 10);
  CHECK(fresh.mean(how, {.weekday = 5}) == doctest::Approx(13.5));
  CHECK(fresh.mean(how, {.weekday = 0}) == doctest::Approx(8));
}

TEST_CASE("what is known outside is a factor, going in and coming out") {
  const demand_forecast::params how;
  auto state = demand_forecast::cold_start(how, 10);
  for (int day = 0; day < 280; ++day) {
    const double factor = day % 2 == 0 ? 1 : 3;
    state.observe(
        how,
        {.weekday = static_cast<std::size_t>(day % 7), .units = 10 * factor, .factor = factor});
  }
  CHECK(state.mean(how, {.factor = 1}) == doctest::Approx(10).epsilon(0.02));
  CHECK(state.mean(how, {.factor = 3}) == doctest::Approx(30).epsilon(0.02));
}

TEST_CASE("event days learn their own uplift and leave the level alone") {
  const demand_forecast::params how;
  auto state = demand_forecast::cold_start(how, 10);
  for (int day = 0; day < 365; ++day) {
    const bool event = day % 10 == 0;
    state.observe(how, {.weekday = static_cast<std::size_t>(day % 7),
                        .units = event ? 25.0 : 10.0,
                        .event = event});
  }
  CHECK(state.mean(how, {}) == doctest::Approx(10).epsilon(0.08));
  CHECK(state.mean(how, {.event = true}) == doctest::Approx(25).epsilon(0.2));
}

TEST_CASE("a day without stock teaches only that at least so much would have sold") {
  const demand_forecast::params how;
  auto state = learned(10, 1.5, 100);
  const auto before = state;
  state.observe(how, {.units = 0, .in_stock = false});
  CHECK(state.level() == before.level());
  CHECK(state.days == before.days);
  state.observe(how, {.units = 18, .in_stock = false});
  CHECK(state.level() > before.level());
}

TEST_CASE("a doubled level is taken over within a week, from the mean since it doubled") {
  const demand_forecast::params how;
  auto state = learned(10, 1.2, 200);
  chance draw(5);
  int day = 200;
  bool shifted = false;
  while (!shifted && day < 230) {
    const auto units = static_cast<double>(draw.count(20, 1.2));
    shifted = state.observe(how, {.weekday = static_cast<std::size_t>(day++ % 7), .units = units});
  }
  CHECK(shifted);
  CHECK(day - 200 <= 8);
  CHECK(state.level() == doctest::Approx(20).epsilon(0.2));
}

TEST_CASE("level shifts of slow movers are not looked for") {
  const demand_forecast::params how;
  auto state = learned(0.2, 2, 200);
  for (int day = 0; day < 10; ++day) {
    CHECK_FALSE(state.observe(how, {.weekday = static_cast<std::size_t>(day % 7), .units = 1}));
  }
}

TEST_CASE("one bulk order does not carry the level away") {
  const demand_forecast::params how;
  auto state = learned(10, 1.5, 100);
  state.observe(how, {.weekday = 2, .units = 74'215});
  CHECK(state.level() < 16);
}

TEST_CASE("a silence fades the forecast, and the first sale brings the old level back") {
  const demand_forecast::params how;
  auto state = learned(10, 1.5, 100);
  const double before = state.level();
  for (int day = 0; day < 60; ++day) {
    state.observe(how, {.weekday = static_cast<std::size_t>((2 + day) % 7)});
  }
  CHECK(state.mean(how, {}) < 0.1 * before);
  CHECK(state.level() == doctest::Approx(before).epsilon(0.05));
  state.observe(how, {.weekday = 6, .units = 9});
  CHECK(state.mean(how, {}) == doctest::Approx(before).epsilon(0.2));
}

TEST_CASE("sales that come in clusters are followed down, not taken for outages") {
  const demand_forecast::params how;
  auto state = demand_forecast::cold_start(how, 5);
  int silent = 0;
  for (int day = 0; day < 900; ++day) {
    const bool cluster = day % 45 < 10;
    const auto w = static_cast<std::size_t>(day % 7);
    state.observe(how, {.weekday = w, .units = cluster ? 9.0 : 0.0});
    silent += day >= 450 && state.silent_days > 0;
  }
  CHECK(silent <= 5);
  CHECK(state.level() < 3.5);
}

TEST_CASE("the empty days of a slow mover are no silence") {
  const demand_forecast::params how;
  const auto state = learned(0.1, 1.5, 700);
  CHECK(state.silent_days == 0);
}

TEST_CASE("the law of many days has their mean and more than the sum of their variances") {
  const demand_forecast::params how;
  const auto state = learned(3, 2, 365, retail_week);
  std::array<demand_forecast::day, 14> ahead{};
  double mean = 0;
  double variance = 0;
  for (std::size_t i = 0; i < ahead.size(); ++i) {
    ahead[i] = {.weekday = i % 7};
    mean += state.law(how, ahead[i]).mean;
    variance += state.law(how, ahead[i]).variance;
  }
  const auto total = state.law(how, ahead);
  CHECK(total.mean == doctest::Approx(mean));
  CHECK(total.variance > variance);
  CHECK(state.law(how, std::span<const demand_forecast::day>{}).mean == 0);
}

TEST_CASE("a SKU that never sold forecasts nothing and does not divide by it") {
  const demand_forecast::params how;
  auto state = demand_forecast::cold_start(how, 0);
  for (int day = 0; day < 400; ++day) {
    state.observe(how, {.weekday = static_cast<std::size_t>(day % 7)});
  }
  CHECK(state.law(how, demand_forecast::day{}).mean == 0);
  CHECK(state.law(how, demand_forecast::day{}).quantile(0.99) == 0);
  state.observe(how, {.weekday = 1, .units = 3});
  CHECK(state.mean(how, {}) > 0);
  CHECK(std::isfinite(state.law(how, demand_forecast::day{}).variance));
}

TEST_CASE("parameters that cannot work are named") {
  CHECK_FALSE(demand_forecast::params{}.problem());
  demand_forecast::params wrong;
  wrong.week_shape[3] = 0;
  CHECK(wrong.problem() == "every day of week_shape must be above 0");
  CHECK(demand_forecast::params{.gain_min = 0.5}.problem());
}

}  // namespace
}  // namespace aisle::models
