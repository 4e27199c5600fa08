// SPDX-License-Identifier: Apache-2.0
#include "runtime/kv/value.hpp"

#include "runtime/base/hash.hpp"

namespace aisle::kv {
namespace {

constexpr std::size_t sum_bytes = 8;

std::uint64_t sum_of(std::string_view place, std::string_view value) {
  return base::hash64(value.substr(sum_bytes), base::hash64(place));
}

bool has_long_head(value_kind kind) { return kind != value_kind::more; }

}  // namespace

std::uint64_t encode_chunk(std::string& to, std::string_view place, const value_head& head,
                           std::string_view bytes) {
  to.clear();
  append_little(to, std::uint64_t{0});
  append_little(to, value_format);
  append_little(to, static_cast<std::uint8_t>(head.kind));
  append_little(to, std::uint16_t{0});
  append_little(to, head.schema);
  append_little(to, static_cast<std::uint64_t>(head.of.generation.get()));
  append_little(to, head.of.epoch.get());
  if (has_long_head(head.kind)) {
    append_little(to, static_cast<std::uint64_t>(head.due.time_since_epoch().count()));
    append_little(to, head.payload_bytes);
    append_little(to, head.key_bytes);
  }
  to += bytes;
  const auto sum = sum_of(place, to);
  std::memcpy(to.data(), &sum, sum_bytes);
  return sum;
}

std::optional<chunk_view> decode_chunk(std::string_view place, std::string_view value) {
  if (value.size() < more_head_bytes) return std::nullopt;
  const auto sum = little_at<std::uint64_t>(value, 0);
  if (sum != sum_of(place, value)) return std::nullopt;
  const auto format = little_at<std::uint8_t>(value, 8);
  const auto kind = little_at<std::uint8_t>(value, 9);
  if (format != value_format || kind < 1 || kind > 3) return std::nullopt;
  chunk_view out;
  auto& head = out.head;
  head.sum = sum;
  head.kind = static_cast<value_kind>(kind);
  head.schema = little_at<std::uint32_t>(value, 12);
  head.of = {
      .generation = generation{static_cast<std::int64_t>(little_at<std::uint64_t>(value, 16))},
      .epoch = base::epoch{little_at<std::uint64_t>(value, 24)}};
  if (!has_long_head(head.kind)) {
    out.bytes = value.substr(more_head_bytes);
    return out;
  }
  if (value.size() < first_head_bytes) return std::nullopt;
  const auto due = static_cast<std::int64_t>(little_at<std::uint64_t>(value, 32));
  head.due = base::event_time{base::duration{due}};
  head.payload_bytes = little_at<std::uint32_t>(value, 40);
  head.key_bytes = little_at<std::uint32_t>(value, 44);
  out.bytes = value.substr(first_head_bytes);
  if (head.key_bytes > head.payload_bytes || out.bytes.size() > head.payload_bytes) {
    return std::nullopt;
  }
  return out;
}

std::string_view chunker::gathered(const row_bytes& row) {
  if (row.long_key.empty()) return row.bytes;
  payload_.assign(row.long_key);
  payload_ += row.bytes;
  return payload_;
}

}  // namespace aisle::kv
