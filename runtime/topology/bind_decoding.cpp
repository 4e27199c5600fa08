// SPDX-License-Identifier: Apache-2.0
// How records are written: format, schema, envelope.
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/topology/binder.hpp"
#include "runtime/topology/load.hpp"

namespace aisle::topology {
namespace {

/// What goes with something else only: where it is written, why it does not go here, what would.
void misplaced(binder& work, const base::yaml_node& at, std::string message, std::string expected) {
  work.about.add(at, "not-for-this", std::move(message), std::move(expected));
}

/// True where a topic is lines of a file, which is known only when it is looked for.
bool is_lines(const binder& work, const records_spec& written) {
  return written.topic && work.with.inputs != inputs::may_be_missing && work.with.log &&
         work.with.log->kind == log_kind::files;
}

constexpr const char* other_log = "a log whose topics hold records, such as --log embedded:DIR";

void read_schema(binder& work, const word& file, planned_records& made) {
  if (work.from.origins.unset.contains(file.node)) {
    return;
  }
  const auto path = resolve(file, work.from.origins, work.at);
  const auto text = read_text(path);
  made.schema_name = path.filename().string();
  if (!text) {
    work.about.add(*file.node, "no-file", text.error().front().message, "a schema, as a file");
  } else if (text->empty()) {
    work.about.add(*file.node, "bad-schema", "the file is empty", "an Avro schema as JSON");
  } else {
    made.schema = *text;
  }
}

}  // namespace

std::string_view to_text(format of) {
  switch (of) {
    case format::json:
      return "JSON";
    case format::csv:
      return "CSV";
    case format::msgpack:
      return "msgpack";
    case format::avro:
      return "Avro";
  }
  base::die("a format without a name");
}

record::decoding decoding_of(const planned_records& records,
                             std::shared_ptr<record::schema_source> schemas) {
  const auto format_of_records = [&] {
    switch (records.format) {
      case format::msgpack:
        return record::format::msgpack;
      case format::avro:
        return record::format::avro;
      case format::json:
      case format::csv:
        break;
    }
    return record::format::json;
  };
  return {.format = format_of_records(),
          .debezium = records.debezium,
          .deletes = records.deletes,
          .schema = records.schema,
          .schemas = std::move(schemas)};
}

bool is_binary(std::optional<format> of) { return of == format::msgpack || of == format::avro; }

bool check_places(binder& work, const records_spec& written) {
  if (!is_binary(written.format)) {
    return true;
  }
  const bool in_files = !written.topic;
  const bool holds_lines = in_files || is_lines(work, written);
  if (holds_lines) {
    misplaced(work, *written.format_node,
              fmt::format("records of {} may hold line ends, and files are of lines",
                          to_text(*written.format)),
              in_files ? "topic: NAME, or format: json | csv" : other_log);
  }
  return !holds_lines;
}

void bind_decoding(binder& work, const records_spec& written, planned_records& made) {
  if (written.schema && made.format != format::avro) {
    misplaced(work, *written.schema->node,
              fmt::format("these records are {}, and a schema is for Avro", to_text(made.format)),
              "format: avro, or no schema");
  } else if (written.schema) {
    read_schema(work, *written.schema, made);
  }
  made.debezium = written.envelope_node != nullptr;
  if (made.debezium && made.format != format::json && made.format != format::avro) {
    misplaced(work, *written.envelope_node,
              fmt::format("Debezium writes JSON and Avro, not {}", to_text(made.format)),
              "format: json | avro, or no envelope");
  }
}

void bind_deletes(binder& work, const source_spec& written, planned_source& made) {
  made.deletes = written.deletes;
  if (written.deletes_node != nullptr && written.envelope_node == nullptr) {
    misplaced(work, *written.deletes_node, "only envelopes of changes tell of deletions",
              "envelope: debezium, or no deletes");
  }
}

void bind_deletes(binder& work, const table_spec& written, planned_table& made) {
  made.deletes = record::deletes::key;
  const bool in_file = !written.topic || is_lines(work, written);
  if (written.envelope_node != nullptr && in_file) {
    misplaced(work, *written.envelope_node,
              "a table that is a file has each row once, and no changes",
              written.topic ? other_log : "topic: NAME, or no envelope");
  }
}

void try_schema(binder& work, const records_spec& written, const planned_records& made) {
  if (made.schema.empty() || made.format != format::avro) {
    return;
  }
  if (const auto decoder = record::make_decoder(*made.contract, decoding_of(made)); !decoder) {
    work.about.add(*written.schema->node, "bad-schema", decoder.error());
  }
}

}  // namespace aisle::topology
