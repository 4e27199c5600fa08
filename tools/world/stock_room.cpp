// SPDX-License-Identifier: Apache-2.0
#include "tools/world/stock_room.hpp"

#include <algorithm>
#include <cmath>

namespace aisle::world {
namespace {

constexpr float rate_weight = 0.08F;  // of the newest day
constexpr int trigger_cover = 2;      // days beyond the lead time
constexpr int target_cover = 5;
constexpr double least_shelf = 2.0;            // a shelf with fewer looks empty
constexpr std::int64_t units_max = 1'000'000;  // of one order

double trigger_level(double rate, int lead_time) {
  return std::max(rate * (lead_time + trigger_cover), least_shelf - 1.0);
}

double target_level(double rate, int lead_time) {
  return std::max(rate * (lead_time + target_cover), least_shelf);
}

}  // namespace

stock_room::stock_room(random_stream random, std::span<const product> goods,
                       std::span<const double> daily_means)
    : goods_(goods) {
  shelves_.reserve(daily_means.size());
  for (sku_index sku = 0; sku < daily_means.size(); ++sku) {
    const auto believed = daily_means[sku] * random.around_one(0.2);
    const auto low = trigger_level(believed, goods[sku].lead_time);
    const auto high = target_level(believed, goods[sku].lead_time) + goods[sku].pack;
    const auto first = static_cast<std::int32_t>(std::ceil(random.between(low, high)));
    shelves_.push_back({first, 0, 0, static_cast<float>(believed)});
  }
}

std::int32_t stock_room::sell(sku_index sku, std::int32_t wanted) {
  auto& from = shelves_[sku];
  const auto taken = std::min(wanted, from.on_hand);
  from.on_hand -= taken;
  from.sold_today += taken;
  return taken;
}

void stock_room::take_back(sku_index sku, std::int32_t units) { shelves_[sku].on_hand += units; }

bool stock_room::lose(sku_index sku) {
  auto& from = shelves_[sku];
  if (from.on_hand == 0) {
    return false;
  }
  --from.on_hand;
  return true;
}

void stock_room::order(sku_index sku, std::int32_t units, calendar_day due) {
  shelves_[sku].on_order += units;
  expected_.push_back({due, {sku, units}});
}

std::vector<delivery> stock_room::receive(calendar_day today) {
  std::vector<delivery> arrived;
  std::erase_if(expected_, [&](const expected_delivery& each) {
    if (each.due > today) {
      return false;
    }
    arrived.push_back(each.what);
    return true;
  });
  for (const auto& each : arrived) {
    auto& to = shelves_[each.sku];
    to.on_hand += each.units;
    to.on_order -= each.units;
  }
  return arrived;
}

std::int32_t stock_room::naive_order(sku_index sku) const {
  const auto& of = shelves_[sku];
  const auto& what = goods_[sku];
  const auto position = of.on_hand + of.on_order;
  const auto rate = static_cast<double>(of.rate);
  if (position > trigger_level(rate, what.lead_time)) {
    return 0;
  }
  const auto missing = std::ceil(target_level(rate, what.lead_time)) - position;
  return in_packs(what, static_cast<std::int64_t>(missing));
}

void stock_room::close_day() {
  for (auto& each : shelves_) {
    each.rate += rate_weight * (static_cast<float>(each.sold_today) - each.rate);
    each.sold_today = 0;
  }
}

std::int32_t in_packs(const product& what, std::int64_t units) {
  const auto least = std::clamp<std::int64_t>(units, what.moq, units_max);
  return static_cast<std::int32_t>((least + what.pack - 1) / what.pack * what.pack);
}

int true_lead_time(random_stream& random, int stated) {
  const auto at = random.unit();
  const auto change = at < 0.70 ? 0 : at < 0.80 ? -1 : at < 0.92 ? 1 : at < 0.97 ? 2 : 3;
  return std::max(stated + change, 1);
}

}  // namespace aisle::world
