// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "runtime/base/time.hpp"

namespace aisle::log {

/// How much of a partition is kept. Whole segments go, the oldest first, never the one being
/// written.
struct retention {
  /// Keep at least this many bytes of the newest segments; nothing: any number.
  std::optional<std::uint64_t> bytes;
  /// Keep every record that was appended less than this long ago; nothing: for ever.
  std::optional<base::duration> age;

  friend bool operator==(const retention&, const retention&) = default;
};

struct segment_facts {
  std::uint64_t bytes = 0;
  base::event_time created_at{};
};

/// How many of the oldest segments go; `segments` is sorted by age, the last is being written. A
/// segment is as old as its youngest record, which is not younger than the next segment.
[[nodiscard]] std::size_t segments_to_remove(std::span<const segment_facts> segments,
                                             const retention& keep, base::event_time now);

}  // namespace aisle::log
