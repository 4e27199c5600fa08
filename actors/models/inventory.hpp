// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/models/count_law.hpp"

namespace aisle::models {

/// p/(p + h): the share of demand cycles to cover when a unit short costs p and a unit left over
/// costs h (the newsvendor's critical ratio; Arrow, Harris & Marschak 1951). Both above 0.
[[nodiscard]] constexpr double critical_ratio(double holding_cost, double shortage_cost) {
  return shortage_cost / (shortage_cost + holding_cost);
}

/// What a supplier delivers in: multiples of `pack`, and never less than `least`.
struct lot {
  std::int64_t pack = 1;
  std::int64_t least = 0;

  [[nodiscard]] std::optional<std::string_view> problem() const;
};

/// The smallest order the supplier takes that brings at least `needed` units; 0 if none is needed.
[[nodiscard]] std::int64_t in_lots(std::int64_t needed, const lot& by);

/// Units a shop can count on. Units already promised to customers count against it.
struct stock_position {
  std::int64_t on_hand = 0;
  std::int64_t on_order = 0;
  std::int64_t promised = 0;

  [[nodiscard]] std::int64_t units() const { return on_hand + on_order - promised; }
};

struct order_up_to {
  std::int64_t target = 0;    ///< S, the position an order restores
  std::int64_t quantity = 0;  ///< to order now, in lots; 0 if the position reaches the target
};

/// Orders up to the service quantile of the demand until the next order can arrive, lead time plus
/// review period (base-stock policy; Snyder & Shen, section 4.3).
[[nodiscard]] order_up_to order_up(const count_law& demand, double service_level,
                                   const stock_position& position, const lot& by);

/// The law of demand over a lead time that itself varies: the variance grows by
/// (mean a day)^2 x the lead time's variance. `demand` is that over the mean lead time.
[[nodiscard]] count_law over_lead_time(const count_law& demand, double units_a_day,
                                       double lead_time_variance_days2);

/// The share of demand a base stock of `target` serves from the shelf, when an order can be
/// placed every day: 1 - (E[short after] - E[short before])/mean of a day; `before` is the law of
/// demand over the lead time, `after` over one day more.
[[nodiscard]] double fill_rate(const count_law& before, const count_law& after,
                               std::int64_t target);

/// The smallest base stock whose fill rate reaches `share` (below 1).
[[nodiscard]] std::int64_t stock_for_fill(const count_law& before, const count_law& after,
                                          double share);

}  // namespace aisle::models
