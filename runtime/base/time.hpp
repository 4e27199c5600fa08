// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::base {

/// A span of time. Milliseconds are the resolution of everything in Aisle.
using duration = std::chrono::milliseconds;

/// When something happened in the shop: milliseconds since 1970-01-01T00:00:00Z.
using event_time = std::chrono::sys_time<duration>;

/// Before every event; a watermark that has seen nothing.
inline constexpr event_time beginning_of_time{duration{-(1LL << 60)}};
/// After every event; the watermark of a channel that will bring nothing more; a timer that is not
/// armed.
inline constexpr event_time end_of_time{duration{1LL << 60}};

/// Event times outside [1900-01-01, 2200-01-01) are refused where they are decoded, so that
/// arithmetic on them cannot overflow and calendars stay Gregorian.
inline constexpr event_time earliest_event_time{duration{-2'208'988'800'000LL}};
inline constexpr event_time latest_event_time{duration{7'258'118'400'000LL}};

/// The greatest multiple of `step` since the epoch that is not after `time`.
[[nodiscard]] constexpr event_time floor_to(event_time time, duration step) {
  const auto ms = time.time_since_epoch().count();
  const auto remainder = ms % step.count();
  return event_time{duration{ms - (remainder < 0 ? remainder + step.count() : remainder)}};
}

/// `2011-01-18T09:00:00.000Z`: RFC 3339, UTC, milliseconds.
[[nodiscard]] std::string to_rfc3339(event_time time);
/// Appends the same 24 characters.
void append_rfc3339(std::string& to, event_time time);

/// Reads RFC 3339 with an offset (`2011-01-18T10:00:00+01:00`, `…Z`, any number of fraction digits,
/// cut to milliseconds towards the past). Nothing without an offset is accepted: local time is not
/// a moment.
[[nodiscard]] std::optional<event_time> parse_rfc3339(std::string_view text);

/// Reads `250ms`, `30s`, `5m`, `1h`, `28d`, also joined from large to small as in `1h30m`. Not
/// negative.
[[nodiscard]] std::optional<duration> parse_duration(std::string_view text);
/// The shortest text that `parse_duration` reads back; a `-` in front of that when negative.
[[nodiscard]] std::string to_text(duration span);

}  // namespace aisle::base
