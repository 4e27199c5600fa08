// SPDX-License-Identifier: Apache-2.0
#include "tools/world/random.hpp"

#include <cmath>

#include "tools/world/portable_math.hpp"

namespace aisle::world {
namespace {

constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15;  // 2^64 / golden ratio, odd

// The finaliser of SplitMix64 (Steele, Lea, Flood 2014; constants by Stafford, mix 13).
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Above this, exp(-mean) comes near the smallest double; a larger mean is drawn in halves, which
// is exact because both laws add up.
constexpr double largest_exponent = 300.0;

}  // namespace

random_stream::random_stream(std::uint64_t seed, purpose what, std::uint64_t a, std::uint64_t b)
    : key_(mixed(seed + golden_gamma)) {
  key_ = mixed(key_ ^ (static_cast<std::uint64_t>(what) * golden_gamma));
  key_ = mixed(key_ ^ ((a + 1) * golden_gamma));
  key_ = mixed(key_ ^ ((b + 1) * golden_gamma));
}

std::uint64_t random_stream::bits() { return mixed(key_ + ++counter_ * golden_gamma); }

double random_stream::unit() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

double random_stream::between(double low, double high) { return low + (high - low) * unit(); }

std::uint32_t random_stream::below(std::uint64_t count) {
  return static_cast<std::uint32_t>(((bits() >> 32) * count) >> 32);
}

int random_stream::whole(int low, int high) {
  return low + static_cast<int>(below(static_cast<std::uint64_t>(high - low) + 1));
}

bool random_stream::chance(double probability) { return unit() < probability; }

// Marsaglia's polar method; the second number of a pair is not kept, so that a draw depends on
// nothing but the stream.
double random_stream::normal() {
  for (;;) {
    const auto x = between(-1.0, 1.0);
    const auto y = between(-1.0, 1.0);
    const auto square = x * x + y * y;
    if (square > 0.0 && square < 1.0) {
      return x * std::sqrt(-2.0 * natural_log(square) / square);
    }
  }
}

double random_stream::exponential(double mean) { return -mean * natural_log(1.0 - unit()); }

double random_stream::log_uniform(double low, double high) {
  return low * world::exponential(unit() * natural_log(high / low));
}

double random_stream::around_one(double sigma) {
  return world::exponential(sigma * normal() - 0.5 * sigma * sigma);
}

std::uint32_t random_stream::poisson(double mean) {
  if (mean > largest_exponent) {
    return poisson(mean / 2) + poisson(mean / 2);
  }
  auto probability = world::exponential(-mean);
  auto left = unit();
  std::uint32_t count = 0;
  while (left >= probability && (probability > 1e-18 || count < mean)) {
    left -= probability;
    ++count;
    probability *= mean / count;
  }
  return count;
}

std::uint32_t random_stream::geometric(double success) {
  std::uint32_t failures = 0;
  while (!chance(success)) {
    ++failures;
  }
  return failures;
}

overdispersed::overdispersed(double phi)
    : phi_(phi), zero_rate_(natural_log(phi) / (phi - 1.0)), tail_ratio_((phi - 1.0) / phi) {}

// With r = mean / (phi - 1): P(0) = phi^-r and P(k + 1) = P(k) (k + r) / (k + 1) (phi - 1) / phi.
std::uint32_t overdispersed::draw(random_stream& random, double mean) const {
  if (mean * zero_rate_ > largest_exponent) {
    return draw(random, mean / 2) + draw(random, mean / 2);
  }
  auto probability = exponential(-mean * zero_rate_);
  auto left = random.unit();
  if (left < probability) {
    return 0;
  }
  const auto r = mean / (phi_ - 1.0);
  std::uint32_t count = 0;
  while (left >= probability && (probability > 1e-18 || count < mean)) {
    left -= probability;
    probability *= (count + r) / (count + 1.0) * tail_ratio_;
    ++count;
  }
  return count;
}

}  // namespace aisle::world
