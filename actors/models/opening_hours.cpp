// SPDX-License-Identifier: Apache-2.0
#include "actors/models/opening_hours.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace aisle::models {

int minutes_outside(int at, int opens, int closes) {
  if (opens == closes) return 0;
  const int length = (closes - opens + minutes_per_day) % minutes_per_day;
  if (length == 0) return 0;  // 00:00 to 24:00
  const int since_opening = (at - opens + minutes_per_day) % minutes_per_day;
  if (since_opening < length) return 0;
  return std::min(since_opening - length + 1, minutes_per_day - since_opening);
}

std::optional<bool> learned_open(const weekly_profile& profile, std::size_t slot, unsigned warm_up,
                                 double p_min) {
  const std::array near{(slot + hours_per_week - 1) % hours_per_week, slot,
                        (slot + 1) % hours_per_week};
  if (std::any_of(near.begin(), near.end(),
                  [&](std::size_t i) { return profile.visits[i] < warm_up; })) {
    return std::nullopt;
  }
  const double mean =
      profile.mean[near[1]] + 0.25 * (profile.mean[near[0]] + profile.mean[near[2]]);
  return -std::expm1(-mean) >= p_min;
}

}  // namespace aisle::models
