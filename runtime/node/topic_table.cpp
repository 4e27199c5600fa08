// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/topic_table.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/json.hpp"
#include "runtime/io/file_watch.hpp"
#include "runtime/kafka/topic_reader.hpp"
#include "runtime/log/topic_reader.hpp"
#include "runtime/node/open_sources.hpp"
#include "runtime/record/batch.hpp"
#include "runtime/record/key.hpp"
#include "runtime/table/builder.hpp"

namespace aisle::node {
namespace {

using steady = std::chrono::steady_clock;

constexpr base::duration look_every{50};

using opened = std::expected<std::unique_ptr<io::record_reader>, base::diagnostic>;

std::string place_of(const topology::planned_table& table) { return "topic " + *table.topic; }

opened open_in_kafka(const topology::planned_table& table, const kafka_config& config) {
  auto records =
      kafka::open_topic_reader(settings_for(*table.log, config), {.topic = *table.topic,
                                                                  .lost = kafka::on_lost::go_on,
                                                                  .group = {},
                                                                  .patience = config.patience()});
  return records ? opened{*std::move(records)}
                 : std::unexpected{problem(place_of(table), records.error())};
}

opened open_in_folder(const topology::planned_table& table) {
  const auto unreadable = [&](const std::string& why) {
    return std::unexpected{problem(place_of(table), "unreadable", why)};
  };
  const auto topic = log::open_topic(table.log->folder, *table.topic);
  if (!topic) {
    return unreadable(topic.error().message);
  }
  auto records = log::open_topic_reader(*topic, log::extent::follow);
  return records ? opened{*std::move(records)} : unreadable(records.error().message);
}

std::string text_of(const record::reject& why) {
  return why.field.empty() ? why.message : fmt::format("{}: {}", why.field, why.message);
}

/// A key for people: as it is, or its first bytes in hexadecimal when it is no short text.
std::string text_of_key(std::string_view key) {
  constexpr std::size_t shown_max = 64;
  const bool is_text =
      key.size() <= shown_max && base::is_utf8(key) &&
      std::ranges::none_of(key, [](char c) { return static_cast<unsigned char>(c) < ' '; });
  if (is_text) {
    return fmt::format("\"{}\"", key);
  }
  std::string text = "0x";
  for (const char byte : key.substr(0, shown_max / 2)) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text + (key.size() > shown_max / 2 ? "..." : "");
}

/// Why the end of the topic did not come.
base::diagnostic not_reached(const topology::planned_table& table, std::string_view waits_for,
                             std::string_view trouble, base::duration within) {
  if (!waits_for.empty()) {
    return problem(place_of(table), registry_away,
                   fmt::format("table {} waited {} for a schema: {}", table.name,
                               base::to_text(within), waits_for));
  }
  return problem(
      place_of(table), broker_away,
      fmt::format("table {}: the end of its topic was not reached within {}{}{}", table.name,
                  base::to_text(within), trouble.empty() ? "" : ": ", trouble));
}

}  // namespace

topic_table::topic_table(const topology::planned_table& table,
                         std::unique_ptr<io::record_reader> records,
                         std::unique_ptr<record::decoder> decoder)
    : table_{table},
      records_{std::move(records)},
      decoder_{std::move(decoder)},
      texts_{record::text_fields(table.contract->fields())} {}

topic_table::held_record::held_record(const io::raw_record& of)
    : key{of.key}, bytes{of.bytes}, facts{of} {
  bytes.append(io::record_padding, '\0');
}

io::raw_record topic_table::held_record::record() const {
  auto again = facts;
  again.key = key;
  again.bytes = std::string_view{bytes}.substr(0, bytes.size() - io::record_padding);
  return again;
}

topic_table::taken topic_table::take() {
  taken all;
  if (held_ && !take_held(all)) {
    return all;
  }
  io::raw_record record;
  while (!broken_) {
    const auto read = records_->next(record);
    if (!read) {
      broken_ = true;
      all.remarks.push_back(
          fmt::format("table {} stays as it is: {}", table_.name, read.error().message));
    } else if (*read != io::reading::record) {
      all.caught_up = *read != io::reading::cut_off;
      return all;
    } else if (!take(record, all)) {
      return all;
    }
  }
  return all;
}

std::string_view topic_table::waits_for() const {
  return held_ ? std::string_view{held_->waits_for} : std::string_view{};
}

std::string topic_table::trouble() const { return records_->trouble(); }

bool topic_table::take(const io::raw_record& record, taken& into) {
  if (record.tombstone) {
    erase(record.key, into);
    return true;
  }
  if (record.key.empty()) {
    into.remarks.push_back(fmt::format(
        "{} has no key, so nobody knows whose row it is; it is left out", place_of(record)));
    return true;
  }
  if (record.oversized()) {
    into.remarks.push_back(
        fmt::format("{} is too large for a table; it is left out", place_of(record)));
    return true;
  }
  return decode(record, into);
}

bool topic_table::take_held(taken& into) {
  if (!decode(held_->record(), into)) {
    return false;
  }
  held_.reset();
  into.remarks.push_back(fmt::format("table {} goes on", table_.name));
  return true;
}

bool topic_table::decode(const io::raw_record& record, taken& into) {
  const auto found = decoder_->decode(record.bytes, row_);
  if (!found) {
    into.remarks.push_back(
        fmt::format("{} is no row of contract {}: {}; what its key had before stays in force",
                    place_of(record), table_.contract->name(), text_of(found.error())));
    return true;
  }
  switch (*found) {
    case record::outcome::event:
      put(record, into);
      return true;
    case record::outcome::deletion:
      erase(record.key, into);
      return true;
    case record::outcome::nothing:
      return true;
    case record::outcome::held_up:
      hold(record, into);
      return false;
  }
  base::die("an outcome of a record that a table does not know");
}

void topic_table::hold(const io::raw_record& record, taken& into) {
  if (!held_) {
    held_.emplace(record);
    into.remarks.push_back(fmt::format("table {} waits: {}", table_.name, decoder_->waits_for()));
  }
  held_->waits_for = decoder_->waits_for();
}

void topic_table::put(const io::raw_record& from, taken& into) {
  table::kept_row row{row_.row(), table_.contract->fields().words(), texts_};
  const auto old = rows_.find(from.key);
  const auto freed = old == rows_.end() ? 0 : old->second.bytes();
  if (bytes_ - freed + row.bytes() > table::table_bytes_max) {
    into.remarks.push_back(
        fmt::format("{} is too much for a table; it is left out", place_of(from)));
    return;
  }
  if (old != rows_.end() && old->second == row) {
    return;
  }
  bytes_ = bytes_ - freed + row.bytes();
  rows_.insert_or_assign(std::string{from.key}, std::move(row));
  into.changed = true;
}

void topic_table::erase(std::string_view key, taken& into) {
  const auto old = rows_.find(key);
  if (old != rows_.end()) {
    bytes_ -= old->second.bytes();
    rows_.erase(old);
    into.changed = true;
  }
}

std::string topic_table::place_of(const io::raw_record& record) const {
  return fmt::format("table {}: the record at offset {} of partition {} of topic {}", table_.name,
                     record.ordinal.get(), record.partition.get(), *table_.topic);
}

std::expected<std::shared_ptr<const table::reference>, base::diagnostics> topic_table::rows()
    const {
  table::builder made{table_.contract};
  for (const auto& [key, kept] : rows_) {
    if (!made.add(kept.row())) {
      continue;
    }
    std::string name;
    record::append_event_name(name, *table_.contract, record::row_kind::record, kept.row());
    return std::unexpected{base::diagnostics{
        problem(node::place_of(table_), "duplicate-key",
                fmt::format("table {}: the record with key {} brings the row {}, which that of "
                            "another key brings already",
                            table_.name, text_of_key(key), name))}};
  }
  return std::make_shared<const table::reference>(made.finish());
}

std::expected<std::unique_ptr<topic_table>, base::diagnostic> open_topic_table(
    const topology::planned_table& table, const kafka_config& kafka,
    std::shared_ptr<record::schema_source> schemas, std::vector<std::string>& remarks) {
  if (!table.contract->list().empty()) {
    return std::unexpected{
        problem(place_of(table), "list-in-table",
                fmt::format("the contract {} has a list, and a table's row has none",
                            table.contract->name()))};
  }
  auto decoder = decoder_for(table, std::move(schemas));
  if (!decoder) {
    return std::unexpected{std::move(decoder.error())};
  }
  const bool in_kafka = table.log->kind == topology::log_kind::kafka;
  auto records = in_kafka ? open_in_kafka(table, kafka) : open_in_folder(table);
  if (!records) {
    return std::unexpected{std::move(records.error())};
  }
  io::file_watch news;
  (*records)->watch(news);
  auto made = std::make_unique<topic_table>(table, *std::move(records), *std::move(decoder));
  for (auto until = steady::now() + kafka.patience();;) {
    auto some = made->take();
    std::ranges::move(some.remarks, std::back_inserter(remarks));
    if (some.caught_up) {
      return made;
    }
    until = some.changed ? steady::now() + kafka.patience() : until;
    if (steady::now() >= until) {
      return std::unexpected{
          not_reached(table, made->waits_for(), made->trouble(), kafka.patience())};
    }
    news.wait(look_every);
  }
}

}  // namespace aisle::node
