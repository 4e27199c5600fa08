// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/keys.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/kv/bytes.hpp"

namespace aisle::kv {
namespace {

/// Stands where the length of a key does, when a hash of it follows.
constexpr std::uint16_t long_key_mark = 0xffff;
constexpr std::size_t long_key_bytes = 16;
constexpr std::size_t actor_head_bytes = 1 + 8 + 2;
constexpr std::size_t note_head_bytes = 1 + 4 + 2;

static_assert(delta_prefix_bytes + actor_head_bytes + plain_key_max + chunk_number_bytes <=
              key_bytes_max);
static_assert(delta_prefix_bytes + note_head_bytes + note_name_max + chunk_number_bytes <=
              key_bytes_max);
static_assert(timer_prefix_bytes + actor_head_bytes + plain_key_max <= key_bytes_max);

void append_attempt(std::string& to, attempt of) {
  append_big(to, static_cast<std::uint64_t>(of.generation.get()));
  append_big(to, of.epoch.get());
}

void append_copy(std::string& to, copy_id copy) {
  append_big(to, copy.unit.get());
  append_big(to, copy.number);
}

}  // namespace

void append_hash_bound(std::string& to, std::uint64_t key_hash) {
  to += static_cast<char>(section::actors);
  append_big(to, key_hash);
}

void append_notes_bound(std::string& to, std::uint32_t shard) {
  to += static_cast<char>(section::notes);
  append_big(to, shard);
}

void append_actor_place(std::string& to, std::uint64_t key_hash, std::string_view key) {
  append_hash_bound(to, key_hash);
  if (key.size() <= plain_key_max) {
    append_big(to, static_cast<std::uint16_t>(key.size()));
    to += key;
    return;
  }
  const auto hash = base::hash_128(key);
  append_big(to, long_key_mark);
  append_big(to, hash.high);
  append_big(to, hash.low);
}

void append_note_place(std::string& to, std::uint32_t shard, std::string_view name) {
  base::check(name.size() <= note_name_max, "the name of a note is short");
  append_notes_bound(to, shard);
  append_big(to, static_cast<std::uint16_t>(name.size()));
  to += name;
}

std::optional<place_view> read_place(std::string_view place) {
  if (place.empty()) return std::nullopt;
  place_view out;
  std::size_t head = 0;
  if (place[0] == static_cast<char>(section::actors) && place.size() >= actor_head_bytes) {
    out.key_hash = big_at<std::uint64_t>(place, 1);
    head = actor_head_bytes;
  } else if (place[0] == static_cast<char>(section::notes) && place.size() >= note_head_bytes) {
    out.section = section::notes;
    out.shard = big_at<std::uint32_t>(place, 1);
    head = note_head_bytes;
  } else {
    return std::nullopt;
  }
  const std::size_t length = big_at<std::uint16_t>(place, head - 2);
  out.key = place.substr(head);
  out.is_long = out.section == section::actors && length == long_key_mark;
  if (out.key.size() != (out.is_long ? long_key_bytes : length)) return std::nullopt;
  return out;
}

void append_base_prefix(std::string& to, unit_id unit) { append_big(to, unit.get()); }

void append_delta_prefix(std::string& to, attempt of, copy_id copy) {
  append_attempt(to, of);
  append_copy(to, copy);
}

void append_chunk(std::string& to, std::uint16_t chunk) { append_big(to, chunk); }

delta_prefix read_delta_prefix(std::string_view key) {
  const auto number = big_at<std::uint64_t>(key, 0);
  return {.of = {.generation = generation{static_cast<std::int64_t>(number)},
                 .epoch = base::epoch{big_at<std::uint64_t>(key, 8)}},
          .copy = {.unit = unit_id{big_at<std::uint32_t>(key, 16)},
                   .number = big_at<std::uint32_t>(key, 20)}};
}

void append_timer_bound(std::string& to, unit_id unit, base::event_time due) {
  append_big(to, unit.get());
  append_big(to, sortable(due.time_since_epoch().count()));
}

void append_timer_key(std::string& to, unit_id unit, base::event_time due, std::string_view place) {
  append_timer_bound(to, unit, due);
  to += place;
}

base::event_time due_of_timer(std::string_view key) {
  return base::event_time{base::duration{unsortable(big_at<std::uint64_t>(key, 4))}};
}

void append_outbox_prefix(std::string& to, copy_id lane, attempt of, std::uint32_t part) {
  append_copy(to, lane);
  append_attempt(to, of);
  append_big(to, part);
}

bool increment(std::string& bytes) {
  for (auto at = bytes.size(); at-- > 0;) {
    bytes[at] = static_cast<char>(static_cast<unsigned char>(bytes[at]) + 1);
    if (bytes[at] != 0) return true;
  }
  return false;
}

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace aisle::kv
