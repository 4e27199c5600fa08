// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/time.hpp"
#include "runtime/kv/bytes.hpp"
#include "runtime/kv/keys.hpp"

/// The values of rows: a head with a checksum, then bytes. A row that is larger than half a page is
/// several chunks with one head each, so that LMDB needs no pages of its own for it.
namespace aisle::kv {

/// When an actor has no timer.
inline constexpr base::event_time no_timer = base::end_of_time;

inline constexpr std::uint8_t value_format = 1;

enum class value_kind : std::uint8_t {
  /// The first chunk of a row.
  first = 1,
  /// A further chunk.
  more = 2,
  /// The row is gone since this attempt. Only in deltas.
  tombstone = 3,
};

/// What stands before the bytes of a chunk.
struct value_head {
  std::uint64_t sum = 0;
  value_kind kind = value_kind::first;
  /// Of the bytes, as their writer counts its versions.
  std::uint32_t schema = 0;
  attempt of;
  /// The rest only of a first chunk, or a tombstone.
  base::event_time due = no_timer;
  /// Of all chunks together.
  std::uint32_t payload_bytes = 0;
  /// Of a long key, which is the beginning of the payload; 0 when the place has the key.
  std::uint32_t key_bytes = 0;
};

inline constexpr std::size_t more_head_bytes = 32;
inline constexpr std::size_t first_head_bytes = 48;

/// Half a page of 4 KiB, as LMDB halves it (me_nodemax), less its own head of a node.
inline constexpr std::size_t key_and_value_max = 2038 - 8;
/// A row of an actor or a note; 17,000 chunks at the most.
inline constexpr std::size_t payload_bytes_max = std::size_t{32} << 20;

/// Payload that fits a chunk, whatever table it stands in.
[[nodiscard]] constexpr std::size_t chunk_room(std::size_t place_bytes, std::size_t head_bytes) {
  return key_and_value_max - delta_prefix_bytes - place_bytes - chunk_number_bytes - head_bytes;
}
static_assert(payload_bytes_max / chunk_room(11 + plain_key_max, first_head_bytes) < 0xffff,
              "the number of a chunk has 16 bits");

/// The chunks of a row whose payload has this size.
[[nodiscard]] constexpr std::size_t chunks_of(std::size_t place_bytes, std::size_t payload) {
  const auto first = chunk_room(place_bytes, first_head_bytes);
  const auto more = chunk_room(place_bytes, more_head_bytes);
  return payload <= first ? 1 : 1 + (payload - first + more - 1) / more;
}

/// The head, and the bytes behind it.
struct chunk_view {
  value_head head;
  std::string_view bytes;
};

/// Writes a chunk into `to`, which is emptied first; the answer is its checksum. The checksum holds
/// only at this place (with the chunk's number).
std::uint64_t encode_chunk(std::string& to, std::string_view place, const value_head& head,
                           std::string_view bytes);
/// Nothing when the bytes are not what was written at this place.
[[nodiscard]] std::optional<chunk_view> decode_chunk(std::string_view place,
                                                     std::string_view value);

/// What a row says, before it is cut into chunks.
struct row_bytes {
  /// `first`, or `tombstone`, which has no payload.
  value_kind kind = value_kind::first;
  std::uint32_t schema = 0;
  attempt of;
  base::event_time due = no_timer;
  /// Empty when the place has it.
  std::string_view long_key;
  std::string_view bytes;

  [[nodiscard]] std::size_t payload() const { return long_key.size() + bytes.size(); }
};

/// Chunks and their checksums added up: the same on every node for the same rows, in any order.
struct row_sum {
  std::uint64_t chunks = 0;
  std::uint64_t sum = 0;
  friend bool operator==(const row_sum&, const row_sum&) = default;

  void add(std::uint64_t of_chunk) {
    ++chunks;
    sum += of_chunk;
  }
  void remove(std::uint64_t of_chunk) {
    --chunks;
    sum -= of_chunk;
  }
  row_sum& operator+=(const row_sum& other) {
    chunks += other.chunks;
    sum += other.sum;
    return *this;
  }
  row_sum& operator-=(const row_sum& other) {
    chunks -= other.chunks;
    sum -= other.sum;
    return *this;
  }
};

/// Cuts rows into chunks. Keeps its memory between rows.
class chunker {
 public:
  /// Calls `put(chunk's number behind the place, value, checksum)` for each chunk, until one call
  /// answers false.
  template <class Put>
  bool cut(std::string_view place, const row_bytes& row, Put&& put) {
    std::string_view rest = gathered(row);
    auto room = chunk_room(place.size(), first_head_bytes);
    value_head head{.sum = 0,
                    .kind = row.kind,
                    .schema = row.schema,
                    .of = row.of,
                    .due = row.due,
                    .payload_bytes = static_cast<std::uint32_t>(rest.size()),
                    .key_bytes = static_cast<std::uint32_t>(row.long_key.size())};
    std::uint16_t number = 0;
    do {
      const auto now = rest.substr(0, std::min(room, rest.size()));
      key_.assign(place);
      append_chunk(key_, number++);
      const auto sum = encode_chunk(value_, key_, head, now);
      if (!put(std::string_view{key_}, std::string_view{value_}, sum)) return false;
      rest.remove_prefix(now.size());
      head.kind = value_kind::more;
      room = chunk_room(place.size(), more_head_bytes);
    } while (!rest.empty());
    return true;
  }

 private:
  std::string_view gathered(const row_bytes& row);

  std::string key_;
  std::string value_;
  std::string payload_;
};

}  // namespace aisle::kv
