// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/shard_delta.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/pack.hpp"
#include "runtime/entity/past_layout.hpp"
#include "runtime/record/batch_codec.hpp"

namespace aisle::entity {
namespace {

constexpr std::int64_t facts_version = 2;
constexpr std::int64_t page_version = 2;
constexpr std::uint32_t fields_of_facts = 13;
constexpr std::uint32_t fields_of_page = 8;
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
  to.integer(facts.layout);
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
  facts.layout = small<std::uint32_t>(from);
  if (!from.done() || fields != fields_of_facts ||
      state > static_cast<std::uint8_t>(shard_state::finished)) {
    return std::unexpected{std::string{"a shard's facts are damaged"}};
  }
  return facts;
}

packed_page pack(const flow::waiting_page& page, const record::batch& all,
                 const std::vector<std::uint32_t>& rows, const stage& of, std::uint32_t layout) {
  packed_page made{.number = page.number, .bytes = {}};
  const auto& fields = of.streams[page.stream].layout();
  base::packer to{made.bytes};
  to.array(fields_of_page);
  to.integer(page_version);
  to.integer(layout);
  put(to, page.number);
  to.integer(page.source.get());
  to.integer(page.stream);
  put(to, page.after);
  to.integer(page.first_row);
  std::string encoded;
  if (rows.size() == all.size()) {
    record::encode_batch(encoded, all, fields);
  } else {
    record::batch some{all.words_per_row()};
    const auto texts = record::text_fields(fields);
    for (const auto row : rows) {
      some.append(*all[row].head, all[row].row, texts);
    }
    record::encode_batch(encoded, some, fields);
  }
  to.bytes(encoded);
  return made;
}

namespace {

constexpr std::string_view damaged_page = "a page of waiting rows is damaged";

/// The page without its rows, which are the bytes.
struct page_head {
  flow::waiting_page page;
  std::uint32_t layout = 0;
  std::string_view rows;
};

std::expected<page_head, std::string> head_of(std::string_view bytes) {
  base::unpacker from{bytes};
  const auto fields = from.array(std::numeric_limits<std::uint16_t>::max());
  const auto version = from.integer();
  if (from.ok() && version != page_version) {
    return std::unexpected{fmt::format(
        "a page of waiting rows of version {}; this program knows {}", version, page_version)};
  }
  page_head head;
  head.layout = small<std::uint32_t>(from);
  head.page.number = number_of(from);
  head.page.source = base::source_id{small<std::uint16_t>(from)};
  head.page.stream = small<std::uint8_t>(from);
  head.page.after = time_of(from);
  head.page.first_row = small<std::uint32_t>(from);
  head.rows = from.bytes();
  if (!from.done() || fields != fields_of_page || head.page.number == 0) {
    return std::unexpected{std::string{damaged_page}};
  }
  return head;
}

std::expected<flow::waiting_page, std::string> with_rows(page_head head,
                                                         const record::layout& fields) {
  const auto read = record::decode_batch(head.rows, fields, head.page.rows);
  if (!read) {
    return std::unexpected{
        fmt::format("page {} of waiting rows: {}", head.page.number, read.error().message)};
  }
  return std::move(head.page);
}

/// The same events by another layout: fields of the same name, those that are new absent.
record::batch converted(const record::batch& from, const record::layout& was,
                        const record::layout& is) {
  std::vector<std::optional<std::uint8_t>> places;
  for (const auto& field : is.fields()) {
    places.push_back(was.find(field.name));
  }
  record::batch made{is.words()};
  const auto texts = record::text_fields(is);
  std::vector<std::uint64_t> words(is.words());
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto event = from[i];
    std::ranges::fill(words, 0);
    for (std::size_t f = 0; f < places.size(); ++f) {
      if (places[f] && (event.row.words[0] >> *places[f] & 1) != 0) {
        words[0] |= std::uint64_t{1} << f;
        words[1 + f] = event.row.words[1 + *places[f]];
      }
    }
    made.append(*event.head, {words.data(), event.row.heap}, texts);
  }
  return made;
}

/// Where the rows that wait begin, by what sources and streams are now. Of one that is gone it is
/// where the next one's rows begin, as those before it were worked off.
void carry_front(flow::waits_from::row& front, const past_layout& past) {
  auto source = std::size_t{front.source.get()};
  while (source < past.sources.size() && !past.sources[source]) {
    front.position = {};
    front.stream = 0;
    ++source;
  }
  front.source = source < past.sources.size()
                     ? *past.sources[source]
                     : base::source_id{std::numeric_limits<std::uint16_t>::max()};
  auto stream = std::size_t{front.stream};
  while (stream < past.streams.size() && !past.streams[stream].now) {
    ++stream;
  }
  front.stream = stream < past.streams.size() ? *past.streams[stream].now
                                              : std::numeric_limits<std::uint8_t>::max();
}

std::string of_unknown(std::string_view what, std::uint32_t layout) {
  return fmt::format("{} of layout {}, which the state does not explain", what, layout);
}

}  // namespace

