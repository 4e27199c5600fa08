// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "actors/days.hpp"
#include "actors/model_state.hpp"
#include "actors/models/demand_forecast.hpp"
#include "actors/models/elasticity.hpp"
#include "actors/models/lowest_price.hpp"
#include "actors/models/p2_quantile.hpp"

namespace aisle::shop {

/// A product's days: what it sold, at what price, and what that says about its demand. Prices in
/// hundredths of the currency.
struct price_history {
  static constexpr std::size_t days_remembered = 7;

  models::elasticity belief;
  models::demand_forecast demand;
  models::lowest_price lowest;
  models::p2_quantile price_today;               ///< the median of its lines
  models::p2_quantile price_ever;                ///< the median of the days' prices
  std::array<double, days_remembered> recent{};  ///< medians of the last days that sold, a ring
  std::uint32_t recent_count = 0;
  day_number today = 0;
  double units = 0;      ///< sold today
  bool begun = false;    ///< an event has been seen
  bool whole = false;    ///< today is known from its beginning
  bool reduced = false;  ///< the last day that sold did so well below the list price
  std::int32_t quiet_days = 0;
  double taught_price = 0;        ///< of the last day that was learned
  std::uint32_t price_moves = 0;  ///< days that were learned at another price than the one before
  std::int64_t price = 0;         ///< in force; 0 before one is known
  base::event_time changed_at = base::beginning_of_time;
  bool raised = false;  ///< by the last change

  /// The median of `recent`; 0 before the first.
  [[nodiscard]] double usual_price() const;
  /// The price in force from `now` on.
  void note_price(std::int64_t in_force, base::event_time now);
};

void fields(auto& archive, is<price_history> auto& h) {
  archive({"belief", "demand", "lowest", "price_today", "price_ever", "recent", "recent_count",
           "today_since_1970", "units", "begun", "whole", "reduced", "quiet_days", "taught_price",
           "price_moves", "price_hundredths", "changed_at", "raised"},
          h.belief, h.demand, h.lowest, h.price_today, h.price_ever, h.recent, h.recent_count,
          h.today, h.units, h.begun, h.whole, h.reduced, h.quiet_days, h.taught_price,
          h.price_moves, h.price, h.changed_at, h.raised);
}

struct price_lessons {
  models::elasticity::params belief;
  models::demand_forecast::params demand;
};

/// Learns today, and makes the day after it today. `list` is the price in force, if known.
void close_day(price_history& h, const price_lessons& how, std::optional<std::int64_t> list);

}  // namespace aisle::shop
