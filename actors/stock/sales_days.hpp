// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "actors/days.hpp"
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

/// The days a law is asked for, without allocating.
class days_ahead {
 public:
  days_ahead(day_number first, std::size_t days) : size_{std::min(days, days_ahead_most)} {
    for (std::size_t i = 0; i < size_; ++i) {
      days_[i].weekday = models::weekday_of(first + static_cast<day_number>(i));
    }
  }
  [[nodiscard]] std::span<const models::demand_forecast::day> days() const {
    return std::span(days_).first(size_);
  }

 private:
  std::array<models::demand_forecast::day, days_ahead_most> days_;
  std::size_t size_;
};

}  // namespace aisle::shop
