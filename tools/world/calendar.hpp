// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <span>
#include <string_view>
#include <vector>

#include "tools/world/error.hpp"

namespace date {
class time_zone;
}

namespace aisle::world {

/// A moment, in UTC.
using instant = std::chrono::sys_time<std::chrono::milliseconds>;
/// A day of the calendar, whatever the place.
using calendar_day = std::chrono::sys_days;
/// Time since local midnight on the clock on the wall, or the offset of that clock from UTC.
using std::chrono::milliseconds;

/// One calendar day at one place. It may be 23 or 25 hours long.
struct local_day {
  calendar_day date;
  instant begin;               ///< local midnight
  instant end;                 ///< the next local midnight
  instant turn;                ///< when the clock is turned on this day; `end` if it is not
  milliseconds offset_before;  ///< what the clock shows more than UTC, before `turn`
  milliseconds offset_after;   ///< the same from `turn` on

  milliseconds offset_at(instant moment) const;
  /// The moment the clock on the wall shows `clock`: the first one if it does so twice, `turn` if
  /// it never does.
  instant at(milliseconds clock) const;
};

/// The days of a few time zones, from the machine's time zone data.
class calendar {
 public:
  /// Fails with no_time_zones if a zone (an IANA name) is not known to this machine.
  static std::expected<calendar, world_error> open(std::span<const std::string_view> zones);

  /// The day `date` in the zone that was `zone`-th in open.
  local_day day(std::size_t zone, calendar_day date) const;

 private:
  std::vector<const date::time_zone*> zones_;
};

/// 0 is Monday, 6 is Sunday.
unsigned day_of_week(calendar_day date);

}  // namespace aisle::world
