// SPDX-License-Identifier: Apache-2.0
// Sources and tables: contracts, files, formats.
#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "runtime/io/record_reader.hpp"
#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

namespace fs = std::filesystem;

enum class what : std::uint8_t { source, table };

bool are_looked_at(const binder& work, what of) {
  return work.with.inputs != inputs::may_be_missing &&
         (of == what::table || work.with.inputs != inputs::tables_only);
}

/// Files and format of a source or table, and where its files are written.
struct bound_files {
  std::vector<fs::path> files;
  std::optional<topology::format> format;
  what of = what::source;
  const base::yaml_node* node = nullptr;
  /// False when something about them was complained of.
  bool good = true;
};

void add_file(binder& work, const word& written, const fs::path& file, bound_files& into) {
  if (std::ranges::find(into.files, file) != into.files.end()) {
    work.about.add(*written.node, "file-twice", fmt::format("{} is named twice", file.string()),
                   "each file once");
    into.good = false;
    return;
  }
  into.files.push_back(file);
}

/// Where vars may stay open because sources are not looked at, those of tables may not.
void miss_value(binder& work, const word& written, bound_files& into) {
  if (work.with.inputs == inputs::tables_only) {
    work.about.add(*written.node, "unset-var",
                   fmt::format("\"{}\" holds a var without a value", written.text),
                   "--set NAME=VALUE, or a value under vars:");
    into.good = false;
  }
}

void find_files(binder& work, const word& written, bound_files& into) {
  into.node = written.node;
  const auto path = resolve(written, work.from.origins, work.at);
  into.format = into.format ? into.format : format_of(path);
  if (!are_looked_at(work, into.of)) {
    into.files.push_back(path);
    return;
  }
  if (work.from.origins.unset.contains(written.node)) {
    miss_value(work, written, into);
    return;
  }
  if (written.text.empty()) {
    work.about.add(*written.node, "no-file", "the path is empty", "the path of a file");
    into.good = false;
    return;
  }
  const auto found = expand(path);
  if (!found) {
    work.about.add(*written.node, "no-file", found.error(),
                   "a path from the folder of this file (with --set: from the working directory)");
    into.good = false;
  } else if (into.of == what::table && found->size() > 1) {
    work.about.add(*written.node, "too-many-files",
                   fmt::format("{} files match {}", found->size(), path.string()), "one file");
    into.good = false;
  } else {
    for (const auto& file : *found) {
      add_file(work, written, file, into);
    }
  }
}

/// The one format of all files, unless it is stated.
void settle_format(binder& work, const records_spec& written, bound_files& into) {
  if (written.format) {
    into.format = written.format;
    return;
  }
  if (!are_looked_at(work, into.of)) {
    return;
  }
  for (const auto& file : into.files) {
    const auto format = format_of(file);
    const bool same = format && format == format_of(into.files.front());
    if (!same) {
      work.about.add(
          *into.node, "unknown-format",
          fmt::format("the name of {} does not say what {} files are", file.filename().string(),
                      into.files.size() > 1 ? "all the" : "the"),
          ".ndjson or .csv (with .gz or .zst behind it) for all files, or format: json | csv");
      into.good = false;
      return;
    }
    into.format = format;
  }
}

void check_field(binder& work, const record::contract& contract, const entry& member,
                 std::vector<std::string>& seen) {
  std::vector<std::string> names;
  for (const auto& field : contract.fields().fields()) {
    names.push_back(field.name);
  }
  if (std::ranges::find(names, member.name.text) == names.end()) {
    work.about.unknown(
        *member.name.node, "unknown-field",
        fmt::format("contract \"{}\" has no field \"{}\"", contract.name(), member.name.text),
        names);
  } else if (std::ranges::find(seen, member.name.text) != seen.end()) {
    work.about.add(*member.name.node, "field-twice",
                   fmt::format("\"{}\" has a place already", member.name.text),
                   "each field in one of columns, constants, derived");
  }
  seen.push_back(member.name.text);
}

record::csv_options csv_options_of(binder& work, const csv_spec& written,
                                   const record::contract* contract) {
  record::csv_options options;
  options.separator = written.separator;
  std::vector<std::string> seen;
  const auto take = [&](const std::vector<entry>& entries, auto& to) {
    for (const auto& member : entries) {
      if (contract != nullptr) {
        check_field(work, *contract, member, seen);
      }
      to.emplace_back(member.name.text, member.value.text);
    }
  };
  take(written.columns, options.columns);
  take(written.constants, options.constants);
  take(written.derived, options.derived);
  return options;
}

