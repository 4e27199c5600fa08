// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_set>

#include "runtime/base/hash.hpp"
#include "runtime/base/time.hpp"

namespace aisle::flow {

/// Remembers the unique keys of a partition for a stretch of event time, as 128-bit hashes in two
/// generations that take turns every `horizon`. Exact but for a collision of 128 bits.
class dedup {
 public:
  /// A repeat within this, in event time of its partition, is always found; after twice this it
  /// counts as a new record; in between it depends on where the turn falls.
  static constexpr base::duration horizon = std::chrono::hours{24};

  /// True when the key was not there; it is then. `now` is what the event is seen at. It may go
  /// back by the partition's disorder; a repeat that does may be missed that much before the
  /// horizon.
  bool insert(base::hash128 key, base::event_time now) {
    if (now >= turn_at_) {
      const bool gap = now - turn_at_ >= horizon;
      older_ = gap ? set{} : std::move(newer_);
      newer_ = {};
      turn_at_ = gap ? now + horizon : turn_at_ + horizon;
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
