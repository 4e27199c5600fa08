// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "actors/models/elasticity.hpp"
#include "actors/models/price_target.hpp"
#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

using testing::chance;

// Each SKU costs 0.60, sold at 1.00 so far, has an elasticity of 1.4 to 3.5 nobody knows, a weekly
// rhythm, and counts with variance 1.5 x mean. The price moves at most 10 % a day within
// [1.05 cost, 1.60]. A policy's score is its expected profit over that of the best price.
constexpr double cost = 0.6;
constexpr double price_min = 1.05 * cost;
constexpr double price_max = 1.6;
constexpr double phi = 1.5;
constexpr int days = 180;
constexpr int last_days = 30;
constexpr std::array<double, 7> week{0.8, 0.85, 0.9, 0.95, 1.05, 1.35, 1.1};

struct product {
  double level;
  double e;

  [[nodiscard]] double mean(double price) const { return level * std::pow(price, -e); }
  [[nodiscard]] double profit(double price) const { return (price - cost) * mean(price); }
  [[nodiscard]] double best_price() const {
    return std::clamp(monopoly_price(cost, e), price_min, price_max);
  }
};

struct score {
  double all = 0;
  double last = 0;
};

using policy = price_target (*)(const elasticity&, std::uint64_t key, std::int64_t day);

price_target learning(const elasticity& believed, std::uint64_t key, std::int64_t day) {
  return price_target::choose({.seed = 11}, believed, cost, key, day);
}

price_target greedy(const elasticity& believed, std::uint64_t, std::int64_t) {
  return {.price = monopoly_price(cost, -believed.theta[1]), .elasticity = -believed.theta[1]};
}

price_target fixed(const elasticity&, std::uint64_t, std::int64_t) { return {.price = 1}; }

struct ledger {
  double earned = 0;
  double possible = 0;
  double earned_late = 0;
  double possible_late = 0;
};

void sell_one(const product& item, policy decide, std::uint64_t key, chance& draw, ledger& into) {
  const elasticity::params how;
  double price = 1;
  auto believed = elasticity::prior(how, price, item.level);
  for (int day = 0; day < days; ++day) {
    const double wanted = std::clamp(decide(believed, key, day).price, price_min, price_max);
    price = std::clamp(wanted, 0.9 * price, 1.1 * price);
    const double factor = week[static_cast<std::size_t>(day % 7)];
    const auto units = draw.count(item.mean(price) * factor, phi);
    believed.observe(
        how,
        {.price = price, .units = static_cast<double>(units), .factor = factor, .dispersion = phi});
    into.earned += item.profit(price) * factor;
    into.possible += item.profit(item.best_price()) * factor;
    if (day < days - last_days) continue;
    into.earned_late += item.profit(price) * factor;
    into.possible_late += item.profit(item.best_price()) * factor;
  }
}

score sell(double units_a_day, policy decide) {
  chance draw(90'125);
  ledger total;
  const int products = testing::sized(600);
  for (int i = 0; i < products; ++i) {
    const product item{.level = units_a_day * std::exp(0.5 * draw.normal()),
                       .e = draw.between(1.4, 3.5)};
    sell_one(item, decide, static_cast<std::uint64_t>(i), draw, total);
  }
  return {total.earned / total.possible, total.earned_late / total.possible_late};
}

score report(const std::string& name, double units_a_day, policy decide) {
  const auto found = sell(units_a_day, decide);
  MESSAGE(name, " at ", units_a_day, " a day: ", found.all, " of the best profit, last month ",
          found.last);
  return found;
}

TEST_CASE("at 20 units a day pricing earns 0.97 of the best profit, more than a fixed price") {
  const auto ours = report("learning", 20, learning);
  CHECK(ours.all > 0.97 - testing::tolerance(0.005));
  CHECK(ours.last > 0.98 - testing::tolerance(0.005));
  CHECK(ours.all > report("fixed", 20, fixed).all);
}

TEST_CASE("at 5 units a day pricing earns 0.955 of the best profit, more than a fixed price") {
  const auto ours = report("learning", 5, learning);
  CHECK(ours.all > 0.955 - testing::tolerance(0.005));
  CHECK(ours.all > report("fixed", 5, fixed).all);
}

TEST_CASE("at 1 unit a day pricing does not lose to a fixed price") {
  const auto ours = report("learning", 1, learning);
  CHECK(ours.all > report("fixed", 1, fixed).all - testing::tolerance(0.005));
}

TEST_CASE("greedy pricing earns less than pricing that explores") {
  CHECK(report("greedy", 5, greedy).all < sell(5, learning).all - testing::tolerance(0.005));
}

}  // namespace
}  // namespace aisle::models
