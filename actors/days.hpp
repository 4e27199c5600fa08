// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "runtime/base/time.hpp"

namespace aisle::shop {

/// A day of UTC, counted from 1970-01-01.
using day_number = std::int64_t;

inline constexpr base::duration one_day{86'400'000};

[[nodiscard]] constexpr day_number day_of(base::event_time at) {
  return base::floor_to(at, one_day).time_since_epoch() / one_day;
}

/// Midnight at which the day begins.
[[nodiscard]] constexpr base::event_time begin_of(day_number day) {
  return base::event_time{day * one_day};
}

/// False only of a number that no event can have led to.
[[nodiscard]] constexpr bool is_calendar_day(day_number day) {
  return day >= day_of(base::earliest_event_time) && day <= day_of(base::latest_event_time);
}

}  // namespace aisle::shop
