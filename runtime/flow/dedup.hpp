// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/hash.hpp"
#include "runtime/base/time.hpp"
#include "runtime/flow/dedup_delta.hpp"

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
      turn(now);
    }
    if (older_.contains(key) || !newer_.insert(key)) {
      return false;
    }
    if (tracks_) {
      came_.push_back(key);
    }
    return true;
  }

  /// From now on it is noted which keys come, for `freeze`.
  void keep_track() { tracks_ = true; }
  /// What changed since the last time. Costs by that.
  [[nodiscard]] dedup_delta freeze() {
    close_page();
    auto delta = std::exchange(delta_, {});
    delta.turns = {.turn_at = turn_at_, .older = older_at_};
    // A generation that came and went between two cuts.
    std::erase_if(delta.pages, [&](const dedup_page& page) {
      return page.generation != turn_at_ && page.generation != older_at_;
    });
    return delta;
  }
  /// An empty memory goes on with what was kept; pages in any order.
  void begin(const dedup_turns& turns, const std::vector<dedup_page>& pages) {
    turn_at_ = turns.turn_at;
    older_at_ = turns.older;
    for (const auto& page : pages) {
      const bool is_newer = page.generation == turn_at_;
      if (!is_newer && page.generation != older_at_) {
        continue;
      }
      auto& count = is_newer ? newer_pages_ : older_pages_;
      count = std::max(count, page.number);
      for (const auto key : page.keys) {
        (is_newer ? newer_ : older_).insert(key);
      }
    }
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

  void turn(base::event_time now) {
    const bool gap = now - turn_at_ >= horizon;
    close_page();
    if (older_at_) {
      delta_.gone.push_back({*older_at_, older_pages_});
    }
    if (gap && newer_pages_ > 0) {
      delta_.gone.push_back({turn_at_, newer_pages_});
    }
    older_ = gap ? set{} : std::move(newer_);
    older_at_ = gap ? std::nullopt : std::optional{turn_at_};
    older_pages_ = gap ? 0 : newer_pages_;
    newer_ = {};
    newer_pages_ = 0;
    turn_at_ = gap ? now + horizon : turn_at_ + horizon;
  }
  void close_page() {
    if (!came_.empty()) {
      delta_.pages.push_back({turn_at_, ++newer_pages_, std::exchange(came_, {})});
    }
  }

  set newer_;
  set older_;
  base::event_time turn_at_ = base::beginning_of_time;
  std::optional<base::event_time> older_at_;
  bool tracks_ = false;
  /// Keys and pages since the last freeze, and how many pages the generations have.
  std::vector<base::hash128> came_;
  dedup_delta delta_;
  std::uint64_t newer_pages_ = 0;
  std::uint64_t older_pages_ = 0;
};

}  // namespace aisle::flow
