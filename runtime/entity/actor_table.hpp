// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>

#include "runtime/base/time.hpp"
#include "runtime/entity/hash_places.hpp"

namespace aisle::entity {

/// The head of an actor's block. Behind it: a row reference per table, the behaviours' states, the
/// key's bytes.
struct actor {
  /// The earliest entry in the host's timers; end_of_time when there is none.
  base::event_time armed = base::end_of_time;
  /// Event time of the latest event or timer it took.
  base::event_time last = base::beginning_of_time;
  std::uint32_t key_size = 0;
  /// What its states own outside the block, when it was last looked at.
  std::uint32_t heap = 0;
  std::uint16_t failures = 0;
  bool quarantined = false;
  /// Since the last cut; where nothing is cut, since it was made.
  bool changed = false;
};

/// Finds the actors that are awake by key, and those among them that were not used lately: a bit of
/// each place says that it was, a hand goes round and takes the bit away, and whom it finds without
/// it has not been used for a whole round (the clock approximation of least recently used, which
/// costs no byte per actor and nothing per event but that bit). Owns nothing.
class actor_table {
 public:
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] std::size_t capacity() const { return places_.capacity(); }
  [[nodiscard]] std::size_t bytes() const { return places_.bytes(); }

  /// `equal(actor)` compares keys; asked only where the hash is the same.
  template <class Equal>
  [[nodiscard]] actor* find(std::uint64_t hash, Equal&& equal) const {
    const auto at = places_.find(hash, [&](std::uint64_t what) { return equal(*who(what)); });
    return at == hash_places::nowhere ? nullptr : who(places_[at].what);
  }
  /// The same, and the actor counts as used.
  template <class Equal>
  [[nodiscard]] actor* use(std::uint64_t hash, Equal&& equal) {
    const auto at = places_.find(hash, [&](std::uint64_t what) { return equal(*who(what)); });
    if (at == hash_places::nowhere) {
      return nullptr;
    }
    places_[at].what |= used;
    return who(places_[at].what);
  }

  /// Asks the memory for the place where a key of this hash would be looked for first.
  void fetch_place(std::uint64_t hash) const {
    if (places_.capacity() > 0) {
      __builtin_prefetch(&places_[places_.first_place(hash)]);
    }
  }
  /// Who is at that place: most often the one with this hash. Null when nobody is.
  [[nodiscard]] const actor* first_at(std::uint64_t hash) const {
    return places_.capacity() == 0 ? nullptr : who(places_[places_.first_place(hash)].what);
  }

  /// Makes room for one more; the only call that can throw, and then nothing has changed.
  void reserve_one() { places_.reserve_one(); }
  /// After reserve_one; the key must not be there. It counts as used.
  void insert(std::uint64_t hash, actor* one) noexcept {
    places_.insert(hash, reinterpret_cast<std::uint64_t>(one) | used);
  }
  void erase(std::uint64_t hash, const actor* one) noexcept {
    places_.erase(places_.find(hash, [&](std::uint64_t what) { return who(what) == one; }));
  }

  /// Moves the hand over at most `steps` places and calls `idle(actor, hash)` for those that were
  /// not used for a round, until a call answers false. `idle` may erase the actor it is called for,
  /// and nobody else.
  template <class Idle>
  void go_round(std::size_t steps, Idle&& idle) {
    for (; steps > 0 && places_.size() > 0; --steps) {
      hand_ = hand_ < places_.capacity() ? hand_ : 0;
      const auto here = places_[hand_];
      if (here.what == 0) {
        ++hand_;
        continue;
      }
      if ((here.what & used) != 0) {
        places_[hand_++].what &= ~used;
        continue;
      }
      const auto before = places_.size();
      const bool go_on = idle(*who(here.what), here.hash);
      // When it was erased, another may have moved up into its place.
      hand_ += places_.size() == before ? std::size_t{1} : 0;
      if (!go_on) {
        return;
      }
    }
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < places_.capacity(); ++i) {
      if (places_[i].what != 0) {
        visit(*who(places_[i].what), places_[i].hash);
      }
    }
  }
  /// Visits from `cursor` (0: the first) until a visit answers false; the answer is the cursor to
  /// go on from, 0 at the end.
  template <class Visit>
  [[nodiscard]] std::uint64_t each(std::uint64_t cursor, Visit&& visit) const {
    for (auto i = cursor; i < places_.capacity(); ++i) {
      if (places_[i].what != 0 && !visit(*who(places_[i].what), places_[i].hash)) {
        return i + 1 < places_.capacity() ? i + 1 : 0;
      }
    }
    return 0;
  }

 private:
  /// Blocks are aligned to at least 8 bytes, so that the lowest bit is free.
  static constexpr std::uint64_t used = 1;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a place holds a pointer and a bit in one word
  static actor* who(std::uint64_t what) { return reinterpret_cast<actor*>(what & ~used); }

  hash_places places_;
  std::size_t hand_ = 0;
};

}  // namespace aisle::entity
