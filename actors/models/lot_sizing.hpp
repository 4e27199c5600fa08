// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "actors/models/count_law.hpp"

namespace aisle::models {

/// What ordering and keeping stock cost. Holding and shortage are per unit and per the time unit
/// of the demand they are used with. All above 0.
struct stock_costs {
  double order = 0;     ///< K, per order
  double holding = 0;   ///< h, per unit on hand
  double shortage = 0;  ///< p, per unit backordered
};

struct lot_size {
  double quantity = 0;
  double cost = 0;  ///< per time unit
};

/// Economic order quantity sqrt(2 K lambda/h), no shortage allowed (Harris 1913).
[[nodiscard]] lot_size economic_lot(const stock_costs& costs, double demand_rate);

/// With planned backorders sqrt(2 K lambda (h + p)/(h p)); used for the Q of (r, Q) it costs
/// 0.2 % more than the best (Zheng 1992).
[[nodiscard]] lot_size economic_lot_backorders(const stock_costs& costs, double demand_rate);

/// Order Q whenever the position falls to r.
struct r_q_policy {
  std::int64_t r = 0;
  std::int64_t q = 0;
  double cost = 0;  ///< per time unit
};

/// The best (r, Q) under continuous review and Poisson demand (Federgruen & Zheng 1992): Q grows
/// around the cheapest inventory level while that lowers the average cost.
[[nodiscard]] r_q_policy best_r_q(const stock_costs& costs, double demand_rate, double lead_time);

/// Order up to S whenever a review finds the position at or below s.
struct s_s_policy {
  std::int64_t reorder_at = 0;
  std::int64_t order_up_to = 0;
  double cost = 0;  ///< per review period
};

/// The best (s, S) under periodic review (Zheng & Federgruen 1991, Operations Research 39/4).
/// `demand` is that of one period, `until_arrival` that of lead time plus one period. Work grows
/// with S times the reach of the demand: for slow and middling SKUs; `demand.mean` above 0.
[[nodiscard]] s_s_policy best_s_s(const stock_costs& costs, const count_law& demand,
                                  const count_law& until_arrival);

}  // namespace aisle::models
