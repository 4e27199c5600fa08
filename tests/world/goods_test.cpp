// SPDX-License-Identifier: Apache-2.0
#include "tools/world/goods.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/world/recorder.hpp"
#include "tools/world/branches.hpp"
#include "tools/world/prices.hpp"

using namespace aisle::world;

namespace {

world_options sized(int stores, int skus) {
  world_options options;
  options.stores = stores;
  options.skus = skus;
  return options;
}

}  // namespace

TEST_CASE("every product has a name and a number of its own") {
  const auto goods = make_goods(sized(1, 30'000));
  std::set<std::string> names;
  std::set<std::string> skus;
  for (const auto& each : goods) {
    names.insert(each.name);
    skus.insert(each.sku);
    CHECK(each.name.find_first_of(",\"\n") == std::string::npos);
  }
  CHECK(names.size() == goods.size());
  CHECK(skus.size() == goods.size());
  CHECK(*skus.begin() == "000001");
}

TEST_CASE("products are earned on, packed and ordered in a way that makes sense") {
  for (const auto& each : make_goods(sized(1, 2'000))) {
    CHECK(each.cost < each.price);
    CHECK(each.cost >= scaled(each.price, 0.4));
    CHECK(each.moq % each.pack == 0);
    CHECK(each.moq >= each.pack);
    CHECK(each.lead_time >= 1);
    CHECK(each.elasticity >= 1.2);
    CHECK(each.spread.phi() > 1.0);
  }
}

TEST_CASE("popularity falls with the rank and has a long tail") {
  const auto goods = make_goods(sized(1, 2'000));
  CHECK(std::ranges::is_sorted(goods, std::greater{}, &product::level));
  const auto all = std::accumulate(goods.begin(), goods.end(), 0.0,
                                   [](double sum, const product& p) { return sum + p.level; });
  CHECK(all == doctest::Approx(baskets_per_day(2'000) * lines_per_basket(2'000) * 1.35));
  const auto best = std::accumulate(goods.begin(), goods.begin() + 200, 0.0,
                                    [](double sum, const product& p) { return sum + p.level; });
  CHECK(best / all > 0.3);
  CHECK(goods.front().level / all < 0.05);
  CHECK(goods.back().level < 0.1);
  CHECK(std::ranges::count_if(goods, &product::slow) > 400);
}

TEST_CASE("promotions last from Thursday to Wednesday, for one product in twenty, above cost") {
  const auto goods = make_goods(sized(1, 2'000));
  const calendar_day thursday{day_of(2026, 1, 8)};
  int promoted = 0;
  for (sku_index sku = 0; sku < goods.size(); ++sku) {
    const auto reduced = promotion_of(1, goods, sku, thursday);
    const auto wednesday = promotion_of(1, goods, sku, thursday + std::chrono::days{6});
    REQUIRE(reduced.has_value() == wednesday.has_value());
    if (reduced) {
      ++promoted;
      CHECK(reduced->price == wednesday->price);
      CHECK(reduced->price < goods[sku].price);
      CHECK(reduced->price > goods[sku].cost);
      CHECK(2 * reduced->price > goods[sku].price);
    }
  }
  CHECK(promoted > 60);
  CHECK(promoted < 140);
  CHECK(first_day_of_week(promotion_week(thursday)) == thursday);
}

TEST_CASE("the board of a day shows promotions, and what they do to demand") {
  const auto goods = make_goods(sized(1, 500));
  price_board board(1, goods);
  const calendar_day wednesday{day_of(2026, 1, 7)};
  const auto before = board.on(wednesday);
  const auto after = board.on(wednesday + std::chrono::days{1});
  int promoted = 0;
  int changed = 0;
  for (sku_index sku = 0; sku < goods.size(); ++sku) {
    changed += before[sku].price != after[sku].price ? 1 : 0;
    const auto reduced = promotion_of(1, goods, sku, wednesday);
    REQUIRE(before[sku].promoted == reduced.has_value());
    if (!reduced) {
      CHECK(before[sku].price == goods[sku].price);
      CHECK(before[sku].demand_factor == 1.0);
      continue;
    }
    ++promoted;
    const auto ratio =
        static_cast<double>(reduced->price.cents) / static_cast<double>(goods[sku].price.cents);
    const auto factor = reduced->uplift * std::pow(ratio, -goods[sku].elasticity);
    CHECK(before[sku].price == reduced->price);
    CHECK(before[sku].demand_factor == doctest::Approx(factor));
    CHECK(factor > 1.1);
  }
  CHECK(promoted > 5);
  CHECK(changed > promoted);
}

TEST_CASE("stores keep whole hours, lie in three zones, and the large ones sell everything") {
  const auto branches = make_branches(sized(50, 2'000));
  std::set<std::size_t> seen;
  std::set<std::string> names;
  int open_always = 0;
  for (const auto& each : branches) {
    seen.insert(each.zone);
    names.insert(each.name);
    open_always += each.always_open() ? 1 : 0;
    CHECK(each.opens < each.closes);
    CHECK(each.terminals >= 1);
    CHECK((each.size < 1.2 || each.assortment == 2'000));
    CHECK(each.assortment >= 700);
    const auto week = std::accumulate(each.rhythm.begin(), each.rhythm.end(), 0.0);
    CHECK(week == doctest::Approx(7.0));
  }
  CHECK(seen.size() == 3);
  CHECK(names.size() == branches.size());
  CHECK(open_always == 2);
}
