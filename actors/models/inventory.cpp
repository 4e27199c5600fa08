// SPDX-License-Identifier: Apache-2.0
#include "actors/models/inventory.hpp"

#include <algorithm>

namespace aisle::models {
namespace {

constexpr double share_max = 0.99999;

}  // namespace

std::optional<std::string_view> lot::problem() const {
  if (pack < 1) return "pack must be at least 1";
  if (least < 0) return "least must not be below 0";
  return std::nullopt;
}

std::int64_t in_lots(std::int64_t needed, const lot& by) {
  if (needed <= 0) return 0;
  const auto wanted = std::max(needed, by.least);
  const auto over = wanted % by.pack;
  return over == 0 ? wanted : wanted + (by.pack - over);
}

order_up_to order_up(const count_law& demand, double service_level, const stock_position& position,
                     const lot& by) {
  order_up_to now;
  now.target = demand.quantile(service_level);
  now.quantity = in_lots(now.target - position.units(), by);
  return now;
}

count_law over_lead_time(const count_law& demand, double units_a_day,
                         double lead_time_variance_days2) {
  return {demand.mean, demand.variance + units_a_day * units_a_day * lead_time_variance_days2};
}

double fill_rate(const count_law& before, const count_law& after, std::int64_t target) {
  const double day = after.mean - before.mean;
  if (!(day > 0)) return 1;
  return std::clamp(1 - (after.loss(target) - before.loss(target)) / day, 0.0, 1.0);
}

std::int64_t stock_for_fill(const count_law& before, const count_law& after, double share) {
  const double wanted = std::min(share, share_max);
  std::int64_t high = after.quantile(wanted);
  while (fill_rate(before, after, high) < wanted)
    high += high + 1;
  std::int64_t low = -1;
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    (fill_rate(before, after, middle) >= wanted ? high : low) = middle;
  }
  return high;
}

}  // namespace aisle::models
