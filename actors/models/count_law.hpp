// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace aisle::models {

/// A law of whole counts (units sold in a day, baskets in an hour) given by its first two moments:
/// negative binomial with that mean and variance when the variance exceeds the mean, else Poisson.
/// With r = mean^2/(variance - mean), p = mean/variance:
///   P(N = k) = Gamma(k + r)/(Gamma(r) k!) p^r (1 - p)^k
/// (Johnson, Kemp & Kotz, Univariate Discrete Distributions, ch. 4 and 5). A mean of 0 or less is
/// the law that is always 0. 16 bytes.
struct count_law {
  double mean = 0;
  double variance = 0;

  [[nodiscard]] static count_law poisson(double mean) { return {mean, mean}; }

  /// P(N = k).
  [[nodiscard]] double pmf(std::int64_t k) const;

  /// P(N <= k).
  [[nodiscard]] double cdf(std::int64_t k) const;

  /// P(N >= k), accurate far out in the tail.
  [[nodiscard]] double at_least(std::int64_t k) const;

  /// The smallest k with P(N <= k) >= q. q at or below 0 gives 0; q is cut at 1 - 1e-12.
  [[nodiscard]] std::int64_t quantile(double q) const;

  /// quantile() of each entry of q, which ascends, in one walk; out is as long as q.
  void quantiles(std::span<const double> q, std::span<std::int64_t> out) const;

  /// E[(N - x)+], the units of demand a stock of x >= 0 does not meet.
  [[nodiscard]] double loss(std::int64_t x) const;
};

}  // namespace aisle::models
