// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>

namespace aisle::models {

/// Chance without state: the same (seed, key, step, draw) gives the same number on every node and
/// at every replay, and different ones give independent numbers. One round of the SplitMix64
/// finaliser (Steele, Lea & Flood 2014) per argument. Not for secrets.
[[nodiscard]] constexpr std::uint64_t random_bits(std::uint64_t seed, std::uint64_t key,
                                                  std::uint64_t step, std::uint64_t draw = 0) {
  std::uint64_t x = seed;
  for (const std::uint64_t part : {key, step, draw}) {
    x += 0x9e3779b97f4a7c15U + part;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    x ^= x >> 31U;
  }
  return x;
}

/// Those bits as a number strictly between 0 and 1.
[[nodiscard]] constexpr double random_unit(std::uint64_t seed, std::uint64_t key,
                                           std::uint64_t step, std::uint64_t draw = 0) {
  return (static_cast<double>(random_bits(seed, key, step, draw) >> 11U) + 0.5) * 0x1p-53;
}

/// Those bits as a draw of the standard normal law.
[[nodiscard]] double random_normal(std::uint64_t seed, std::uint64_t key, std::uint64_t step,
                                   std::uint64_t draw = 0);

}  // namespace aisle::models
