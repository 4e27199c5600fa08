// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "actors/models/hour_of_week.hpp"

namespace aisle::models {

inline constexpr int minutes_per_day = 24 * 60;

/// How many minutes `at` lies outside opening hours, to the nearer edge; 0 while open. All are
/// minutes of the local day, 0 to 1439; `closes` at or before `opens` is the next day's (a bar
/// that closes at 02:00), and opens == closes is always open. `closes` may be 1440.
[[nodiscard]] int minutes_outside(int at, int opens, int closes);

/// Where nobody states the hours they are learned: an hour of the week in which
/// P(at least one sale) < p_min, by its mean and its neighbours' (the doors do not close on the
/// minute), is a closed one. Nothing while one of the three slots has fewer than `warm_up` visits.
/// Shops that never close learn a mean above 0 by themselves.
[[nodiscard]] std::optional<bool> learned_open(const weekly_profile& profile, std::size_t slot,
                                               unsigned warm_up = 3, double p_min = 1e-4);

}  // namespace aisle::models
