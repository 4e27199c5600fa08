// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

namespace aisle::models::testing {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
inline constexpr bool instrumented = true;
#else
inline constexpr bool instrumented = false;
#endif

/// How many keys a simulation runs: fewer in an instrumented build, where `tolerance` widens too.
[[nodiscard]] constexpr int sized(int full) { return instrumented ? (full + 2) / 3 : full; }
[[nodiscard]] constexpr double tolerance(double full) { return instrumented ? 2 * full : full; }

/// Seeded draws for the simulations; the same seed, the same shop.
class chance {
 public:
  explicit chance(std::uint64_t seed) : engine_(seed) {}

  double unit() { return std::uniform_real_distribution<double>(0, 1)(engine_); }
  double between(double low, double high) { return low + (high - low) * unit(); }
  bool happens(double p) { return unit() < p; }
  double normal() { return normal_(engine_); }
  std::int64_t integer(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(engine_);
  }

  std::int64_t poisson(double mean) {
    return mean > 0 ? std::poisson_distribution<std::int64_t>(mean)(engine_) : 0;
  }

  /// Negative binomial with this mean and variance phi x mean: a gamma mixture of Poissons.
  std::int64_t count(double mean, double phi) {
    if (phi <= 1 || mean <= 0) return poisson(mean);
    return poisson(std::gamma_distribution<double>(mean / (phi - 1), phi - 1)(engine_));
  }

 private:
  std::mt19937_64 engine_;
  std::normal_distribution<double> normal_;
};

}  // namespace aisle::models::testing
