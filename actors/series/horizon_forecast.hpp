// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "actors/models/demand_forecast.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `forecast: horizon`: the units of each of the next days, with quantiles.
/// Reads: units of a day of UTC; several events of a day add up, a negative sum counts as 0.
/// Reports, per day ahead: `made` (the last day known), `day`, `mean`, `quantiles`.
///
/// - Made every `every` of the calendar (counted from 1970-01-01), and once at the end of bounded
///   input, where the last day known is that of the whole input.
/// - A day is known when a later one has begun. Days without an event are days without sales, from
///   the first sale on; before it nothing is learned.
/// State: 184 bytes.
struct horizon_forecast_params {
  entity::event_expression of;
  base::duration every{};   ///< whole days
  std::size_t horizon = 0;  ///< days, 1 to 400
  models::demand_forecast::params model;

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_horizon_forecast(
    horizon_forecast_params params);
[[nodiscard]] entity::model horizon_forecast_model();

}  // namespace aisle::shop