/// Opens every file, and holds the header of CSV files against contract and options.
void try_files(binder& work, const records_spec& written, const record::contract& contract,
               const record::csv_options& csv, const bound_files& found) {
  const bool is_csv = found.format == format::csv;
  const auto opened =
      io::open_files(found.files, {.framing = is_csv ? io::framing::csv : io::framing::line});
  if (!opened) {
    work.about.add(*found.node, "no-file", opened.error().message);
    return;
  }
  if (!is_csv) {
    return;
  }
  const auto decoder = record::make_csv_decoder(contract, csv, (*opened)->header());
  if (!decoder) {
    work.about.add(written.csv ? *written.csv->node : *found.node, "csv-header", decoder.error());
  }
}

/// What source and table have in common, into `made`.
template <class Planned>
void bind_records(binder& work, const records_spec& written, bound_files found, Planned& made) {
  if (written.contract) {
    made.contract = work.shelf.take(*written.contract, work.about);
  }
  settle_format(work, written, found);
  made.format = found.format.value_or(made.format);
  if (written.csv && (found.good || written.format) && found.format &&
      found.format != format::csv) {
    work.about.add(*written.csv->node, "not-for-this",
                   fmt::format("these {} are {}, and \"csv\" is for CSV",
                               found.files.empty() ? "records" : "files", to_text(*found.format)),
                   "format: csv, or no csv");
    return;
  }
  const auto before = work.about.count();
  if (written.csv) {
    made.csv = csv_options_of(work, *written.csv, made.contract.get());
  }
  if (made.contract && found.good && are_looked_at(work, found.of) && !found.files.empty() &&
      work.about.count() == before) {
    try_files(work, written, *made.contract, made.csv, found);
  }
}

bound_files find_topic(binder& work, const word& topic, what of) {
  bound_files found;
  found.of = of;
  found.node = topic.node;
  found.format = format::json;
  const auto complain = [&](std::string code, std::string message, std::string expected) {
    work.about.add(*topic.node, std::move(code), std::move(message), std::move(expected));
    found.good = false;
  };
  if (!is_plain_name(topic.text)) {
    complain("bad-name", fmt::format("\"{}\" cannot be the name of a topic", topic.text),
             "letters, digits and . _ -, no folder");
  } else if (!work.with.log && of == what::table && work.with.inputs == inputs::tables_only) {
    complain("no-log", fmt::format("nothing says where topic \"{}\" lives", topic.text),
             "a table that is a file: without --log there are no topics");
  } else if (!work.with.log && (of == what::table || work.with.inputs != inputs::tables_only)) {
    miss_log(work, topic,
             "--log files:DIR, which reads DIR/TOPIC.ndjson, embedded:DIR or kafka:HOST:PORT");
    found.good = false;
  } else if (are_looked_at(work, of) && work.with.log->kind != log_kind::kafka) {
    const bool embedded = work.with.log->kind == log_kind::embedded;
    auto file = embedded ? embedded_topic(*work.with.log, topic.text)
                         : topic_file(*work.with.log, topic.text);
    if (file && !embedded) {
      found.files.push_back(std::move(*file));
    } else if (!file) {
      complain("no-file", file.error(), "");
    }
  }
  return found;
}

/// The log whose topics are partitions and not files.
std::optional<log_address> log_of(const binder& work) {
  const auto& log = work.with.log;
  return log && log->kind != log_kind::files ? log : std::nullopt;
}

/// What only a broker can be asked for. Where no log is named it stands for the one that will be.
void check_topic_options(binder& work, const source_spec& written, planned_source& into) {
  into.start = written.start;
  into.on_lost = written.on_lost;
  const bool possible = written.topic && (!work.with.log || work.with.log->kind == log_kind::kafka);
  const auto refuse = [&](const base::yaml_node* node, std::string_view what) {
    if (node != nullptr && !possible) {
      work.about.add(*node, "not-for-this",
                     fmt::format("\"{}\" is for a topic in Kafka, and this is none", what),
                     fmt::format("no \"{}\": it is read from its beginning", what));
    }
  };
  refuse(into.start.kind == topic_start::from::earliest ? nullptr : written.start_node, "start");
  refuse(into.on_lost == on_lost::stop ? nullptr : written.on_lost_node, "on_lost");
  // A group alone says only where positions are shown, which is nowhere without Kafka.
  into.group = written.group ? written.group->text : "";
  if (into.start.kind == topic_start::from::group && into.group.empty()) {
    work.about.add(*written.start_node, "missing-key",
                   "\"start: group\" does not say which group's", "group: NAME beside it");
  }
}

