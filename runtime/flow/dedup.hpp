// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

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
    return newer_.insert(key);
  }

  [[nodiscard]] std::size_t size() const { return older_.size() + newer_.size(); }

 private:
  /// Open addressing, at most half full: a look-up is one cache line, and nothing is allocated per
  /// key. The hash of all zeros stands for a free place, and is kept beside.
  class set {
   public:
    [[nodiscard]] std::size_t size() const { return size_ + (has_zero_ ? 1 : 0); }

    [[nodiscard]] bool contains(base::hash128 key) const {
      if (key == base::hash128{}) {
        return has_zero_;
      }
      return !places_.empty() && places_[place_of(key)] == key;
    }
    /// True when it was not there.
    bool insert(base::hash128 key) {
      if (key == base::hash128{}) {
        return !std::exchange(has_zero_, true);
      }
      if ((size_ + 1) * 2 > places_.size()) {
        grow();
      }
      auto& place = places_[place_of(key)];
      if (place == key) {
        return false;
      }
      place = key;
      ++size_;
      return true;
    }

   private:
    /// Where the key is, or the free place it would take.
    [[nodiscard]] std::size_t place_of(base::hash128 key) const {
      const auto mask = places_.size() - 1;
      auto at = key.low & mask;
      while (places_[at] != base::hash128{} && places_[at] != key) {
        at = (at + 1) & mask;
      }
      return at;
    }
    void grow() {
      std::vector<base::hash128> before(places_.empty() ? 64 : places_.size() * 2);
      before.swap(places_);
      for (const auto key : before) {
        if (key != base::hash128{}) {
          places_[place_of(key)] = key;
        }
      }
    }

    std::vector<base::hash128> places_;
    std::size_t size_ = 0;
    bool has_zero_ = false;
  };

  set newer_;
  set older_;
  base::event_time turn_at_ = base::beginning_of_time;
};

}  // namespace aisle::flow
