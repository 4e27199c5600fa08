// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "actors/parameters.hpp"
#include "actors/stock/demand.hpp"
#include "actors/stock/stock_book.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `reorder: order_up_to`: at every review, what brings stock and orders under way up to the level
/// that serves `service_level` of the demand until the next order can arrive (lead time plus
/// review period; base stock, Snyder & Shen section 4.3), in packs.
/// Reads: a demand forecast, sales, stock moves. Emits: code `order_up_to` or `replenish`.
///
/// - What it proposed is on order only when a move `ordered` says so.
/// - Nothing is proposed before a count has said what is on hand, and before the forecast rests on
///   `learn_days`; nothing for a product whose lead time is not known.
/// - A proposal stands until it runs out: the longer of review and lead time. Until then a review
///   repeats it only if it changed by a pack or more.
/// - Where no stream of the stage tells of stock moves, it replaces what was sold (`replenish`):
///   it assumes that the shelf stood at its level at the first review and that every proposal was
///   ordered, and says so in each.
/// State: 96 bytes. After 60 days without an event nothing is reviewed until the next one.
struct order_up_to_params {
  std::string demand_name;  ///< of the forecast, for refusals
  const demand* forecast = nullptr;
  stock_feed feed;
  base::duration review{};
  double service_level = 0.97;
  actor_expression lead_time;  ///< days
  actor_expression pack;       ///< units in a case
  actor_expression least;      ///< smallest order
  base::duration covers{};     ///< an order brings at least the demand of this span
  std::int64_t learn_days = 3;

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_order_up_to(order_up_to_params params);
[[nodiscard]] entity::model order_up_to_model();

}  // namespace aisle::shop
