// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"

namespace aisle::entity {

/// The head of an actor's block. Behind it: a row reference per table, the behaviours' states, the
/// key's bytes.
struct actor {
  std::uint64_t key_hash = 0;
  /// The earliest entry in the host's timers; end_of_time when there is none.
  base::event_time armed = base::end_of_time;
  std::uint32_t key_size = 0;
  std::uint16_t failures = 0;
  bool quarantined = false;
};

/// Finds actors by key: open addressing with linear probing over pointers to their blocks, at most
/// 70 % full. Owns nothing. Hashes are good in all bits, and the upper ones already chose the
/// shard, so that the lower ones choose the place.
class actor_table {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  /// `equal(actor)` compares keys; asked only where the hash is the same.
  template <class Equal>
  [[nodiscard]] actor* find(std::uint64_t hash, Equal&& equal) const {
    if (places_.empty()) {
      return nullptr;
    }
    for (auto at = hash & mask();; at = (at + 1) & mask()) {
      const auto& place = places_[at];
      if (place.who == nullptr) {
        return nullptr;
      }
      if (place.hash == hash && equal(*place.who)) {
        return place.who;
      }
    }
  }

  /// Asks the memory for the place where a key of this hash would be looked for first.
  void fetch_place(std::uint64_t hash) const {
    if (!places_.empty()) {
      __builtin_prefetch(&places_[hash & mask()]);
    }
  }
  /// Who is at that place: most often the one with this hash. Null when nobody is.
  [[nodiscard]] const actor* first_at(std::uint64_t hash) const {
    return places_.empty() ? nullptr : places_[hash & mask()].who;
  }

  /// Makes room for one more; the only call that can throw, and then nothing has changed.
  void reserve_one() {
    if ((size_ + 1) * 10 > places_.size() * 7) {
      grow();
    }
  }
  /// After reserve_one; the key must not be there.
  void insert(actor* who) noexcept {
    put(places_, who->key_hash, who);
    ++size_;
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& place : places_) {
      if (place.who != nullptr) {
        visit(*place.who);
      }
    }
  }

 private:
  struct slot {
    std::uint64_t hash = 0;
    actor* who = nullptr;
  };

  [[nodiscard]] std::size_t mask() const { return places_.size() - 1; }

  static void put(std::vector<slot>& places, std::uint64_t hash, actor* who) noexcept {
    const auto mask = places.size() - 1;
    auto at = hash & mask;
    while (places[at].who != nullptr) {
      at = (at + 1) & mask;
    }
    places[at] = {hash, who};
  }

  void grow() {
    std::vector<slot> larger(places_.empty() ? 16 : places_.size() * 2);
    for (const auto& place : places_) {
      if (place.who != nullptr) {
        put(larger, place.hash, place.who);
      }
    }
    places_.swap(larger);
  }

  std::vector<slot> places_;
  std::size_t size_ = 0;
};

}  // namespace aisle::entity
