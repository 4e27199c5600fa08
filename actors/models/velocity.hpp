// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aisle::models {

/// The times of the last transactions of one till, to tell exactly when there were more than a
/// limit within any window that ends at one of them. Holds `capacity` times: counts above that
/// read as capacity, so a limit must stay below it. Times may come out of order; one older than
/// all held by a full ring is not counted. 520 bytes.
struct velocity {
  static constexpr std::size_t capacity = 64;

  struct verdict {
    std::size_t count = 0;  ///< transactions in (at - window, at], this one included
    bool exceeded = false;  ///< count > limit
    bool onset = false;     ///< exceeded, and the one before was not: alarm once per burst
  };

  /// Notes a transaction at `at_ms` and counts back `window_ms` from it.
  verdict observe(std::int64_t at_ms, std::int64_t window_ms, std::size_t limit);

  std::array<std::int64_t, capacity> times{};  ///< the first `held` ascend
  std::uint32_t held = 0;
  bool above = false;  ///< the last verdict was exceeded
};

/// The limit to use: `at_least`, or more where the till is busy enough that chance alone would
/// pass it: the Poisson quantile 1 - false_rate of the usual count per window, kept below
/// velocity::capacity.
[[nodiscard]] std::size_t velocity_limit(std::size_t at_least, double usual_count,
                                         double false_rate = 1e-4);

}  // namespace aisle::models
