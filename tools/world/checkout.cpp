// SPDX-License-Identifier: Apache-2.0
#include "tools/world/checkout.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aisle::world {
namespace {

constexpr double amount_low = 20.0;  // how many times the true total
constexpr double amount_high = 200.0;
constexpr double price_low = 2.3;  // how many times off the list price
constexpr double price_high = 6.0;
constexpr std::int32_t quantity_max = 9'999;  // a till takes four digits
constexpr money total_max{90'000'000};        // no record shows a million or more

money wrong_price(random_stream& random, const product& what) {
  const auto factor = random.log_uniform(price_low, price_high);
  const auto kind = random.unit();
  const auto keyed = kind < 0.40   ? scaled(what.price, factor)
                     : kind < 0.75 ? scaled(what.price, 1.0 / factor)
                                   : scaled(what.cost, random.between(0.35, 0.9));
  return {std::max<std::int64_t>(keyed.cents, 1)};
}

/// Whether anybody could see that `keyed` is wrong: cents are coarse for cheap products.
bool plainly_wrong(const product& what, money keyed) {
  return keyed > 2 * what.price || 2 * keyed < what.price || keyed < what.cost;
}

}  // namespace

money total_of(std::span<const sale_line> lines) {
  money total;
  for (const auto& each : lines) {
    total += each.quantity * each.unit_price;
  }
  return total;
}

const receipt& checkout::serve(random_stream& random, const visit& who, std::span<const want> wants,
                               std::span<const day_price> prices) {
  result_.lines.clear();
  result_.missed.clear();
  result_.miskeyed.clear();
  result_.planted.reset();
  if (who.kind == visit_kind::refund) {
    give_back(wants, prices);
  } else {
    pick(wants, prices);
  }
  result_.due = total_of(result_.lines);
  result_.goods_cost = {};
  result_.units_due = 0;
  for (const auto& each : result_.lines) {
    result_.goods_cost += each.quantity * goods_[each.sku].cost;
    result_.units_due += each.quantity;
  }
  if (who.mistake && !result_.lines.empty() && make(random, *who.mistake, prices)) {
    result_.planted = who.mistake;
  }
  return result_;
}

void checkout::pick(std::span<const want> wants, std::span<const day_price> prices) {
  for (const auto& each : wants) {
    const auto taken = room_.sell(each.sku, each.units);
    if (taken < each.units) {
      result_.missed.push_back({each.sku, each.units - taken});
    }
    if (taken > 0) {
      add_line(each.sku, taken, prices[each.sku].price);
    }
  }
}

void checkout::give_back(std::span<const want> wants, std::span<const day_price> prices) {
  for (const auto& each : wants) {
    room_.take_back(each.sku, each.units);
    add_line(each.sku, -each.units, prices[each.sku].price);
  }
}

void checkout::add_line(sku_index sku, std::int32_t quantity, money unit_price) {
  const auto same = std::ranges::find(result_.lines, sku, &sale_line::sku);
  if (same != result_.lines.end()) {
    same->quantity += quantity;
  } else {
    result_.lines.push_back({sku, quantity, unit_price});
  }
}

bool checkout::make(random_stream& random, anomaly mistake, std::span<const day_price> prices) {
  switch (mistake) {
    case anomaly::amount:
      return miskey_amount(random);
    case anomaly::price_error:
      return misprice(random);
    case anomaly::decimal_slip:
      return slip_decimal(random, prices);
    case anomaly::velocity:
    case anomaly::off_hours:
      return false;  // these lie in when a visit is, not in what is keyed
  }
  return false;
}

bool checkout::miskey_amount(random_stream& random) {
  const auto total = total_of(result_.lines);
  auto& line = *std::ranges::max_element(result_.lines, {}, &sale_line::unit_price);
  const auto factor = random.log_uniform(amount_low, amount_high);
  const auto extra = static_cast<double>(total.cents) * (factor - 1.0) /
                     static_cast<double>(line.unit_price.cents);
  const auto keyed = line.quantity + static_cast<std::int64_t>(std::ceil(extra));
  if (keyed > quantity_max || scaled(total, factor) >= total_max) {
    return false;
  }
  line.quantity = static_cast<std::int32_t>(keyed);
  result_.miskeyed.push_back(line.sku);
  return true;
}

bool checkout::misprice(random_stream& random) {
  auto& line = result_.lines[random.below(result_.lines.size())];
  const auto keyed = wrong_price(random, goods_[line.sku]);
  if (!plainly_wrong(goods_[line.sku], keyed)) {
    return false;
  }
  line.unit_price = keyed;
  return true;
}

bool checkout::slip_decimal(random_stream& random, std::span<const day_price> prices) {
  auto& line = result_.lines[random.below(result_.lines.size())];
  const auto list = goods_[line.sku].price;
  // Downwards only where a cent of rounding leaves the factor recognisable, to 2.5 %.
  const std::array factors{10.0, 100.0, 0.1, 0.01};
  const auto usable = list.cents >= 2000 ? 4U : list.cents >= 200 ? 3U : 2U;
  const auto keyed = scaled(list, factors[random.below(usable)]);
  if (prices[line.sku].promoted || line.quantity * keyed >= total_max) {
    return false;
  }
  line.unit_price = keyed;
  return true;
}

}  // namespace aisle::world
