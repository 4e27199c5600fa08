// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace aisle::models {

inline constexpr std::size_t hours_per_week = 168;

/// The slot 0 to 167 of an hour counted from 1970-01-01T00 (a Thursday) in the clock that matters,
/// local time of the shop; slot 0 is Monday 00:00.
[[nodiscard]] constexpr std::size_t hour_of_week(std::int64_t hour) {
  const auto slot = (hour + 72) % static_cast<std::int64_t>(hours_per_week);
  return static_cast<std::size_t>(slot < 0 ? slot + 168 : slot);
}

static_assert(hour_of_week(0) == 72 && hour_of_week(96) == 0 && hour_of_week(-73) == 167);

/// The usual count of each hour of the week. a = max(alpha, 1/n) per slot, so four weeks are
/// remembered at the default alpha of 1/4. 840 bytes.
struct weekly_profile {
  std::array<float, hours_per_week> mean{};
  std::array<std::uint8_t, hours_per_week> visits{};  ///< saturating

  void learn(std::size_t slot, double count, double alpha = 0.25) {
    visits[slot] =
        visits[slot] == UINT8_MAX ? visits[slot] : static_cast<std::uint8_t>(visits[slot] + 1);
    const double a = alpha > 1.0 / visits[slot] ? alpha : 1.0 / visits[slot];
    mean[slot] = static_cast<float>(mean[slot] + a * (count - mean[slot]));
  }
};

}  // namespace aisle::models
