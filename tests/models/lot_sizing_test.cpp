// SPDX-License-Identifier: Apache-2.0
#include "actors/models/lot_sizing.hpp"

#include <array>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

// Numbers of Snyder & Shen, Fundamentals of Supply Chain Theory, unless another source is named.

TEST_CASE("economic order quantities with and without backorders") {
  const auto plain = economic_lot({.order = 8, .holding = 0.225}, 1'300);  // example 3.1
  CHECK(plain.quantity == doctest::Approx(304.046780026).epsilon(1e-11));
  CHECK(plain.cost == doctest::Approx(68.410525506).epsilon(1e-10));
  const auto late =
      economic_lot_backorders({.order = 8, .holding = 0.225, .shortage = 5}, 1'300);  // 3.8
  CHECK(late.quantity == doctest::Approx(310.812555159).epsilon(1e-11));
  CHECK(late.cost == doctest::Approx(66.921363551).epsilon(1e-10));
}

TEST_CASE("the best (r, Q) for Poisson demand") {
  const auto first = best_r_q({.order = 100, .holding = 20, .shortage = 150}, 1.5, 2);  // 5.8
  CHECK(first.r == 3);
  CHECK(first.q == 5);
  CHECK(first.cost == doctest::Approx(107.923580633).epsilon(1e-10));
  const auto second = best_r_q({.order = 4, .holding = 4, .shortage = 28}, 12, 0.5);  // 5.2
  CHECK(second.r == 6);
  CHECK(second.q == 7);
  CHECK(second.cost == doctest::Approx(28.241312842).epsilon(1e-10));
}

void check_s_s(const stock_costs& costs, double mean, std::int64_t s, std::int64_t up_to,
               double cost, double precision) {
  const auto demand = count_law::poisson(mean);
  const auto found = best_s_s(costs, demand, demand);
  CAPTURE(mean);
  CHECK(found.reorder_at == s);
  CHECK(found.order_up_to == up_to);
  CHECK(found.cost == doctest::Approx(cost).epsilon(precision));
}

TEST_CASE("the best (s, S) for Poisson demand") {
  check_s_s({.order = 5, .holding = 1, .shortage = 4}, 6, 4, 10, 8.034111561, 1e-9);         // 4.7
  check_s_s({.order = 150, .holding = 40, .shortage = 125}, 4, 2, 7, 223.574829567, 1e-10);  // 4.31
}

TEST_CASE("the best (s, S) of the table of Zheng and Federgruen") {
  const stock_costs costs{.order = 64, .holding = 1, .shortage = 9};
  check_s_s(costs, 10, 6, 40, 35.022, 2e-5);
  check_s_s(costs, 15, 10, 49, 42.698, 2e-5);
  check_s_s(costs, 20, 14, 62, 49.173, 2e-5);
  check_s_s(costs, 25, 19, 56, 54.262, 2e-5);
  check_s_s(costs, 30, 23, 66, 57.819, 2e-5);
  check_s_s(costs, 40, 33, 87, 64.512, 2e-5);
  check_s_s(costs, 50, 42, 108, 70.975, 2e-5);
  check_s_s(costs, 75, 67, 86, 79.554, 2e-5);
}

// With lead time, a day's position decides about the demand of lead time plus one day.
TEST_CASE("no neighbour of the best (s, S) is cheaper when a shop is simulated") {
  const stock_costs costs{.order = 30, .holding = 1, .shortage = 19};
  constexpr int lead_days = 3;
  const count_law day{2, 4};
  const count_law until_arrival{2 * (lead_days + 1), 4 * (lead_days + 1)};
  const auto best = best_s_s(costs, day, until_arrival);

  const auto simulate = [&](std::int64_t s, std::int64_t up_to) {
    testing::chance draw(3);
    double cost = 0;
    std::int64_t position = up_to;
    std::array<std::int64_t, lead_days> orders{};
    std::int64_t net = up_to;
    const int days = testing::sized(400'000);
    for (int d = 0; d < days; ++d) {
      auto& arriving = orders[static_cast<std::size_t>(d % lead_days)];
      net += arriving;
      arriving = position <= s ? up_to - position : 0;
      cost += arriving > 0 ? costs.order : 0;
      position += arriving;
      const auto demand = draw.count(2, 2);
      position -= demand;
      net -= demand;
      cost += net > 0 ? costs.holding * static_cast<double>(net)
                      : -costs.shortage * static_cast<double>(net);
    }
    return cost / days;
  };
  const double found = simulate(best.reorder_at, best.order_up_to);
  CHECK(found == doctest::Approx(best.cost).epsilon(testing::tolerance(0.01)));
  CHECK(simulate(best.reorder_at - 2, best.order_up_to) > found);
  CHECK(simulate(best.reorder_at + 2, best.order_up_to) > found);
  CHECK(simulate(best.reorder_at, best.order_up_to + 5) > found);
  CHECK(simulate(best.reorder_at, best.order_up_to - 5) > found);
}

}  // namespace
}  // namespace aisle::models
