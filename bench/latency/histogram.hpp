// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

namespace aisle::bench {

/// Counts of times by size, exact to 1/64 of each, as HdrHistogram does: 64 buckets for each power
/// of two of microseconds.
class histogram {
 public:
  using time = std::chrono::microseconds;

  void record(time took) {
    const auto us = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    const auto place = place_of(us);
    if (place >= counts_.size()) {
      counts_.resize(place + 1);
    }
    ++counts_[place];
    ++total_;
    most_ = std::max(most_, us);
  }

  /// The time that a share `q` of all is not above.
  [[nodiscard]] time quantile(double q) const {
    const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total_)));
    std::uint64_t seen = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
      seen += counts_[place];
      if (seen >= std::max<std::uint64_t>(rank, 1)) {
        return time{static_cast<std::int64_t>(std::min(upper_end(place), most_))};
      }
    }
    return time{0};
  }
  [[nodiscard]] time most() const { return time{static_cast<std::int64_t>(most_)}; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  static constexpr unsigned bits = 6;
  static constexpr std::uint64_t buckets = 1U << bits;

  static std::size_t place_of(std::uint64_t us) {
    if (us < buckets) {
      return us;
    }
    const auto shift = static_cast<unsigned>(std::bit_width(us)) - bits - 1;
    return (shift + 1) * buckets + ((us >> shift) - buckets);
  }
  static std::uint64_t upper_end(std::size_t place) {
    if (place < 2 * buckets) {
      return place;
    }
    const auto shift = place / buckets - 1;
    return ((place % buckets + buckets + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace aisle::bench
