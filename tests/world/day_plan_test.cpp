// SPDX-License-Identifier: Apache-2.0
#include "tools/world/day_plan.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "tests/world/recorder.hpp"
#include "tools/world/tills.hpp"

using namespace aisle::world;
using namespace std::chrono_literals;

namespace {

/// One store and its goods, planned day by day.
class scene {
 public:
  scene() : days_(calendar::open(zones()).value()) {
    options_.stores = 1;
    options_.skus = 40;
    goods_ = make_goods(options_);
    branches_ = make_branches(options_);
    preferences_.assign(branches_[0].assortment, 1.0F);
    for (const auto& each : goods_) {
      prices_.push_back({each.price, 1.0, false});
    }
  }

  std::vector<product>& goods() { return goods_; }
  const branch& store() const { return branches_[0]; }
  day_price& price(sku_index sku) { return prices_[sku]; }

  day_plan plan(int day_number) const {
    const auto date = calendar_day{options_.start} + std::chrono::days{day_number};
    const auto day = days_.day(store().zone, date);
    return plan_day({options_, goods_, 0, store(), preferences_, day, prices_});
  }

  /// Units of the best seller wanted on each of `count` days of the same weekday.
  std::vector<double> wanted(int count) const {
    std::vector<double> units;
    for (int week = 0; week < count; ++week) {
      const auto planned = plan(7 * week);
      auto sum = 0.0;
      // Refunds and incidents add wants behind those of the baskets.
      for (const auto& each : planned.visits) {
        if (each.kind == visit_kind::sale) {
          for (std::uint32_t i = 0; i < each.want_count; ++i) {
            const auto& one = planned.wants[each.first_want + i];
            sum += one.sku == 0 ? one.units : 0;
          }
        }
      }
      units.push_back(sum);
    }
    return units;
  }

 private:
  world_options options_;
  calendar days_;
  std::vector<product> goods_;
  std::vector<branch> branches_;
  std::vector<float> preferences_;
  std::vector<day_price> prices_;
};

double mean_of(const std::vector<double>& values) {
  auto sum = 0.0;
  for (const auto each : values) {
    sum += each;
  }
  return sum / static_cast<double>(values.size());
}

double variance_of(const std::vector<double>& values) {
  const auto mean = mean_of(values);
  auto sum = 0.0;
  for (const auto each : values) {
    sum += (each - mean) * (each - mean);
  }
  return sum / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("units wanted in a day have the true mean and spread") {
  scene place;
  const auto units = place.wanted(1'500);
  const auto& best = place.goods()[0];
  const auto truth = best.level * place.store().size * place.store().rhythm[0];
  CHECK(mean_of(units) == doctest::Approx(truth).epsilon(0.03));
  const auto spread = best.spread.phi() * truth + 0.06 * 0.06 * truth * truth;
  CHECK(variance_of(units) == doctest::Approx(spread).epsilon(0.12));
}

TEST_CASE("demand goes with the price factor, of this product alone") {
  scene dear;
  scene cheap;
  cheap.price(0).demand_factor = 2.5;
  const auto ratio = mean_of(cheap.wanted(1'000)) / mean_of(dear.wanted(1'000));
  CHECK(ratio == doctest::Approx(2.5).epsilon(0.04));
}

TEST_CASE("the plan of a day depends on nothing but its key") {
  const scene place;
  const auto one = place.plan(3);
  const auto again = place.plan(3);
  const auto other = place.plan(4);
  REQUIRE(one.visits.size() == again.visits.size());
  for (std::size_t i = 0; i < one.visits.size(); ++i) {
    CHECK(one.visits[i].at == again.visits[i].at);
  }
  CHECK(one.visits.front().at != other.visits.front().at);
}

TEST_CASE("a till serves one customer at a time and nobody while it is reserved") {
  random_stream random(1, purpose::day_plan);
  const std::vector<reservation> reserved{{1, instant{100s}, instant{200s}}};
  tills desk(2, reserved);
  std::vector<served> all;
  for (int i = 0; i < 50; ++i) {
    all.push_back(desk.serve(random, instant{i * 3s}, 2));
  }
  for (std::uint16_t till = 1; till <= 2; ++till) {
    std::vector<instant> times;
    for (const auto& each : all) {
      if (each.terminal == till) {
        times.push_back(each.at);
      }
    }
    REQUIRE(times.size() > 5);
    for (std::size_t i = 1; i < times.size(); ++i) {
      CHECK(times[i] - times[i - 1] >= 17s);
    }
  }
  for (const auto& each : all) {
    CHECK((each.terminal != 1 || each.at < instant{100s} || each.at >= instant{200s}));
  }
}