std::expected<flow::waiting_page, std::string> unpack_page(std::string_view bytes,
                                                           const stage& of) {
  auto head = head_of(bytes);
  if (head && head->page.stream >= of.streams.size()) {
    return std::unexpected{std::string{damaged_page}};
  }
  return head ? with_rows(*head, of.streams[head->page.stream].layout())
              : std::unexpected{head.error()};
}

std::expected<std::optional<flow::waiting_page>, std::string> unpack_page(std::string_view bytes,
                                                                          const stage& of,
                                                                          const kept_layouts& by) {
  auto head = head_of(bytes);
  if (!head) {
    return std::unexpected{head.error()};
  }
  if (!by.knows(head->layout)) {
    return std::unexpected{of_unknown("a page of waiting rows", head->layout)};
  }
  const auto* const past = by.find(head->layout);
  if (past == nullptr) {
    return unpack_page(bytes, of);
  }
  if (head->page.stream >= past->streams.size() ||
      head->page.source.get() >= past->sources.size()) {
    return std::unexpected{std::string{damaged_page}};
  }
  const auto& then = past->streams[head->page.stream];
  if (!then.now) {
    return std::nullopt;
  }
  const auto source = past->sources[head->page.source.get()];
  if (!source) {
    return std::unexpected{std::string{damaged_page}};
  }
  auto page = with_rows(*head, then.fields);
  if (!page) {
    return std::unexpected{page.error()};
  }
  const auto& is = of.streams[*then.now].layout();
  if (record::fingerprint(then.fields) != record::fingerprint(is)) {
    page->rows = converted(page->rows, then.fields, is);
  }
  page->source = *source;
  page->stream = *then.now;
  return page;
}

std::expected<shard_facts, std::string> carry_over(shard_facts facts, const kept_layouts& by) {
  if (!by.knows(facts.layout)) {
    return std::unexpected{of_unknown("a shard's facts", facts.layout)};
  }
  const auto* const past = by.find(facts.layout);
  if (past == nullptr) {
    return facts;
  }
  std::vector<channel_facts> channels;
  for (const auto then : past->channels) {
    if (then && *then >= facts.channels.size()) {
      return std::unexpected{std::string{"a shard's facts are not of its channels"}};
    }
    if (!then && facts.merged == base::end_of_time) {
      return std::unexpected{
          std::string{"everything it read had come to its end, so that it cannot read more; give "
                      "an empty folder with --state to begin anew"}};
    }
    channels.push_back(then ? facts.channels[*then] : channel_facts{.watermark = facts.merged});
  }
  facts.channels = std::move(channels);
  std::vector<std::uint64_t> late;
  late.reserve(past->behaviours.size());
  for (const auto then : past->behaviours) {
    late.push_back(then && *then < facts.host.late.size() ? facts.host.late[*then] : 0);
  }
  facts.host.late = std::move(late);
  if (auto& front = facts.rows.front) {
    if (front->source.get() >= past->sources.size() || front->stream >= past->streams.size()) {
      return std::unexpected{std::string{"a shard's facts are not of its streams"}};
    }
    carry_front(*front, *past);
  }
  facts.layout = by.own;
  return facts;
}

}  // namespace aisle::entity
