// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstddef>
#include <deque>
#include <numeric>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/models/demand_forecast.hpp"
#include "actors/models/inventory.hpp"
#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

using testing::chance;

// A shop that reviews its stock every morning, backorders what it cannot serve, and pays 1 per
// unit left in the evening and 19 per unit short: the best base stock is the 95 % quantile of
// demand over lead time and one day.
constexpr double holding = 1;
constexpr double shortage = 19;
constexpr double service = shortage / (shortage + holding);
constexpr int learning_days = 28;
constexpr int days = 365;

struct market {
  std::string name;
  double mean = 20;
  double phi = 1.5;
  int lead_days = 6;
  std::array<double, days_per_week> week{1, 1, 1, 1, 1, 1, 1};
  int shift_day = days;  // from here on the mean is shift_times as large
  double shift_times = 1;

  [[nodiscard]] double mean_on(int day) const {
    const double level = day >= shift_day ? mean * shift_times : mean;
    return level * week[static_cast<std::size_t>((day % 7 + 7) % 7)];
  }

  [[nodiscard]] count_law over_lead_time(int day) const {
    double sum = 0;
    for (int d = day; d <= day + lead_days; ++d)
      sum += mean_on(d);
    return {sum, phi * sum};
  }
};

struct result {
  double cost = 0;
  double demand = 0;
  double short_units = 0;

  [[nodiscard]] double fill() const { return 1 - short_units / demand; }
  void operator+=(const result& other) {
    cost += other.cost;
    demand += other.demand;
    short_units += other.short_units;
  }
};

// One year of one SKU under a policy that names its target every morning.
class shelf {
 public:
  shelf(std::int64_t stock, int lead_days)
      : on_hand_(stock), pipeline_(static_cast<std::size_t>(lead_days), 0) {}

  void morning(std::int64_t target) {
    const auto on_order = std::accumulate(pipeline_.begin(), pipeline_.end(), std::int64_t{0});
    const stock_position position{.on_hand = on_hand_, .on_order = on_order};
    const auto order = in_lots(target - position.units(), {});
    pipeline_.push_back(order);
    on_hand_ += pipeline_.front();
    pipeline_.pop_front();
  }

  void evening(std::int64_t demand, result& into) {
    const auto before = std::max<std::int64_t>(on_hand_, 0);
    on_hand_ -= demand;
    const auto left = static_cast<double>(on_hand_);
    into.cost += on_hand_ > 0 ? holding * left : -shortage * left;
    into.demand += static_cast<double>(demand);
    into.short_units += static_cast<double>(std::max<std::int64_t>(demand - before, 0));
  }

 private:
  std::int64_t on_hand_;
  std::deque<std::int64_t> pipeline_;
};

std::int64_t learned_target(const demand_forecast& forecast, const demand_forecast::params& how,
                            int day, int lead_days) {
  std::vector<demand_forecast::day> ahead;
  for (int d = day; d <= day + lead_days; ++d) {
    ahead.push_back({.weekday = static_cast<std::size_t>((d % 7 + 7) % 7)});
  }
  return forecast.law(how, ahead).quantile(service);
}

struct comparison {
  double cost_ratio;
  double fill;
  double best_fill;
};

comparison run(const market& market, int skus, std::uint64_t seed) {
  const demand_forecast::params how;
  chance draw(seed);
  result learned;
  result best;
  for (int sku = 0; sku < skus; ++sku) {
    auto forecast = demand_forecast::cold_start(how, market.mean);
    const auto close = [&](int day, std::int64_t units) {
      forecast.observe(how, {.weekday = static_cast<std::size_t>((day % 7 + 7) % 7),
                             .units = static_cast<double>(units)});
    };
    for (int day = -learning_days; day < 0; ++day) {
      close(day, draw.count(market.mean_on(day), market.phi));
    }
    const auto first = market.over_lead_time(0).quantile(service);
    shelf ours(first, market.lead_days);
    shelf theirs(first, market.lead_days);
    for (int day = 0; day < days; ++day) {
      ours.morning(learned_target(forecast, how, day, market.lead_days));
      theirs.morning(market.over_lead_time(day).quantile(service));
      const auto demand = draw.count(market.mean_on(day), market.phi);
      ours.evening(demand, learned);
      theirs.evening(demand, best);
      close(day, demand);
    }
  }
  return {learned.cost / best.cost, learned.fill(), best.fill()};
}

constexpr std::array<double, days_per_week> retail_week{0.8, 0.85, 0.9, 0.95, 1.05, 1.35, 1.1};

void check_cost(const market& market, double ratio_max) {
  const auto found = run(market, testing::sized(100), 31);
  MESSAGE(market.name, ": cost ", found.cost_ratio, " fill ", found.fill, " clairvoyant ",
          found.best_fill);
  CHECK(found.cost_ratio < ratio_max + testing::tolerance(0.02));
  CHECK(found.cost_ratio > 1 - testing::tolerance(0.02));
}

TEST_CASE("a steady SKU costs little more than under a clairvoyant") {
  check_cost({.name = "20 a day"}, 1.06);
  check_cost({.name = "3 a day", .mean = 3, .phi = 2}, 1.075);
}

TEST_CASE("a weekly rhythm is ordered for") {
  check_cost({.name = "20 a day, weekly rhythm", .lead_days = 2, .week = retail_week}, 1.06);
}

TEST_CASE("slow movers are not over-ordered") {
  check_cost({.name = "0.3 a day", .mean = 0.3, .phi = 2}, 1.09);
  check_cost({.name = "0.1 a day", .mean = 0.1, .lead_days = 13}, 1.14);
}

TEST_CASE("a level that moves is followed") {
  check_cost({.name = "5 a day, doubled", .mean = 5, .shift_day = 120, .shift_times = 2}, 1.49);
  check_cost({.name = "5 a day, down to 0.4", .mean = 5, .shift_day = 120, .shift_times = 0.4},
             1.2);
}

}  // namespace
}  // namespace aisle::models
