// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

namespace aisle::models {

/// Two-sided CUSUM of standardised values (Page 1954):
///   up = max(0, up + z - k), down = max(0, down - z - k), alarm when either passes h.
/// With k = 0.5, h = 5 an undisturbed stream alarms every 465 values, a shift of one deviation is
/// seen after 10.4. 8 bytes.
struct cusum {
  struct params {
    double slack = 0.5;  ///< k, half the shift to be found, in deviations
    double limit = 5;    ///< h, in deviations
    double clip = 1e9;   ///< |z| counts at most this much
  };
  enum class signal { none, up, down };

  float up = 0;
  float down = 0;

  /// Learns z and tells whether a side passes its limit; both sides then start over.
  signal observe(const params& how, double z) {
    const double clipped = std::clamp(z, -how.clip, how.clip);
    const double above = std::max(0.0, static_cast<double>(up) + clipped - how.slack);
    const double below = std::max(0.0, static_cast<double>(down) - clipped - how.slack);
    if (above > how.limit || below > how.limit) {
      up = down = 0;
      return above > how.limit ? signal::up : signal::down;
    }
    up = static_cast<float>(above);
    down = static_cast<float>(below);
    return signal::none;
  }
};

}  // namespace aisle::models
