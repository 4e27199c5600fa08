// SPDX-License-Identifier: Apache-2.0
#include "tools/world/web_shop.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aisle::world {
namespace {

constexpr double visits_per_basket = 0.3;
constexpr double last_view = 0.25;       // a visit has four views on average
constexpr double cart_per_view = 0.026;  // base rates as public click logs have them
constexpr double purchase_per_cart = 0.32;
constexpr double promotion_pull = 1.6;  // on carts per view
constexpr double seconds_per_view = 35.0;

// Share of the day's visits by hour, in UTC; an evening habit.
constexpr double by_hour[24] = {1.2, 0.7, 0.4, 0.3, 0.4, 0.9, 2.0, 3.3, 4.2, 4.7, 5.0, 5.2,
                                5.3, 4.9, 4.7, 4.8, 5.2, 6.0, 7.2, 8.6, 9.1, 7.6, 5.0, 2.6};

std::size_t hour_of_day(instant hour) {
  const auto since_midnight = hour - std::chrono::floor<std::chrono::days>(hour);
  return static_cast<std::size_t>(since_midnight / std::chrono::hours{1});
}

}  // namespace

web_shop::web_shop(const world_options& options, std::span<const product> goods,
                   std::span<const branch> branches, price_board& prices)
    : options_(options),
      goods_(goods),
      prices_(prices),
      visits_per_day_(0.0),
      customers_(400 * branches.size()) {
  for (const auto& each : branches) {
    visits_per_day_ += each.size * baskets_per_day(options.skus) * visits_per_basket;
  }
  auto sum = 0.0;
  for (const auto& each : goods) {
    popularity_.push_back(sum += each.level);
  }
}

void web_shop::run_hour(instant hour, observer& seen) {
  const auto number = hour.time_since_epoch() / std::chrono::hours{1};
  random_stream random(options_.seed, purpose::web, static_cast<std::uint64_t>(number));
  const auto all = std::accumulate(std::begin(by_hour), std::end(by_hour), 0.0);
  const auto begun = random.poisson(visits_per_day_ * by_hour[hour_of_day(hour)] / all);
  for (std::uint32_t i = 0; i < begun; ++i) {
    visit(random, hour + milliseconds{random.below(3'600'000)});
  }
  std::ranges::stable_sort(waiting_, {}, &click::at);
  const auto later =
      std::ranges::lower_bound(waiting_, hour + std::chrono::hours{1}, {}, &click::at);
  std::for_each(waiting_.begin(), later, [&](click& each) {
    each.number = ++clicks_;
    seen.on_click(each);
  });
  waiting_.erase(waiting_.begin(), later);
}

void web_shop::visit(random_stream& random, instant begin) {
  const auto session = ++sessions_;
  const auto customer = 1 + random.below(customers_);
  const auto views = 1 + random.geometric(last_view);
  const auto prices = prices_.on(std::chrono::floor<std::chrono::days>(begin));
  std::vector<sku_index> cart;
  auto at = begin;
  const auto step = [&](click_kind kind, sku_index sku, double mean_seconds) {
    at += milliseconds{500 + std::llround(1000.0 * random.exponential(mean_seconds))};
    waiting_.push_back({0, session, kind, customer, sku, at});
  };
  for (std::uint32_t i = 0; i < views; ++i) {
    const auto sku = any_sku(random);
    step(click_kind::view, sku, seconds_per_view);
    if (random.chance(cart_per_view * (prices[sku].promoted ? promotion_pull : 1.0))) {
      step(click_kind::cart, sku, 12.0);
      cart.push_back(sku);
    }
  }
  for (const auto sku : cart) {
    if (random.chance(purchase_per_cart)) {
      step(click_kind::purchase, sku, 60.0);
    }
  }
}

sku_index web_shop::any_sku(random_stream& random) const {
  const auto at = random.unit() * popularity_.back();
  const auto found = std::ranges::upper_bound(popularity_, at);
  const auto place = found - popularity_.begin();
  return static_cast<sku_index>(std::min<std::ptrdiff_t>(place, std::ssize(goods_) - 1));
}

}  // namespace aisle::world
