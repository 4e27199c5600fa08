// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/outbox_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace aisle::kv {
namespace {

constexpr std::size_t room_of(std::size_t head) {
  return key_and_value_max - outbox_key_bytes - head;
}
constexpr std::size_t first_room = room_of(first_head_bytes);
constexpr std::size_t more_room = room_of(more_head_bytes);

std::uint32_t number_of(std::size_t byte) {
  return byte == 0 ? 0 : static_cast<std::uint32_t>(1 + (byte - first_room) / more_room);
}

}  // namespace

chunk_written encode_outbox_chunk(const outbox_chunk& of, std::string_view part, std::size_t byte,
                                  std::string& key, std::string& value) {
  if (part.size() > part_bytes_limit) {
    throw trouble{errc::too_large,
                  fmt::format("a part of {} bytes in the outbox of {}; {} at the "
                              "most, cut it before it is prepared",
                              part.size(), control::to_text(of.of), part_bytes_limit)};
  }
  key.clear();
  append_outbox_prefix(key, of.lane, of.of, of.part);
  append_big(key, number_of(byte));
  const auto bytes = part.substr(byte, byte == 0 ? first_room : more_room);
  const auto sum = encode_chunk(value, outbox_place(key),
                                {.sum = 0,
                                 .kind = byte == 0 ? value_kind::first : value_kind::more,
                                 .schema = of.schema,
                                 .of = of.of,
                                 .due = no_timer,
                                 .payload_bytes = static_cast<std::uint32_t>(part.size()),
                                 .key_bytes = 0},
                                bytes);
  return {.sum = sum, .bytes = bytes.size()};
}

std::string read_outbox_part(const txn& in, copy_id lane, attempt of, std::uint32_t part,
                             row_sum& sum) {
  std::string prefix;
  append_outbox_prefix(prefix, lane, of, part);
  std::string bytes;
  std::size_t wanted = 0;
  std::uint32_t number = 0;
  auto at = in.cursor(table::outbox);
  for (bool on = at.seek(prefix); on && at.is_in(prefix); on = at.next()) {
    const auto chunk = decode_chunk(outbox_place(at.key()), at.value());
    if (!chunk || chunk->head.of != of || at.key().size() != outbox_key_bytes ||
        big_at<std::uint32_t>(at.key(), outbox_prefix_bytes) != number) {
      in.damaged(table::outbox, at.key());
    }
    if (number++ == 0) wanted = chunk->head.payload_bytes;
    bytes += chunk->bytes;
    sum.add(chunk->head.sum);
  }
  if (number == 0 || bytes.size() != wanted) in.damaged(table::outbox, prefix);
  return bytes;
}

delta_prefix read_outbox_prefix(std::string_view key) {
  const auto number = big_at<std::uint64_t>(key, 8);
  return {.of = {.generation = generation{static_cast<std::int64_t>(number)},
                 .epoch = base::epoch{big_at<std::uint64_t>(key, 16)}},
          .copy = {.unit = unit_id{big_at<std::uint32_t>(key, 0)},
                   .number = big_at<std::uint32_t>(key, 4)}};
}

}  // namespace aisle::kv
