// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/time.hpp"
#include "runtime/kv/ids.hpp"

/// The keys of rows; LAYOUT.md is the page to read first. The *place* of a row is its key without
/// what stands before it in the table (whose row, of which attempt) and without the chunk's number:
/// the same in base and deltas, and the same on every node.
namespace aisle::kv {

/// LMDB takes no longer ones.
inline constexpr std::size_t key_bytes_max = 511;
/// A longer key of an actor stands in its place as a hash of 128 bits, and whole in the value.
inline constexpr std::size_t plain_key_max = 400;
/// The names of notes are ours, and short.
inline constexpr std::size_t note_name_max = 400;

/// What a row is about.
enum class section : std::uint8_t { actors = 0, notes = 1 };

void append_actor_place(std::string& to, std::uint64_t key_hash, std::string_view key);
void append_note_place(std::string& to, std::uint32_t shard, std::string_view name);
/// The first place that an actor with this hash could have.
void append_hash_bound(std::string& to, std::uint64_t key_hash);
/// The first place of all notes of a shard.
void append_notes_bound(std::string& to, std::uint32_t shard);

/// A place taken apart; views into it.
struct place_view {
  kv::section section = section::actors;
  /// Of an actor.
  std::uint64_t key_hash = 0;
  /// Of a note.
  std::uint32_t shard = 0;
  /// The key or name; of a long key the sixteen bytes of its hash.
  std::string_view key;
  bool is_long = false;
};
/// Nothing when no place looks so.
[[nodiscard]] std::optional<place_view> read_place(std::string_view place);

/// What stands before the place.
inline constexpr std::size_t base_prefix_bytes = 4;
inline constexpr std::size_t delta_prefix_bytes = 24;
inline constexpr std::size_t chunk_number_bytes = 2;

void append_base_prefix(std::string& to, unit_id unit);
void append_delta_prefix(std::string& to, attempt of, copy_id copy);
void append_chunk(std::string& to, std::uint16_t chunk);

struct delta_prefix {
  attempt of;
  copy_id copy;
  friend bool operator==(const delta_prefix&, const delta_prefix&) = default;
};
/// `key` must reach that far.
[[nodiscard]] delta_prefix read_delta_prefix(std::string_view key);

/// (unit, due, place): what is due first stands first, over all shards of the stage.
inline constexpr std::size_t timer_prefix_bytes = 12;
void append_timer_key(std::string& to, unit_id unit, base::event_time due, std::string_view place);
void append_timer_bound(std::string& to, unit_id unit, base::event_time due);
[[nodiscard]] base::event_time due_of_timer(std::string_view key);

/// (copy, attempt, part): the chunks of a part follow one another.
inline constexpr std::size_t outbox_prefix_bytes = 28;
void append_outbox_prefix(std::string& to, copy_id lane, attempt of, std::uint32_t part);

/// The next greater bytes of the same length; false when there are none.
[[nodiscard]] bool increment(std::string& bytes);

/// For people: hexadecimal.
[[nodiscard]] std::string hex_of(std::string_view bytes);

}  // namespace aisle::kv
