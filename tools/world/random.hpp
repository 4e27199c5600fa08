// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace aisle::world {

/// What a stream of chance is used for. Each use has streams of its own, so that a new draw in one
/// place leaves everything else as it was.
enum class purpose : std::uint64_t {
  products = 1,  ///< names, prices, costs, true demand
  ranks,         ///< which product is how popular
  stores,        ///< size, hours, rhythm
  preferences,   ///< how much one store likes one product
  promotions,    ///< which product is reduced in which week
  demand,        ///< what is wanted on one day in one store
  day_plan,      ///< who comes when, and which incidents happen
  checkout,      ///< customer, means of payment, keying errors
  stock,         ///< first stock, lead times
  web,           ///< sessions of the shop on the web
  rivals,        ///< the competitors' prices
  uploads,       ///< delays on the way to the file
  bursts,        ///< hours whose records come all at once
  clocks,        ///< how wrong a store's clock is
};

/// A stream of random numbers: number n is a fixed mixture of (seed, purpose, a, b) and n
/// (SplitMix64 in counter mode). Streams with different keys are independent, so every store and
/// every day can be drawn by itself, in any order, with the same result.
///
/// The distributions are our own because those of the standard library give different numbers in
/// different libraries.
class random_stream {
 public:
  random_stream(std::uint64_t seed, purpose what, std::uint64_t a = 0, std::uint64_t b = 0);

  /// 64 random bits.
  std::uint64_t bits();
  /// Uniform in [0, 1).
  double unit();
  /// Uniform in [low, high).
  double between(double low, double high);
  /// Uniform in 0 … count - 1; `count` at least 1 and below 2^32.
  std::uint32_t below(std::uint64_t count);
  /// Uniform in low … high, both included.
  int whole(int low, int high);
  /// True with the given probability.
  bool chance(double probability);
  /// Standard normal.
  double normal();
  /// Exponential with the given mean.
  double exponential(double mean);
  /// Uniform in the logarithm, in [low, high); `low` is positive.
  double log_uniform(double low, double high);
  /// Lognormal with mean 1; `sigma` is the standard deviation of the logarithm.
  double around_one(double sigma);
  /// Poisson with the given mean.
  std::uint32_t poisson(double mean);
  /// The number of failures before the first success; `success` in (0, 1].
  std::uint32_t geometric(double success);

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

/// A negative binomial law whose variance is `phi` times its mean (phi > 1), prepared for many
/// draws with different means.
class overdispersed {
 public:
  explicit overdispersed(double phi);

  double phi() const { return phi_; }
  std::uint32_t draw(random_stream& random, double mean) const;

 private:
  double phi_;
  double zero_rate_;   ///< P(0) = exp(-mean * zero_rate_)
  double tail_ratio_;  ///< mean / (mean + r)
};

}  // namespace aisle::world
