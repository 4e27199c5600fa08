// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "actors/models/price_check.hpp"
#include "actors/parameters.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `anomaly: price_error`: a line sold at a price nobody can have meant.
/// Reads: lines with a unit price; lines of 0 or fewer units (returns, write-offs) take no part.
/// Emits: code `decimal_slip` for a price 10 or 100 times too high or low, else `price_error`.
///
/// - The reference is the list price; where none is known, the median of the last 7 accepted
///   prices, once there were 5.
/// - Without a list price, a price seen three times before is one of the product's prices (another
///   channel, another quantity), however far off.
/// - A product whose prices scatter by nature (carriage, manual corrections) has a wider limit: 4
///   times its usual distance from the reference.
/// State: 160 bytes.
struct price_error_params {
  entity::event_expression of;     ///< price of one unit
  entity::event_expression units;  ///< units of the line; all lines count where it is not known
  actor_expression list;           ///< list price
  actor_expression cost;
  models::price_check::params check;
  base::duration valid{};  ///< how long the alarm is worth looking into

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_price_error(price_error_params params);
[[nodiscard]] entity::model price_error_model();

}  // namespace aisle::shop
