// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/checkpoint/lane_owner.hpp"
#include "runtime/entity/actor_changes.hpp"
#include "runtime/kv/delta.hpp"

namespace aisle::checkpoint {

/// A note of a shard, lane or reader: a part of what it remembers, by name.
struct note {
  /// At most kv::note_name_max bytes; in one epoch once.
  std::string name;
  /// Nothing: the note is gone.
  std::optional<std::string> bytes;
};

/// A part of an outbox: where it belongs in the lane's output, and the bytes, as they are handed
/// out.
struct stored_part {
  std::int64_t start_offset = 0;
  std::string_view bytes;
};

/// What an epoch brings out by a lane.
struct outbox_change {
  attempt prev;
  attempt delivered_to;
  bool born = false;
  std::vector<stored_part> parts;
};

/// What one epoch changed in a shard, a lane or the memory of a reader.
struct changes {
  /// Of a shard; null: none. Must live as long as this.
  const entity::actor_changes* actors = nullptr;
  std::vector<note> notes;
  std::optional<outbox_change> outbox;
};

/// The same as bytes, which is what copies exchange and checksums are made of. All numbers are
/// little-endian:
///
///     version      1 byte, 1
///     actors       count 8, then each: key hash 8, due 8 (milliseconds), key size 4, state size 4,
///                  key, state
///     notes        count 4, then each: name size 2, 1 there or 0 gone, size 4, name, bytes
///     outbox       0, or 1 and: prev 16, delivered_to 16, born 1, parts 4, then each: size 8,
///                  and of that size the start offset 8 and bytes
///
/// An attempt is its generation and its number, 8 bytes each.
[[nodiscard]] std::string encode(const changes& what);

/// For the store: views into `bytes`, which must outlive them. `copy`, `base` and `schema` are left
/// for the caller. Takes only what `encode` can have made; the text says what is wrong.
[[nodiscard]] std::expected<kv::delta, std::string> decode_changes(std::string_view bytes);

/// A part as the store hands it back; a view into `bytes`.
[[nodiscard]] std::expected<stored_part, std::string> decode_part(std::string_view bytes);

}  // namespace aisle::checkpoint
