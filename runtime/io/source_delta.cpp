// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/source_delta.hpp"

#include <limits>

#include <fmt/format.h>

#include "runtime/base/pack.hpp"

namespace aisle::io {
namespace {

constexpr std::int64_t version = 1;
/// Counts of a source; facts written before records could be skipped have one less.
constexpr std::uint32_t counts_now = 6;
constexpr std::uint32_t counts_before_skipped = 5;
constexpr std::uint32_t fields_of_source = 6;
constexpr std::uint32_t fields_of_page = 4;
constexpr std::uint32_t partitions_max = 1 << 20;
constexpr std::size_t key_bytes = 16;

void put(base::packer& to, std::uint64_t number) { to.integer(static_cast<std::int64_t>(number)); }
void put(base::packer& to, base::event_time at) { to.integer(at.time_since_epoch().count()); }
std::uint64_t number_of(base::unpacker& from) { return static_cast<std::uint64_t>(from.integer()); }
base::event_time time_of(base::unpacker& from) {
  return base::event_time{base::duration{from.integer()}};
}
void expect(base::unpacker& from, std::uint32_t fields) {
  if (from.array(fields) != fields) {
    from.fail();
  }
}

void put(base::packer& to, const read_position& at) {
  to.array(4);
  to.integer(at.partition.get());
  put(to, at.file);
  put(to, at.byte);
  to.integer(at.ordinal.get());
}

read_position position_of(base::unpacker& from) {
  expect(from, 4);
  const auto partition = from.integer();
  if (partition < 0 || partition >= partitions_max) {
    from.fail();
  }
  read_position at;
  at.partition = base::partition_id{static_cast<std::uint32_t>(partition)};
  at.file = number_of(from);
  at.byte = number_of(from);
  at.ordinal = base::offset{from.integer()};
  return at;
}

void put(base::packer& to, const flow::partition_facts& p) {
  to.array(4);
  put(to, p.highest);
  to.boolean(p.idle);
  put(to, p.repeats.turn_at);
  p.repeats.older ? put(to, *p.repeats.older) : to.nil();
}

flow::partition_facts partition_of(base::unpacker& from) {
  expect(from, 4);
  flow::partition_facts p;
  p.highest = time_of(from);
  p.idle = from.boolean();
  p.repeats.turn_at = time_of(from);
  if (!from.nil()) {
    p.repeats.older = time_of(from);
  }
  return p;
}

}  // namespace

void pack(const source_facts& facts, std::string& bytes) {
  base::packer to{bytes};
  to.array(fields_of_source);
  to.integer(version);
  put(to, facts.epoch.get());
  to.array(static_cast<std::uint32_t>(facts.positions.size()));
  for (const auto& at : facts.positions) {
    put(to, at);
  }
  to.array(static_cast<std::uint32_t>(facts.reading.partitions.size()));
  for (const auto& p : facts.reading.partitions) {
    put(to, p);
  }
  const auto& counts = facts.reading.counts;
  to.array(counts_now);
  for (const auto count : {counts.read, counts.accepted, counts.rejected, counts.duplicate,
                           counts.rounded, counts.skipped}) {
    put(to, count);
  }
  put(to, facts.reading.advanced);
}

std::expected<source_facts, std::string> unpack_source(std::string_view bytes) {
  base::unpacker from{bytes};
  const auto fields = from.array(std::numeric_limits<std::uint16_t>::max());
  const auto written_by = from.integer();
  if (from.ok() && written_by != version) {
    return std::unexpected{
        fmt::format("a source's facts of version {}; this program knows {}", written_by, version)};
  }
  source_facts facts;
  facts.epoch = base::epoch{number_of(from)};
  for (auto left = from.array(partitions_max); left > 0 && from.ok(); --left) {
    facts.positions.push_back(position_of(from));
  }
  for (auto left = from.array(partitions_max); left > 0 && from.ok(); --left) {
    facts.reading.partitions.push_back(partition_of(from));
  }
  auto left = from.array(counts_now);
  if (left < counts_before_skipped) {
    from.fail();
  }
  auto& counts = facts.reading.counts;
  for (auto* count : {&counts.read, &counts.accepted, &counts.rejected, &counts.duplicate,
                      &counts.rounded, &counts.skipped}) {
    *count = left-- > 0 ? number_of(from) : 0;
  }
  facts.reading.advanced = time_of(from);
  if (!from.done() || fields != fields_of_source) {
    return std::unexpected{std::string{"a source's facts are damaged"}};
  }
  return facts;
}

void pack(const flow::dedup_page& page, std::string& bytes) {
  base::packer to{bytes};
  to.array(fields_of_page);
  to.integer(version);
  put(to, page.generation);
  put(to, page.number);
  std::string keys;
  keys.reserve(page.keys.size() * key_bytes);
  for (const auto& key : page.keys) {
    for (const auto half : {key.high, key.low}) {
      for (unsigned shift = 0; shift < 64; shift += 8) {
        keys += static_cast<char>(half >> shift & 0xFF);
      }
    }
  }
  to.bytes(keys);
}

std::expected<flow::dedup_page, std::string> unpack_repeats(std::string_view bytes) {
  base::unpacker from{bytes};
  const auto fields = from.array(std::numeric_limits<std::uint16_t>::max());
  const auto written_by = from.integer();
  if (from.ok() && written_by != version) {
    return std::unexpected{
        fmt::format("a page of repeats of version {}; this program knows {}", written_by, version)};
  }
  flow::dedup_page page;
  page.generation = time_of(from);
  page.number = number_of(from);
  const auto keys = from.bytes();
  if (!from.done() || fields != fields_of_page || keys.size() % key_bytes != 0) {
    return std::unexpected{std::string{"a page of repeats is damaged"}};
  }
  const auto half_at = [&](std::size_t at) {
    std::uint64_t half = 0;
    for (unsigned i = 0; i < 8; ++i) {
      half |= std::uint64_t{static_cast<unsigned char>(keys[at + i])} << 8 * i;
    }
    return half;
  };
  for (std::size_t at = 0; at < keys.size(); at += key_bytes) {
    page.keys.push_back({.high = half_at(at), .low = half_at(at + 8)});
  }
  return page;
}

}  // namespace aisle::io
