// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/kv/ids.hpp"
#include "runtime/kv/value.hpp"

namespace aisle::kv {

/// An actor as an epoch leaves it.
struct change {
  std::uint64_t key_hash = 0;
  std::string_view key;
  /// Nothing: the actor is gone.
  std::optional<std::string_view> state;
  /// Its next timer, which the index of timers then has.
  base::event_time due = no_timer;
};

/// Something of the shard itself: a watermark, counts, a part of what it remembers. Few.
struct note_change {
  std::string_view name;
  /// Nothing: the note is gone.
  std::optional<std::string_view> bytes;
};

/// What a lane hands out of an epoch.
struct outbox_delta {
  /// The attempt whose marker this one follows.
  attempt prev;
  /// The lane's marker, as far as it is known beyond doubt.
  attempt delivered_to;
  /// The lane's first marker is written.
  bool born = false;
  /// Stored as they are, and handed out as they are; one transaction of the sink each.
  std::vector<std::string_view> parts;
};

/// What one shard or lane changed in an attempt. All views live until it is prepared.
struct delta {
  copy_id copy;
  /// The attempt before it, which must be the tip of the copy's chain.
  attempt base;
  /// Of the states in it.
  std::uint32_t schema = 0;
  /// In any order; a key at most once.
  std::vector<change> actors;
  std::vector<note_change> notes;
  /// Of a lane.
  std::optional<outbox_delta> outbox;
};

}  // namespace aisle::kv
