// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/shard_delta.hpp"

#include <limits>

#include <fmt/format.h>

#include "runtime/base/pack.hpp"
#include "runtime/record/batch_codec.hpp"

namespace aisle::entity {
namespace {

constexpr std::int64_t facts_version = 1;
constexpr std::int64_t page_version = 1;
constexpr std::uint32_t fields_of_facts = 12;
constexpr std::uint32_t fields_of_page = 7;
constexpr std::uint32_t fields_of_front = 8;
constexpr std::uint32_t channels_max = 1 << 24;
constexpr std::uint32_t behaviours_max = 64;

void put(base::packer& to, std::uint64_t number) { to.integer(static_cast<std::int64_t>(number)); }
void put(base::packer& to, base::event_time at) { to.integer(at.time_since_epoch().count()); }

std::uint64_t number_of(base::unpacker& from) { return static_cast<std::uint64_t>(from.integer()); }
base::event_time time_of(base::unpacker& from) {
  return base::event_time{base::duration{from.integer()}};
}
/// A number of fewer bits; what does not fit fails.
template <class Number>
Number small(base::unpacker& from) {
  const auto number = from.integer();
  if (number < 0 || number > static_cast<std::int64_t>(std::numeric_limits<Number>::max())) {
    from.fail();
    return {};
  }
  return static_cast<Number>(number);
}
void expect(base::unpacker& from, std::uint32_t fields) {
  if (from.array(fields) != fields) {
    from.fail();
  }
}

void put(base::packer& to, const flow::waits_from::row& row) {
  to.array(fields_of_front);
  put(to, row.after);
  to.integer(row.source.get());
  to.integer(row.stream);
  to.integer(row.position.partition.get());
  to.integer(row.position.offset.get());
  to.integer(row.position.item);
  put(to, row.page);
  to.integer(row.row_in_message);
}

std::optional<flow::waits_from::row> front_of(base::unpacker& from) {
  if (from.nil()) {
    return std::nullopt;
  }
  expect(from, fields_of_front);
  flow::waits_from::row row;
  row.after = time_of(from);
  row.source = base::source_id{small<std::uint16_t>(from)};
  row.stream = small<std::uint8_t>(from);
  row.position.partition = base::partition_id{small<std::uint32_t>(from)};
  row.position.offset = base::offset{from.integer()};
  row.position.item = small<std::uint32_t>(from);
  row.page = number_of(from);
  row.row_in_message = small<std::uint32_t>(from);
  return row;
}

void put(base::packer& to, const host_facts& host) {
  to.array(static_cast<std::uint32_t>(6 + host.late.size()));
  for (const auto count : {host.counts.in, host.counts.applied, host.counts.late,
                           host.counts.failed, host.counts.quarantined, host.quarantined_actors}) {
    put(to, count);
  }
  for (const auto late : host.late) {
    put(to, late);
  }
}

host_facts host_of(base::unpacker& from) {
  host_facts host;
  const auto fields = from.array(6 + behaviours_max);
  if (fields < 6) {
    from.fail();
    return host;
  }
  for (auto* count : {&host.counts.in, &host.counts.applied, &host.counts.late, &host.counts.failed,
                      &host.counts.quarantined, &host.quarantined_actors}) {
    *count = number_of(from);
  }
  for (std::uint32_t i = 6; i < fields; ++i) {
    host.late.push_back(number_of(from));
  }
  return host;
}

std::vector<channel_facts> channels_of(base::unpacker& from) {
  std::vector<channel_facts> channels;
  for (auto left = from.array(channels_max); left > 0 && from.ok(); --left) {
    expect(from, 3);
    auto& one = channels.emplace_back();
    one.watermark = time_of(from);
    one.rests = from.boolean();
    one.ended = from.boolean();
  }
  return channels;
}

}  // namespace

made_counts& made_counts::operator+=(const made_counts& other) {
  windows += other.windows;
  decisions += other.decisions;
  reports += other.reports;
  late += other.late;
  dead_letters += other.dead_letters;
  return *this;
}

void pack(const shard_facts& facts, std::string& bytes) {
  base::packer to{bytes};
  to.array(fields_of_facts);
  to.integer(facts_version);
  put(to, facts.epoch.get());
  to.array(static_cast<std::uint32_t>(facts.channels.size()));
  for (const auto& one : facts.channels) {
    to.array(3);
    put(to, one.watermark);
    to.boolean(one.rests);
    to.boolean(one.ended);
  }
  put(to, facts.merged);
  put(to, facts.rows.released);
  facts.rows.front ? put(to, *facts.rows.front) : to.nil();
  put(to, facts.rows.newest_page);
  to.integer(static_cast<std::int64_t>(facts.state));
  put(to, facts.highest);
  put(to, facts.host);
  to.array(5);
  for (const auto count : {facts.made.windows, facts.made.decisions, facts.made.reports,
                           facts.made.late, facts.made.dead_letters}) {
    put(to, count);
  }
  put(to, facts.tables_since.get());
}

std::expected<shard_facts, std::string> unpack_facts(std::string_view bytes) {
  base::unpacker from{bytes};
  const auto fields = from.array(std::numeric_limits<std::uint16_t>::max());
  const auto version = from.integer();
  if (from.ok() && version != facts_version) {
    return std::unexpected{fmt::format("a shard's facts of version {}; this program knows {}",
                                       version, facts_version)};
  }
  shard_facts facts;
  facts.epoch = base::epoch{number_of(from)};
  facts.channels = channels_of(from);
  facts.merged = time_of(from);
  facts.rows.released = time_of(from);
  facts.rows.front = front_of(from);
  facts.rows.newest_page = number_of(from);
  const auto state = small<std::uint8_t>(from);
  facts.state = static_cast<shard_state>(state);
  facts.highest = time_of(from);
  facts.host = host_of(from);
  expect(from, 5);
  for (auto* count : {&facts.made.windows, &facts.made.decisions, &facts.made.reports,
                      &facts.made.late, &facts.made.dead_letters}) {
    *count = number_of(from);
  }
  facts.tables_since = base::epoch{number_of(from)};
  if (!from.done() || fields != fields_of_facts ||
      state > static_cast<std::uint8_t>(shard_state::finished)) {
    return std::unexpected{std::string{"a shard's facts are damaged"}};
  }
  return facts;
}

packed_page pack(const flow::waiting_page& page, const record::batch& all,
                 const std::vector<std::uint32_t>& rows, const stage& of) {
  packed_page made{.number = page.number, .bytes = {}};
  const auto& layout = of.streams[page.stream].layout();
  base::packer to{made.bytes};
  to.array(fields_of_page);
  to.integer(page_version);
  put(to, page.number);
  to.integer(page.source.get());
  to.integer(page.stream);
  put(to, page.after);
  to.integer(page.first_row);
  std::string encoded;
  if (rows.size() == all.size()) {
    record::encode_batch(encoded, all, layout);
  } else {
    record::batch some{all.words_per_row()};
    const auto texts = record::text_fields(layout);
    for (const auto row : rows) {
      some.append(*all[row].head, all[row].row, texts);
    }
    record::encode_batch(encoded, some, layout);
  }
  to.bytes(encoded);
  return made;
}

std::expected<flow::waiting_page, std::string> unpack_page(std::string_view bytes,
                                                           const stage& of) {
  base::unpacker from{bytes};
  const auto fields = from.array(std::numeric_limits<std::uint16_t>::max());
  const auto version = from.integer();
  if (from.ok() && version != page_version) {
    return std::unexpected{fmt::format(
        "a page of waiting rows of version {}; this program knows {}", version, page_version)};
  }
  flow::waiting_page page;
  page.number = number_of(from);
  page.source = base::source_id{small<std::uint16_t>(from)};
  page.stream = small<std::uint8_t>(from);
  page.after = time_of(from);
  page.first_row = small<std::uint32_t>(from);
  const auto encoded = from.bytes();
  if (!from.done() || fields != fields_of_page || page.number == 0 ||
      page.stream >= of.streams.size()) {
    return std::unexpected{std::string{"a page of waiting rows is damaged"}};
  }
  const auto read = record::decode_batch(encoded, of.streams[page.stream].layout(), page.rows);
  if (!read) {
    return std::unexpected{
        fmt::format("page {} of waiting rows: {}", page.number, read.error().message)};
  }
  return page;
}

}  // namespace aisle::entity
