// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace aisle::entity {

/// Numbers (never 0) found by 64-bit hashes that are good in all bits: open addressing with linear
/// probing, at most three quarters full, 16 bytes a place. Several entries may have one hash. The
/// upper bits of a hash chose the shard already, so that the lower 48 choose the place.
class hash_places {
 public:
  static constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

  struct place {
    std::uint64_t hash = 0;
    std::uint64_t what = 0;
  };

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return places_.size(); }
  [[nodiscard]] std::size_t bytes() const { return places_.size() * sizeof(place); }
  [[nodiscard]] place& operator[](std::size_t at) { return places_[at]; }
  [[nodiscard]] const place& operator[](std::size_t at) const { return places_[at]; }

  /// Where a search for this hash begins; there must be places.
  [[nodiscard]] std::size_t first_place(std::uint64_t hash) const {
    return home(hash, places_.size());
  }
  /// The first with this hash for which `wanted(what)` holds, or `nowhere`.
  template <class Wanted>
  [[nodiscard]] std::size_t find(std::uint64_t hash, Wanted&& wanted) const {
    if (places_.empty()) {
      return nowhere;
    }
    for (auto at = home(hash, places_.size());; at = next(at)) {
      const auto& here = places_[at];
      if (here.what == 0) {
        return nowhere;
      }
      if (here.hash == hash && wanted(here.what)) {
        return at;
      }
    }
  }

  /// Makes room for one more; the only call that can throw, and then nothing has changed.
  void reserve_one() {
    if ((size_ + 1) * 4 > places_.size() * 3) {
      move_to(std::max<std::size_t>(16, places_.size() + places_.size() / 2));
    }
  }
  /// After reserve_one; must not be there.
  void insert(std::uint64_t hash, std::uint64_t what) noexcept {
    put(places_, {hash, what});
    ++size_;
  }

  /// Those behind it move up, so that no search ends too early. Gives memory back when few are
  /// left.
  void erase(std::size_t hole) noexcept {
    for (auto at = next(hole); places_[at].what != 0; at = next(at)) {
      const auto wanted = home(places_[at].hash, places_.size());
      if (distance(wanted, at) >= distance(hole, at)) {
        places_[hole] = places_[at];
        hole = at;
      }
    }
    places_[hole] = {};
    --size_;
    if (places_.size() > 64 && size_ * 8 < places_.size()) {
      try {
        move_to(std::max<std::size_t>(16, size_ * 2));
      } catch (const std::bad_alloc&) {
        // It goes on with more room than it needs.
        return;
      }
    }
  }

 private:
  static std::size_t home(std::uint64_t hash, std::size_t places) {
    return static_cast<std::size_t>(((hash & 0xFFFF'FFFF'FFFF) >> 16) * places >> 32);
  }
  [[nodiscard]] std::size_t next(std::size_t at) const {
    return at + 1 == places_.size() ? 0 : at + 1;
  }
  /// Steps from one place to another, forwards.
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
    return to >= from ? to - from : to + places_.size() - from;
  }

  static void put(std::vector<place>& places, place what) noexcept {
    auto at = home(what.hash, places.size());
    while (places[at].what != 0) {
      at = at + 1 == places.size() ? 0 : at + 1;
    }
    places[at] = what;
  }

  void move_to(std::size_t capacity) {
    std::vector<place> moved(capacity);
    for (const auto& one : places_) {
      if (one.what != 0) {
        put(moved, one);
      }
    }
    places_.swap(moved);
  }

  std::vector<place> places_;
  std::size_t size_ = 0;
};

}  // namespace aisle::entity
