// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace aisle::models {

/// One quantile of an endless stream from five markers, without keeping the stream: the P2
/// algorithm (Jain & Chlamtac 1985, CACM 28/10). Exact up to five values; no error bound after
/// that, and it does not forget. 80 bytes.
struct p2_quantile {
  std::array<double, 5> heights{};          ///< ascending; the first `count` ones while below 5
  std::array<std::int64_t, 4> positions{};  ///< of markers 0 to 3; that of marker 4 is `count`
  std::int64_t count = 0;

  /// Learns x for the quantile `probability` in (0, 1), the same one at every call.
  void observe(double probability, double x);

  /// The estimate of that quantile; 0 before the first value.
  [[nodiscard]] double estimate(double probability) const;
};

}  // namespace aisle::models
