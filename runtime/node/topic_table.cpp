// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/topic_table.hpp"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/core.h>

#include "runtime/kafka/topic_reader.hpp"
#include "runtime/log/topic_reader.hpp"
#include "runtime/node/open_sources.hpp"
#include "runtime/record/key.hpp"
#include "runtime/table/builder.hpp"

namespace aisle::node {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_every{5};
/// A topic whose end does not come while nothing comes either is not reached.
constexpr std::chrono::seconds patience{30};

using opened = std::expected<std::unique_ptr<io::record_reader>, std::string>;

opened open_in_kafka(const topology::planned_table& table, const kafka_config& config) {
  auto records =
      kafka::open_topic_reader(settings_for(*table.log, config),
                               {.topic = *table.topic, .lost = kafka::on_lost::go_on, .group = {}});
  return records ? opened{*std::move(records)} : std::unexpected{records.error().message};
}

opened open_in_folder(const topology::planned_table& table) {
  const auto topic = log::open_topic(table.log->folder, *table.topic);
  if (!topic) {
    return std::unexpected{topic.error().message};
  }
  auto records = log::open_topic_reader(*topic, log::extent::follow);
  return records ? opened{*std::move(records)} : std::unexpected{records.error().message};
}

std::string text_of(const record::reject& why) {
  return why.field.empty() ? why.message : fmt::format("{}: {}", why.field, why.message);
}

}  // namespace

topic_table::topic_table(const topology::planned_table& table,
                         std::unique_ptr<io::record_reader> records)
    : table_{table},
      records_{std::move(records)},
      decoder_{record::make_json_decoder(*table.contract)} {}

topic_table::taken topic_table::take() {
  taken all;
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
    } else {
      take(record, all);
    }
  }
  return all;
}

void topic_table::take(const io::raw_record& record, taken& into) {
  const auto old = values_.find(record.key);
  if (record.tombstone) {
    if (old != values_.end()) {
      bytes_ -= old->second.size();
      values_.erase(old);
      into.changed = true;
    }
    return;
  }
  if (record.key.empty()) {
    into.remarks.push_back(
        fmt::format("{} has no key, so nobody knows whose row it is; it is left "
                    "out",
                    place_of(record)));
    return;
  }
  if (record.oversized() || bytes_ + record.bytes.size() > table::table_bytes_max) {
    into.remarks.push_back(
        fmt::format("{} is too large for a table; it is left out", place_of(record)));
    return;
  }
  if (const auto good = decoder_->decode(record.bytes, row_); !good) {
    into.remarks.push_back(
        fmt::format("{} is no row of contract {}: {}; what its key had before "
                    "stays in force",
                    place_of(record), table_.contract->name(), text_of(good.error())));
    return;
  }
  if (old != values_.end() && old->second == record.bytes) {
    return;
  }
  auto& value = values_[std::string{record.key}];
  bytes_ += record.bytes.size() - value.size();
  value = record.bytes;
  into.changed = true;
}

std::string topic_table::place_of(const io::raw_record& record) const {
  return fmt::format("table {}: the record at offset {} of partition {} of topic {}", table_.name,
                     record.ordinal.get(), record.partition.get(), *table_.topic);
}

std::expected<std::shared_ptr<const table::reference>, base::diagnostics> topic_table::rows()
    const {
  table::builder made{table_.contract};
  const auto decoder = record::make_json_decoder(*table_.contract);
  record::decoded row;
  for (const auto& [key, value] : values_) {
    if (!decoder->decode(value, row) || !made.add(row.row())) {
      continue;
    }
    std::string name;
    record::append_event_name(name, *table_.contract, record::row_kind::record, row.row());
    return std::unexpected{base::diagnostics{
        problem("topic " + *table_.topic, "duplicate-key",
                fmt::format("table {}: the record with key \"{}\" brings the row {}, which that of "
                            "another key brings already",
                            table_.name, key, name))}};
  }
  return std::make_shared<const table::reference>(made.finish());
}

std::expected<std::unique_ptr<topic_table>, base::diagnostic> open_topic_table(
    const topology::planned_table& table, const kafka_config& kafka,
    std::vector<std::string>& remarks) {
  const auto place = "topic " + *table.topic;
  const bool in_kafka = table.log->kind == topology::log_kind::kafka;
  auto records = in_kafka ? open_in_kafka(table, kafka) : open_in_folder(table);
  if (!records) {
    return std::unexpected{problem(place, "unreadable", records.error())};
  }
  auto made = std::make_unique<topic_table>(table, *std::move(records));
  for (auto until = steady::now() + patience;;) {
    auto some = made->take();
    std::ranges::move(some.remarks, std::back_inserter(remarks));
    if (some.caught_up) {
      return made;
    }
    until = some.changed ? steady::now() + patience : until;
    if (steady::now() >= until) {
      return std::unexpected{
          problem(place, "unreadable",
                  fmt::format("table {}: the end of its topic was not reached within {} s",
                              table.name, patience.count()))};
    }
    std::this_thread::sleep_for(look_every);
  }
}

}  // namespace aisle::node
