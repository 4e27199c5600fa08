// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace aisle::models {

/// Mean and variance of a stream: Welford's exact ones while n < 1/alpha, exponentially weighted
/// after that (Finch 2009, "Incremental calculation of weighted mean and variance"):
///   a = max(alpha, 1/n), d = x - m, m += a d, v = (1 - a)(v + a d^2).
/// 24 bytes.
struct moments {
  double mean = 0;
  double variance = 0;
  std::uint32_t n = 0;  ///< samples learned, saturating

  [[nodiscard]] double deviation() const { return std::sqrt(variance); }

  /// How many deviations x lies from the mean, with the deviation kept at or above `floor` (> 0).
  [[nodiscard]] double z(double x, double floor) const {
    return (x - mean) / std::max(deviation(), floor);
  }

  /// Learns x; alpha in [0, 1], 0 never forgets.
  void learn(double x, double alpha) {
    n = n == UINT32_MAX ? n : n + 1;
    const double a = std::max(alpha, 1.0 / n);
    const double d = x - mean;
    mean += a * d;
    variance = (1 - a) * (variance + a * d * d);
  }
};

}  // namespace aisle::models
