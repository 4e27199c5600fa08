// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/segment.hpp"

#include <charconv>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/log/bytes.hpp"

namespace aisle::log {
namespace {

constexpr std::string_view segment_magic = "AISLELOG";
constexpr std::string_view end_magic = "AISLEEND";
constexpr std::string_view suffix = ".segment";
constexpr std::size_t digits = 20;
constexpr std::size_t hash_bytes = sizeof(std::uint64_t);

// Fills up with zeros and ends with the checksum of all before it.
std::string sealed(std::string bytes, std::size_t size) {
  bytes.resize(size - hash_bytes, '\0');
  put(bytes, base::hash64(bytes));
  return bytes;
}

bool is_whole(std::string_view bytes, std::size_t size) {
  if (bytes.size() < size) return false;
  byte_reader hash{bytes.substr(size - hash_bytes)};
  return hash.take<std::uint64_t>() == base::hash64(bytes.substr(0, size - hash_bytes));
}

void put_identity(std::string& to, const partition_identity& of) {
  put(to, of.partition.get());
  put(to, of.topic);
}

partition_identity take_identity(byte_reader& from) {
  const base::partition_id partition{from.take<std::uint32_t>()};
  return {.topic = from.take<std::uint64_t>(), .partition = partition};
}

}  // namespace

std::uint64_t segment_header::seed() const {
  std::string place;
  put_identity(place, of);
  put(place, base.get());
  return base::hash64(place);
}

std::string encode(const segment_header& header) {
  std::string bytes{segment_magic};
  put(bytes, format_version);
  put_identity(bytes, header.of);
  put(bytes, header.base.get());
  put(bytes, header.created_at.time_since_epoch().count());
  return sealed(std::move(bytes), segment_header_bytes);
}

std::expected<segment_header, not_ours> decode_segment_header(std::string_view bytes) {
  byte_reader from{bytes};
  const auto magic = from.bytes(segment_magic.size());
  const auto version = from.take<std::uint32_t>();
  if (from.ok() && magic != segment_magic && !is_whole(bytes, segment_header_bytes)) {
    // A flipped bit leaves most of the magic; another program's file leaves none of it.
    std::size_t same = 0;
    for (std::size_t at = 0; at < magic.size(); ++at)
      same += magic[at] == segment_magic[at];
    return std::unexpected{same < magic.size() / 2 ? not_ours::strange : not_ours::damaged};
  }
  if (!is_whole(bytes, segment_header_bytes)) return std::unexpected{not_ours::damaged};
  if (version != format_version) return std::unexpected{not_ours::later_version};
  segment_header header;
  header.of = take_identity(from);
  header.base = base::offset{from.take<std::int64_t>()};
  header.created_at = base::event_time{base::duration{from.take<std::int64_t>()}};
  return header;
}

std::string encode(const end_mark& mark) {
  std::string bytes{end_magic};
  put(bytes, format_version);
  put_identity(bytes, mark.of);
  put(bytes, mark.segment.get());
  put(bytes, mark.position);
  put(bytes, mark.next.get());
  return sealed(std::move(bytes), end_mark_bytes);
}

std::optional<end_mark> decode_end_mark(std::string_view bytes) {
  if (!is_whole(bytes, end_mark_bytes)) return std::nullopt;
  byte_reader from{bytes};
  if (from.bytes(end_magic.size()) != end_magic) return std::nullopt;
  if (from.take<std::uint32_t>() != format_version) return std::nullopt;
  end_mark mark;
  mark.of = take_identity(from);
  mark.segment = base::offset{from.take<std::int64_t>()};
  mark.position = from.take<std::uint64_t>();
  mark.next = base::offset{from.take<std::int64_t>()};
  return mark;
}

std::string segment_name(base::offset base) {
  return fmt::format("{:0{}}{}", base.get(), digits, suffix);
}

std::optional<base::offset> base_of(const std::filesystem::path& segment) {
  const auto name = segment.filename().string();
  if (name.size() != digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::int64_t number = 0;
  const auto* const end = name.data() + digits;
  const auto [stopped, code] = std::from_chars(name.data(), end, number);
  if (code != std::errc{} || stopped != end || number < 0) return std::nullopt;
  return base::offset{number};
}

}  // namespace aisle::log
