// SPDX-License-Identifier: Apache-2.0
#include "tools/world/rivals.hpp"

#include <algorithm>

#include "tools/world/prices.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {
namespace {

struct competitor {
  std::string_view name;
  double level;  ///< their price level, ours being 1
};

constexpr competitor all_competitors[] = {
    {"Kaufgut", 0.97}, {"Freshway", 1.03}, {"Marktkorb", 1.00}};
constexpr std::string_view names[] = {all_competitors[0].name, all_competitors[1].name,
                                      all_competitors[2].name};

constexpr double matched_share = 0.6;
constexpr double own_sigma = 0.05;  // how far they differ from us, product by product
constexpr double week_sigma = 0.015;
constexpr double promoted_share = 0.07;
constexpr double error_share = 0.002;  // the price service reads a wrong figure: far too low
constexpr double in_stock_share = 0.96;

// Keys of streams that hold for a product, for one of its weeks, and for one of its days.
constexpr std::uint64_t for_good = 0;
constexpr std::uint64_t week_key = std::uint64_t{1} << 40;
constexpr std::uint64_t day_key = std::uint64_t{1} << 41;

}  // namespace

std::span<const std::string_view> competitors() { return names; }

void rivals::run_hour(instant hour, observer& seen) {
  const auto day = std::chrono::floor<std::chrono::days>(hour);
  const auto of_day = static_cast<std::uint64_t>((hour - instant{day}) / std::chrono::hours{1});
  const auto count = goods_.size();
  found_.clear();
  for (std::uint32_t who = 0; who < std::size(all_competitors); ++who) {
    for (auto i = of_day * count / 24; i < (of_day + 1) * count / 24; ++i) {
      const auto place = i * 86'400'000 / count + who * 7;
      const auto at = std::max(hour, instant{day} + milliseconds{place});
      look_at(who, static_cast<sku_index>((i + who * count / 3) % count), at);
    }
  }
  std::ranges::stable_sort(found_, {}, &quote::at);
  for (auto& each : found_) {
    each.number = ++quotes_;
    seen.on_quote(each);
  }
}

void rivals::look_at(std::uint32_t who, sku_index sku, instant at) {
  const auto key = (static_cast<std::uint64_t>(who) << 32) | sku;
  random_stream product(seed_, purpose::rivals, key, for_good);
  if (!product.chance(matched_share)) {
    return;
  }
  const auto date = std::chrono::floor<std::chrono::days>(at);
  const auto week_number = static_cast<std::uint64_t>(promotion_week(date));
  const auto day_number = static_cast<std::uint64_t>(date.time_since_epoch().count());
  random_stream week(seed_, purpose::rivals, key, week_key | week_number);
  random_stream today(seed_, purpose::rivals, key, day_key | day_number);
  auto factor =
      all_competitors[who].level * product.around_one(own_sigma) * week.around_one(week_sigma);
  if (week.chance(promoted_share)) {
    factor *= week.between(0.72, 0.9);
  }
  if (today.chance(error_share)) {
    factor *= today.between(0.1, 0.5);
  }
  const auto price = charm_price(scaled(goods_[sku].price, factor));
  found_.push_back({0, who, sku, price, today.chance(in_stock_share), at});
}

}  // namespace aisle::world
