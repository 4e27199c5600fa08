// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "actors/models/log_amount.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `anomaly: amount`: a sum of money far above what is usual for this actor.
/// Reads: one amount per event; amounts of 0 or less (returns) take no part. Emits: code `amount`.
/// State: the level of the logarithm of the amount, 64 bytes.
struct amount_params {
  entity::event_expression of;  ///< the amount
  models::log_amount::params chart;
  base::duration valid{};  ///< how long the alarm is worth looking into
  std::string place;       ///< the stage, as texts call the actor: `store`

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_amount(amount_params params);
[[nodiscard]] entity::model amount_model();

}  // namespace aisle::shop
