// SPDX-License-Identifier: Apache-2.0
#include "tools/world/prices.hpp"

#include "tools/world/portable_math.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {
namespace {

constexpr double promoted_share = 0.05;
constexpr double least_margin = 1.03;  // price / cost of a promotion

double demand_factor(const product& what, money price) {
  const auto ratio = static_cast<double>(price.cents) / static_cast<double>(what.price.cents);
  return power(ratio, -what.elasticity);
}

}  // namespace

// Day 0 of the calendar, 1970-01-01, was a Thursday.
std::int64_t promotion_week(calendar_day date) {
  return std::chrono::floor<std::chrono::weeks>(date.time_since_epoch()).count();
}

calendar_day first_day_of_week(std::int64_t week) { return calendar_day{std::chrono::weeks{week}}; }

std::optional<promotion> promotion_of(std::uint64_t seed, std::span<const product> goods,
                                      sku_index sku, calendar_day date) {
  const auto week = static_cast<std::uint64_t>(promotion_week(date));
  random_stream random(seed, purpose::promotions, week, sku);
  if (!random.chance(promoted_share)) {
    return std::nullopt;
  }
  const auto& what = goods[sku];
  const auto price = charm_price(scaled(what.price, random.between(0.7, 0.9)));
  const auto uplift = random.between(1.0, 1.5);
  if (price >= what.price || price < scaled(what.cost, least_margin)) {
    return std::nullopt;
  }
  return promotion{price, uplift};
}

price_board::price_board(std::uint64_t seed, std::span<const product> goods)
    : seed_(seed), goods_(goods) {
  for (const auto& each : goods) {
    current_.push_back(each.price);
  }
}

std::span<const day_price> price_board::on(calendar_day date) {
  auto& kept = pages_[static_cast<std::size_t>(date.time_since_epoch().count()) % 2];
  if (kept.date != date) {
    write(kept, date);
  }
  return kept.prices;
}

void price_board::write(page& into, calendar_day date) const {
  into.date = date;
  into.prices.clear();
  for (sku_index sku = 0; sku < goods_.size(); ++sku) {
    const auto reduced = promotion_of(seed_, goods_, sku, date);
    if (reduced && reduced->price < current_[sku]) {
      into.prices.push_back(
          {reduced->price, demand_factor(goods_[sku], reduced->price) * reduced->uplift, true});
    } else {
      const auto price = current_[sku];
      const auto factor = price == goods_[sku].price ? 1.0 : demand_factor(goods_[sku], price);
      into.prices.push_back({price, factor, false});
    }
  }
}

}  // namespace aisle::world
