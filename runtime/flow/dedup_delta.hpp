// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/hash.hpp"
#include "runtime/base/time.hpp"

// What a checkpoint keeps of the memory of repeats: pages of keys, each written once. A generation
// is named by the time its turn ends.
namespace aisle::flow {

/// Keys that were new between two cuts, of one generation.
struct dedup_page {
  base::event_time generation;
  /// 1, 2, 3 … in its generation.
  std::uint64_t number = 0;
  std::vector<base::hash128> keys;
};

/// Which generations there are. All pages of others are forgotten.
struct dedup_turns {
  /// When the newer generation's turn ends.
  base::event_time turn_at = base::beginning_of_time;
  /// The older one; none: it is empty.
  std::optional<base::event_time> older;
  friend bool operator==(const dedup_turns&, const dedup_turns&) = default;
};

struct dedup_delta {
  dedup_turns turns;
  std::vector<dedup_page> pages;
  /// Generations that are forgotten since the last cut, and how many pages they had at most.
  struct forgotten {
    base::event_time generation;
    std::uint64_t pages = 0;
  };
  std::vector<forgotten> gone;
};

}  // namespace aisle::flow
