// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_set>

#include "runtime/base/hash.hpp"
#include "runtime/base/time.hpp"

namespace aisle::flow {

/// Remembers the unique keys of a partition for a stretch of event time, as 128-bit hashes in two
/// generations that take turns: a repeat within `dedup_horizon` is always found, and after twice
/// that never. Exact but for a collision of 128 bits.
class dedup {
 public:
  /// A repeat that comes later than this, in event time of its partition, counts as a new record.
  static constexpr base::duration horizon = std::chrono::hours{24};

  /// True when the key was not there; it is then. `now` is the partition's time and never goes
  /// back.
  bool insert(base::hash128 key, base::event_time now) {
    if (now >= turn_at_) {
      older_ = now - turn_at_ >= horizon ? set{} : std::move(newer_);
      newer_ = {};
      turn_at_ = now + horizon;
    }
    if (older_.contains(key)) {
      return false;
    }
    return newer_.insert(key).second;
  }

  [[nodiscard]] std::size_t size() const { return older_.size() + newer_.size(); }

 private:
  struct low_bits {
    std::size_t operator()(base::hash128 key) const noexcept { return key.low; }
  };
  using set = std::unordered_set<base::hash128, low_bits>;

  set newer_;
  set older_;
  base::event_time turn_at_ = base::beginning_of_time;
};

}  // namespace aisle::flow
