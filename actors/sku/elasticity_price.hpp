// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "actors/models/demand_forecast.hpp"
#include "actors/models/elasticity.hpp"
#include "actors/models/price_guard.hpp"
#include "actors/models/price_target.hpp"
#include "actors/parameters.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `price: elasticity`: a new price for a product, from how its demand answers prices, its cost and
/// what rivals ask.
/// Reads: lines sold with units and unit price, offers of rivals. Emits: code `elasticity`.
///
/// - A day of UTC teaches the units sold at the median price of its lines. Days well below the list
///   price are promotions and learn their own uplift.
/// - Once a day it aims at the best price for an elasticity drawn from what is believed (a new draw
///   each week), and brings that within the rules: rivals, longest step, cool-down, label endings,
///   margin.
/// - It speaks where the rules alone move the price (the margin only where the cost is stated), or
///   where the new price earns more with `confidence`. The latter needs three changes of price to
///   have taught more than the literature knows (one or two may have been the season), a product
///   that sells now, and `units_a_day_min` of it; others follow the rules only. It keeps quiet
///   during a promotion, and of changes below `step_min`.
/// - With `explore` it also tries prices whose only use is what they teach (by
///   Thompson's draws, or 5 % up and down in turn): greedy pricing earns less than never changing a
///   price, because it stops learning. Without, it learns from the changes others make.
/// - A proposal stands for `stands`; only the rules may replace it before. One that nobody took is
///   made again when four times `stands` have passed.
/// - Where no list price is known the price in force is the median of the last 7 days' prices, and
///   only lines near it count, so that quantity discounts and other channels teach nothing.
/// Prices are in hundredths of the currency. State: 1.1 KB.
struct elasticity_price_params {
  entity::event_expression sold;         ///< units of a line
  entity::event_expression paid;         ///< its unit price
  entity::event_expression rival;        ///< who offers
  entity::event_expression rival_price;  ///< for how much
  entity::event_expression in_stock;     ///< and whether it has any; taken as true where not told
  actor_expression list;                 ///< price in force; the median of the last 7 days' prices
                                         ///< where there is none
  actor_expression cost;
  /// Of the median of all days' prices, where no cost is known.
  std::optional<double> cost_share;
  base::duration rival_fresh{};  ///< older offers do not count
  base::duration stands{};
  double confidence = 0.8;
  bool explore = false;        ///< also try prices only to learn from them
  double step_min = 0.02;      ///< of the price: a smaller change is not worth a label
  std::size_t rivals_min = 2;  ///< fewer offers are no market
  models::price_rules rules;
  models::price_target::params aim;
  models::elasticity::params belief;
  models::demand_forecast::params demand;

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_elasticity_price(
    elasticity_price_params params);
[[nodiscard]] entity::model elasticity_price_model();

}  // namespace aisle::shop
