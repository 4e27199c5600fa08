// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace aisle::models {

/// The lowest price in force during the last 30 days, from which an announced reduction must be
/// measured (Directive 98/6/EC, article 6a). Exact by the day. 264 bytes a key.
struct lowest_price {
  static constexpr std::int64_t days = 30;

  std::array<std::int64_t, days> lows{};  ///< of day d at d mod 30
  std::int64_t first_day = 0;
  std::int64_t last_day = 0;
  std::int64_t current = 0;  ///< in force since the last note; 0 before the first

  /// A price in force from some time of `day` (since 1970-01-01, not descending) on.
  void note(std::int64_t day, std::int64_t price) {
    if (current == 0) {
      first_day = last_day = day;
      lows[slot(day)] = current = price;
      return;
    }
    carry_to(day);
    lows[slot(day)] = std::min(lows[slot(day)], price);
    current = price;
  }

  /// The lowest from day - 29 to `day`, at or after the last note; 0 if no price was noted.
  [[nodiscard]] std::int64_t lowest(std::int64_t day) const {
    if (current == 0) return 0;
    std::int64_t low = current;
    for (auto d = std::max(first_day, day - days + 1); d <= last_day; ++d) {
      low = std::min(low, lows[slot(d)]);
    }
    return low;
  }

 private:
  static std::size_t slot(std::int64_t day) {
    return static_cast<std::size_t>((day % days + days) % days);
  }

  void carry_to(std::int64_t day) {
    for (auto d = std::max(last_day + 1, day - days + 1); d <= day; ++d)
      lows[slot(d)] = current;
    last_day = std::max(last_day, day);
  }
};

}  // namespace aisle::models
