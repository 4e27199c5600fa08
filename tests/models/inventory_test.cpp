// SPDX-License-Identifier: Apache-2.0
#include "actors/models/inventory.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>

#include <doctest/doctest.h>

#include "actors/models/normal.hpp"
#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

// h E[(S - D)+] + p E[(D - S)+].
double newsvendor_cost(const count_law& demand, std::int64_t target, double h, double p) {
  const double units_short = demand.loss(target);
  return h * (static_cast<double>(target) - demand.mean + units_short) + p * units_short;
}

// Snyder & Shen, Fundamentals of Supply Chain Theory, section 4.3.
TEST_CASE("the newsvendor's base stock for Poisson demand is that of the textbook") {
  struct {
    double h, p, mean;
    std::int64_t target;
    double cost;
  } const cases[] = {
      {1, 4, 6, 8, 3.570106946},              // example 4.7
      {200, 270, 18, 19, 786.088440935},      // problem 4.8 a
      {0.08, 1.25, 18 * 5, 105, 1.545018869}  // lead time 4
  };
  for (const auto& each : cases) {
    const auto demand = count_law::poisson(each.mean);
    const auto order = order_up(demand, critical_ratio(each.h, each.p), {}, {});
    CHECK(order.target == each.target);
    CHECK(newsvendor_cost(demand, order.target, each.h, each.p) ==
          doctest::Approx(each.cost).epsilon(1e-9));
  }
}

TEST_CASE("the newsvendor's base stock for normal demand is that of the textbook") {
  const double z = normal::quantile(critical_ratio(0.18, 0.7));
  CHECK(50 + 8 * z == doctest::Approx(56.603955927).epsilon(1e-10));
  CHECK((0.18 + 0.7) * normal::pdf(z) * 8 == doctest::Approx(1.997605193).epsilon(1e-9));
  const double deviation = 8 * std::sqrt(5);  // lead time 4
  CHECK(250 + deviation * z == doctest::Approx(264.766894374).epsilon(1e-10));
  const double late = normal::quantile(critical_ratio(43, 79));
  CHECK(900 + 60 * late == doctest::Approx(922.721403823).epsilon(1e-10));
  CHECK((43 + 79) * normal::pdf(late) * 60 == doctest::Approx(2718.196781782).epsilon(1e-9));
}

TEST_CASE("a fashion item: price 10, cost 6, salvage 4, negative binomial demand") {
  const count_law demand{20, 40};
  const auto order = order_up(demand, critical_ratio(6 - 4, 10 - 6), {}, {});
  CHECK(order.target == 22);
  const auto stock = static_cast<double>(order.target);
  const double sold = demand.mean - demand.loss(order.target);
  CHECK(10 * sold + 4 * (stock - sold) - 6 * stock == doctest::Approx(65.845091).epsilon(1e-7));
}

TEST_CASE("what is on its way counts, what is promised does not") {
  const auto demand = count_law::poisson(6);
  const stock_position position{.on_hand = 5, .on_order = 3, .promised = 2};
  CHECK(position.units() == 6);
  CHECK(order_up(demand, 0.8, position, {}).quantity == 2);
  CHECK(order_up(demand, 0.8, {.on_hand = 9}, {}).quantity == 0);
  CHECK(order_up(demand, 0.8, {.on_hand = 8}, {}).quantity == 0);
}

TEST_CASE("orders come in packs and not below the least") {
  CHECK(in_lots(1, {.pack = 6}) == 6);
  CHECK(in_lots(12, {.pack = 6}) == 12);
  CHECK(in_lots(13, {.pack = 6}) == 18);
  CHECK(in_lots(1, {.pack = 6, .least = 20}) == 24);
  CHECK(in_lots(0, {.pack = 6, .least = 20}) == 0);
  CHECK(in_lots(-4, {.pack = 6, .least = 20}) == 0);
  CHECK(lot{.pack = 0}.problem() == "pack must be at least 1");
  CHECK_FALSE(lot{.pack = 6, .least = 3}.problem());
}

TEST_CASE("a lead time that varies adds to the variance") {
  struct {
    double daily, deviation, lead, lead_deviation, q, safety;
  } const cases[] = {{20, 5, 9, 2, 0.95, 70.268178}, {50, 15, 4, 1, 0.98, 119.753111}};
  for (const auto& each : cases) {
    const count_law steady{each.daily * each.lead, each.lead * each.deviation * each.deviation};
    const auto varying =
        over_lead_time(steady, each.daily, each.lead_deviation * each.lead_deviation);
    CHECK(varying.mean == steady.mean);
    CHECK(normal::quantile(each.q) * std::sqrt(varying.variance) ==
          doctest::Approx(each.safety).epsilon(1e-6));
  }
}

TEST_CASE("the fill rate is the share a simulated shelf serves") {
  constexpr int lead_days = 4;
  testing::chance draw(12);
  for (const std::int64_t target : {18, 24, 30}) {
    const count_law before{4.0 * lead_days, 8.0 * lead_days};
    const count_law after{4.0 * (lead_days + 1), 8.0 * (lead_days + 1)};
    double sold = 0;
    double served = 0;
    // Orders of the last days are on their way: the shelf has the target less what those days sold.
    std::array<std::int64_t, lead_days> recent{};
    std::int64_t on_its_way = 0;
    for (int day = 0; day < testing::sized(300'000); ++day) {
      const auto shelf = std::max<std::int64_t>(target - on_its_way, 0);
      const auto demand = draw.count(4, 2);
      sold += static_cast<double>(demand);
      served += static_cast<double>(std::min(demand, shelf));
      auto& oldest = recent[static_cast<std::size_t>(day % lead_days)];
      on_its_way += demand - oldest;
      oldest = demand;
    }
    CAPTURE(target);
    CHECK(fill_rate(before, after, target) ==
          doctest::Approx(served / sold).epsilon(testing::tolerance(0.004)));
  }
  CHECK(fill_rate({4, 4}, {4, 4}, 0) == 1);
}

TEST_CASE("the stock for a fill rate reaches it, and one unit less does not") {
  for (const double share : {0.5, 0.9, 0.97, 0.999}) {
    for (const double daily : {0.1, 4.0, 250.0}) {
      const count_law before{daily * 6, 2 * daily * 6};
      const count_law after{daily * 7, 2 * daily * 7};
      const auto stock = stock_for_fill(before, after, share);
      CAPTURE(share);
      CAPTURE(daily);
      CHECK(fill_rate(before, after, stock) >= share);
      CHECK(fill_rate(before, after, stock - 1) < share);
    }
  }
  CHECK(stock_for_fill({6, 12}, {7, 14}, 1) > 20);
  CHECK(stock_for_fill({0, 0}, {0, 0}, 0.9) == 0);
}

}  // namespace
}  // namespace aisle::models
