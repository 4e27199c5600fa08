// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "actors/models/demand_forecast.hpp"
#include "actors/stock/stock_book.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `forecast: seasonal`: the demand of the days to come, from the units sold per day of UTC.
/// Reads: units sold, and stock moves where the stage has them. Publishes: `demand`.
///
/// - A day is learned at its end, the empty ones too; not the day on which the actor is first
///   seen, of which only the rest is known.
/// - Returns of a day are taken off its sales, down to 0. An event of a day that is over counts
///   for the day that is not.
/// - A day on which the shelf was empty for a while says only that demand was at least what sold.
/// - After 60 days without any event the actor is left in peace; the empty days are learned when it
///   sells again, the last 400 of them.
/// State: 224 bytes.
struct seasonal_forecast_params {
  stock_feed feed;
  models::demand_forecast::params model;

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_seasonal_forecast(
    seasonal_forecast_params params);
[[nodiscard]] entity::model seasonal_forecast_model();

}  // namespace aisle::shop
