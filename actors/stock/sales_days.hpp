// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "actors/models/demand_forecast.hpp"

namespace aisle::shop {

/// The furthest a forecast looks ahead, and the furthest back a quiet actor is made up for.
inline constexpr std::size_t days_ahead_most = 400;

/// Learns a closed day; the first one is the level to begin with, unless it says nothing.
inline void learn_day(models::demand_forecast& forecast, const models::demand_forecast::params& how,
                      const models::demand_forecast::day& closed) {
  if (forecast.days > 0) {
    forecast.observe(how, closed);
  } else if (closed.in_stock || closed.units > 0) {
    forecast = models::demand_forecast::cold_start(how, closed.units / closed.factor);
  }
}

}  // namespace aisle::shop