/// A topic's partitions are its own.
void check_partitions(binder& work, const source_spec& written) {
  if (written.partitions_node != nullptr && written.topic && work.with.log &&
      work.with.log->kind == log_kind::kafka) {
    work.about.add(*written.partitions_node, "not-for-this",
                   "a topic in Kafka has the partitions that it was made with",
                   "no \"partitions\"");
  }
}

void check_source(binder& work, const source_spec& written, const planned_source& made) {
  if (!made.contract->event_time()) {
    work.about.add(*written.contract->node, "no-event-time",
                   fmt::format("contract \"{}\" has no event time, so no source can bring it",
                               made.contract->name()),
                   "a contract with an event time");
  }
  if (made.partitions > 1 && made.contract->partition_key().empty()) {
    work.about.add(
        *written.partitions_node, "no-partition-key",
        fmt::format("contract \"{}\" has no partition key, so all records are one partition",
                    made.contract->name()),
        "partitions: 1, or a contract with a partition key");
  }
}

/// What a file says in its header a topic cannot. False when it complained.
bool check_no_csv(binder& work, const records_spec& written) {
  const bool wrong = written.topic && written.format == format::csv;
  if (wrong) {
    work.about.add(*written.format_node, "not-for-this", "records of a topic have no CSV header",
                   "no format, or json, msgpack, avro");
  }
  return !wrong;
}

void bind_source(binder& work, const source_spec& written) {
  planned_source made;
  made.id = base::source_id{static_cast<std::uint16_t>(work.made.sources.size())};
  made.name = written.name.text;
  made.disorder = written.disorder;
  made.partitions = written.partitions;
  made.ahead = written.ahead;
  made.idle = written.idle;
  bound_files found;
  if (written.topic && written.files.empty()) {
    made.topic = written.topic->text;
    found = find_topic(work, *written.topic, what::source);
    made.log = log_of(work);
  } else {
    for (const auto& path : written.files) {
      find_files(work, path, found);
    }
  }
  found.good = check_no_csv(work, written) && found.good;
  found.good = check_places(work, written) && found.good;
  bind_records(work, written, found, made);
  bind_decoding(work, written, made);
  bind_deletes(work, written, made);
  made.files = std::move(found.files);
  check_topic_options(work, written, made);
  check_partitions(work, written);
  if (made.contract) {
    try_schema(work, written, made);
    check_source(work, written, made);
  }
  work.made.sources.push_back(std::move(made));
}

void bind_table(binder& work, const table_spec& written) {
  planned_table made;
  made.name = written.name.text;
  bound_files found;
  found.of = what::table;
  if (written.topic && written.files.empty()) {
    made.topic = written.topic->text;
    found = find_topic(work, *written.topic, what::table);
    made.log = log_of(work);
  } else {
    made.format = format::csv;
  }
  for (const auto& path : written.files) {
    find_files(work, path, found);
  }
  found.good = check_no_csv(work, written) && found.good;
  found.good = check_places(work, written) && found.good;
  bind_records(work, written, found, made);
  bind_decoding(work, written, made);
  bind_deletes(work, written, made);
  if (made.contract) {
    try_schema(work, written, made);
  }
  if (!found.files.empty()) {
    made.file = found.files.front();
  }
  if (made.contract && made.contract->unique_key().empty()) {
    work.about.add(*written.contract->node, "no-unique-key",
                   fmt::format("contract \"{}\" has no unique key, so no row could be found by it",
                               made.contract->name()),
                   "a contract with a unique key");
    made.contract = nullptr;
  }
  work.made.tables.push_back(std::move(made));
}

}  // namespace

void miss_log(binder& work, const word& topic, std::string expected) {
  if (std::exchange(work.misses_log, true) || work.with.inputs != inputs::must_exist) {
    return;
  }
  work.about.add(*topic.node, "no-log",
                 fmt::format("nothing says where topic \"{}\" lives", topic.text),
                 std::move(expected));
}

void bind_sources(binder& work) {
  for (const auto* const written : by_name(work.from.sources)) {
    bind_source(work, *written);
  }
}

void bind_tables(binder& work) {
  for (const auto* const written : by_name(work.from.tables)) {
    bind_table(work, *written);
  }
}

}  // namespace aisle::topology
