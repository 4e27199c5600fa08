// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <span>

#include <fmt/core.h>

#include "runtime/topology/spec_reader.hpp"

namespace aisle::topology {
namespace {

using base::yaml_node;
using base::yaml_reader;

constexpr std::int64_t partitions_max = 1024;

/// What a word stands for, of those that are known; complains of any other.
template <class Meaning>
std::optional<Meaning> one_of(const word& written, std::string_view what,
                              std::span<const std::string> known, std::span<const Meaning> meanings,
                              complaints& about) {
  const auto found = std::ranges::find(known, written.text);
  if (found == known.end()) {
    about.unknown(*written.node, "unknown-word", fmt::format("\"{}\" is no {}", written.text, what),
                  known);
    return std::nullopt;
  }
  return meanings[static_cast<std::size_t>(found - known.begin())];
}

std::optional<format> format_of(const word& written, complaints& about) {
  const std::string known[] = {"json", "csv", "msgpack", "avro"};
  constexpr format formats[] = {format::json, format::csv, format::msgpack, format::avro};
  return one_of<format>(written, "format", known, formats, about);
}

/// `envelope: debezium`.
const yaml_node* read_envelope(yaml_reader& reader, complaints& about) {
  if (const auto written = take_word(reader, "envelope", about)) {
    const std::string known[] = {"debezium"};
    constexpr bool is_debezium[] = {true};
    if (one_of<bool>(*written, "envelope", known, is_debezium, about)) {
      return written->node;
    }
  }
  return nullptr;
}

void read_deletes(yaml_reader& reader, complaints& about, source_spec& into) {
  if (const auto written = take_word(reader, "deletes", about)) {
    const std::string known[] = {"skip", "row"};
    constexpr record::deletes ways[] = {record::deletes::skip, record::deletes::row};
    into.deletes_node = written->node;
    into.deletes = one_of<record::deletes>(*written, "way to take deletions", known, ways, about)
                       .value_or(into.deletes);
  }
}

void read_separator(yaml_reader& from, complaints& about, csv_spec& into) {
  const auto written = take_word(from, "separator", about);
  if (!written) {
    return;
  }
  const auto& text = written->text;
  const bool fits = text.size() == 1 && text != "\"" && text != "\n" && text != "\r" &&
                    static_cast<unsigned char>(text.front()) < 0x80;
  if (fits) {
    into.separator = text.front();
  } else {
    about.add(*written->node, "wrong-type", fmt::format("\"{}\" cannot separate columns", text),
              "one character, such as \",\" or \";\" or \"\\t\"");
  }
}

csv_spec read_csv(const yaml_node& node, const std::string& where, complaints& about) {
  csv_spec made;
  made.node = &node;
  yaml_reader reader{about.document(), node, where, about.list()};
  read_separator(reader, about, made);
  const auto take = [&](std::string_view key) {
    const auto* const member = reader.take(key);
    return member == nullptr ? std::vector<entry>{}
                             : entries_of(*member, fmt::format("\"{}\"", key), about);
  };
  made.columns = take("columns");
  made.constants = take("constants");
  made.derived = take("derived");
  reader.finish();
  return made;
}

/// contract, format, csv, schema and envelope, which sources and tables share.
void read_records(yaml_reader& reader, const std::string& where, complaints& about,
                  records_spec& into) {
  into.contract = take_word(reader, "contract", about, true);
  if (const auto written = take_word(reader, "format", about)) {
    into.format = format_of(*written, about);
    into.format_node = written->node;
  }
  if (const auto* const csv = reader.take("csv")) {
    into.csv = read_csv(*csv, where + ".csv", about);
  }
  into.schema = take_word(reader, "schema", about);
  into.envelope_node = read_envelope(reader, about);
}

void expect_one_place(const word& name, const std::optional<word>& topic, const yaml_node* files,
                      std::string_view what, std::string_view key, complaints& about) {
  if (!topic && files == nullptr) {
    about.add(*name.node, "missing-key",
              fmt::format("{} \"{}\" has neither a topic nor {}{}", what, name.text,
                          key == "file" ? "a " : "", key),
              fmt::format("topic: NAME, or {}: PATH", key));
  } else if (topic && files != nullptr) {
    about.add(*topic->node, "two-places",
              fmt::format("{} \"{}\" has a topic and {}{}", what, name.text,
                          key == "file" ? "a " : "", key),
              "one of them");
  }
}

/// A source reads either a topic or files.
void read_place(yaml_reader& reader, const word& name, complaints& about, source_spec& into) {
  into.topic = take_word(reader, "topic", about);
  const auto* const files = reader.take("files");
  if (files != nullptr) {
    into.files = some_words_of(*files, "\"files\"", about);
  }
  expect_one_place(name, into.topic, files, "source", "files", about);
}

/// `never`, or a duration.
void read_idle(yaml_reader& reader, const yaml_node& node, complaints& about, source_spec& into) {
  const auto* const written = node.find("idle");
  const bool is_word = written != nullptr && written->shape == yaml_node::shape::scalar;
  if (is_word && written->text == "never") {
    reader.take("idle");
    into.idle.reset();
    return;
  }
  if (is_word && !base::parse_duration(written->text)) {
    reader.take("idle");
    about.add(*written, "wrong-type", fmt::format("\"{}\" is no span of time", written->text),
              "never, or a span such as 30s or 5m");
    return;
  }
  if (const auto span = reader.duration("idle")) {
    into.idle = span;
    expect_some(*span, *written, about);
  }
}

/// `earliest`, `latest`, `group`, or a time.
void read_start(yaml_reader& reader, complaints& about, source_spec& into) {
  const auto written = take_word(reader, "start", about);
  if (!written) {
    return;
  }
  into.start_node = written->node;
  if (const auto time = base::parse_rfc3339(written->text)) {
    into.start = {.kind = topic_start::from::time, .time = *time};
  } else if (written->text == "latest") {
    into.start.kind = topic_start::from::latest;
  } else if (written->text == "group") {
    into.start.kind = topic_start::from::group;
  } else if (written->text != "earliest") {
    about.add(*written->node, "wrong-type",
              fmt::format("\"{}\" is no place to start at", written->text),
              "earliest, latest, group, or a time such as 2026-03-02T00:00:00Z");
  }
}

void read_on_lost(yaml_reader& reader, complaints& about, source_spec& into) {
  const auto written = take_word(reader, "on_lost", about);
  if (!written) {
    return;
  }
  into.on_lost_node = written->node;
  if (written->text == "go_on") {
    into.on_lost = on_lost::go_on;
  } else if (written->text != "stop") {
    const std::string known[] = {"stop", "go_on"};
    about.unknown(*written->node, "unknown-word",
                  fmt::format("\"{}\" is neither stop nor go_on", written->text), known);
  }
}

void read_source(const yaml_node& key, const yaml_node& node, complaints& about, spec& into) {
  source_spec made;
  made.name = {key.text, &key};
  const auto where = fmt::format("source \"{}\"", key.text);
  yaml_reader reader{about.document(), node, where, about.list()};
  if (node.shape == yaml_node::shape::mapping) {
    read_place(reader, made.name, about, made);
    read_records(reader, where, about, made);
    read_deletes(reader, about, made);
  }
  made.disorder = reader.duration("disorder").value_or(made.disorder);
  if (const auto count = reader.integer("partitions", 1, partitions_max)) {
    made.partitions = static_cast<std::uint32_t>(*count);
    made.partitions_node = node.find("partitions");
  }
  made.ahead = reader.duration("ahead");
  read_idle(reader, node, about, made);
  read_start(reader, about, made);
  read_on_lost(reader, about, made);
  made.group = take_word(reader, "group", about);
  reader.finish();
  into.sources.push_back(std::move(made));
}

void read_table(const yaml_node& key, const yaml_node& node, complaints& about, spec& into) {
  table_spec made;
  made.name = {key.text, &key};
  const auto where = fmt::format("table \"{}\"", key.text);
  yaml_reader reader{about.document(), node, where, about.list()};
  made.topic = take_word(reader, "topic", about);
  if (auto file = take_word(reader, "file", about)) {
    made.files.push_back(std::move(*file));
  }
  if (node.shape == yaml_node::shape::mapping) {
    expect_one_place(made.name, made.topic, node.find("file"), "table", "file", about);
  }
  read_records(reader, where, about, made);
  reader.finish();
  into.tables.push_back(std::move(made));
}

}  // namespace

void read_sources(const yaml_node& section, complaints& about, spec& into) {
  if (!expect_mapping(section, "sources", about)) {
    return;
  }
  for (const auto& [key, value] : section.members) {
    if (check_name(key, "source", about)) {
      read_source(key, value, about, into);
    }
  }
}

void read_tables(const yaml_node& section, complaints& about, spec& into) {
  if (!expect_mapping(section, "tables", about)) {
    return;
  }
  for (const auto& [key, value] : section.members) {
    if (check_identifier(key, "table", about)) {
      read_table(key, value, about, into);
    }
  }
}

}  // namespace aisle::topology
