// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/batch.hpp"

#include <cstddef>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/log/bytes.hpp"

namespace aisle::log {
namespace {

constexpr std::size_t length_at = 4;
constexpr std::size_t hash_at = 8;
constexpr std::size_t hashed_from = 16;
// Varints of lengths and timestamp in front of a record, and of a header's two lengths, at most.
constexpr std::size_t record_overhead_max = 48;
constexpr std::size_t header_overhead_max = 20;

std::int64_t ms_of(base::event_time time) { return time.time_since_epoch().count(); }
base::event_time time_of(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

// A batch's checksum holds only at its own place in its own segment, at its own length: bytes of a
// batch that a record happens to carry, or that a file system brought back, are none.
std::uint64_t hash_of(std::string_view batch, std::uint64_t segment_seed, std::uint64_t position) {
  std::string place;
  put(place, segment_seed);
  put(place, position);
  put(place, batch.size());
  return base::hash64(batch.substr(hashed_from), base::hash64(place));
}

void put_header(std::string& to, const batch_header& header) {
  put(to, batch_magic);
  put(to, std::uint32_t{0});
  put(to, std::uint64_t{0});
  put(to, header.base.get());
  put(to, header.count);
  put(to, static_cast<std::uint32_t>(header.kind));
  put(to, header.safe_bytes);
  put(to, header.producer.id);
  put(to, header.producer.epoch);
  put(to, std::uint32_t{0});
  put(to, header.producer.sequence);
  put(to, ms_of(header.timestamp));
  put(to, ms_of(header.appended_at));
}

void put_record(std::string& to, const new_record& record, base::event_time first) {
  put_varint(to, zigzag(ms_of(record.timestamp) - ms_of(first)));
  put_nullable(to, record.key);
  put_nullable(to, record.value);
  put_varint(to, record.headers.size());
  for (const auto& [name, value] : record.headers) {
    put_text(to, name);
    put_nullable(to, value);
  }
}

// Gives the batch that begins at `from` its length and its checksum.
void seal(std::string& to, std::size_t from, std::uint64_t segment_seed, std::uint64_t position) {
  const auto bytes = to.size() - from;
  base::check(bytes <= batch_bytes_max, "a batch is within its bound");
  put_at(to, from + length_at, static_cast<std::uint32_t>(bytes));
  const auto batch = std::string_view{to}.substr(from);
  put_at(to, from + hash_at, hash_of(batch, segment_seed, position));
}

std::size_t size_of(const new_record& record) {
  auto bytes = record.key.value_or("").size() + record.value.value_or("").size();
  for (const auto& [name, value] : record.headers) {
    bytes += name.size() + value.value_or("").size() + header_overhead_max;
  }
  return bytes;
}

bool take_record(byte_reader& from, const batch_header& batch, record& into) {
  into.timestamp = time_of(ms_of(batch.timestamp) + unzigzag(from.varint()));
  into.key = from.nullable();
  into.value = from.nullable();
  const auto headers = from.varint();
  if (headers > record_headers_max) return false;
  into.headers.resize(headers);
  for (auto& [name, value] : into.headers) {
    name = from.text();
    value = from.nullable();
  }
  return from.ok();
}

}  // namespace

void encode_batch(std::string& to, std::uint64_t segment_seed, std::uint64_t position,
                  batch_header header, std::string_view marker,
                  std::span<const new_record> records) {
  const auto from = to.size();
  header.count = static_cast<std::uint32_t>(records.size());
  header.timestamp = records.empty() ? base::event_time{} : records.front().timestamp;
  put_header(to, header);
  put_text(to, marker);
  for (const auto& record : records) {
    put_record(to, record, header.timestamp);
  }
  seal(to, from, segment_seed, position);
}

void encode_batch(std::string& to, std::uint64_t segment_seed, std::uint64_t position,
                  batch_header header, std::string_view marker, std::string_view body) {
  const auto from = to.size();
  header.count = 0;
  put_header(to, header);
  put_text(to, marker);
  to += body;
  seal(to, from, segment_seed, position);
}

result<void> check_bounds(std::span<const new_record> records, std::string_view marker) {
  if (records.size() > batch_records_max) {
    return base::fail(errc::too_large,
                      fmt::format("a batch of {} records; {} at most: append it in parts",
                                  records.size(), batch_records_max));
  }
  if (marker.size() > marker_bytes_max) {
    return base::fail(errc::too_large, fmt::format("a marker of {} bytes; {} at most",
                                                   marker.size(), marker_bytes_max));
  }
  std::size_t total = batch_header_bytes + marker.size() + sizeof(std::uint64_t);
  for (std::size_t at = 0; at < records.size(); ++at) {
    const auto bytes = size_of(records[at]);
    if (bytes > record_bytes_max || records[at].headers.size() > record_headers_max) {
      return base::fail(
          errc::too_large,
          fmt::format("record {} of the batch has {} bytes and {} headers; {} and {} "
                      "at most: keep large things elsewhere and append where",
                      at, bytes, records[at].headers.size(), record_bytes_max, record_headers_max));
    }
    total += bytes + record_overhead_max;
  }
  if (total <= batch_bytes_max) return {};
  return base::fail(errc::too_large, fmt::format("a batch of {} bytes; {} at most: append it in "
                                                 "parts",
                                                 total, batch_bytes_max));
}

std::optional<std::uint32_t> claimed_bytes(std::string_view bytes) {
  byte_reader from{bytes};
  const auto magic = from.take<std::uint32_t>();
  const auto claimed = from.take<std::uint32_t>();
  if (magic != batch_magic || claimed < batch_header_bytes || claimed > batch_bytes_max) {
    return std::nullopt;
  }
  return claimed;
}

std::optional<batch_view> decode_batch(std::string_view bytes, std::uint64_t segment_seed,
                                       std::uint64_t position) {
  const auto claimed = claimed_bytes(bytes);
  if (!claimed || *claimed > bytes.size()) return std::nullopt;
  bytes = bytes.substr(0, *claimed);
  byte_reader from{bytes.substr(hash_at)};
  if (from.take<std::uint64_t>() != hash_of(bytes, segment_seed, position)) return std::nullopt;

  batch_view view;
  view.position = position;
  auto& header = view.header;
  header.bytes = *claimed;
  header.base = base::offset{from.take<std::int64_t>()};
  header.count = from.take<std::uint32_t>();
  header.kind = static_cast<batch_kind>(from.take<std::uint32_t>());
  header.safe_bytes = from.take<std::uint64_t>();
  header.producer.id = from.take<std::uint64_t>();
  header.producer.epoch = from.take<std::uint32_t>();
  from.take<std::uint32_t>();
  header.producer.sequence = from.take<std::uint64_t>();
  header.timestamp = time_of(from.take<std::int64_t>());
  header.appended_at = time_of(from.take<std::int64_t>());
  view.marker = from.text();
  view.body = from.rest();
  if (!from.ok() || header.count > batch_records_max) return std::nullopt;
  return view;
}

bool decode_records(const batch_view& batch, std::vector<record>& into) {
  byte_reader from{batch.body};
  const auto first = into.size();
  into.resize(first + batch.header.count);
  for (std::uint32_t at = 0; at < batch.header.count; ++at) {
    auto& record = into[first + at];
    record.offset = base::offset{batch.header.base.get() + at};
    if (!take_record(from, batch.header, record)) return false;
  }
  return from.empty();
}

}  // namespace aisle::log
