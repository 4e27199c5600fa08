// SPDX-License-Identifier: Apache-2.0
// How the records of a source are written: format, schema, envelope.
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/topology/binder.hpp"
#include "runtime/topology/load.hpp"

namespace aisle::topology {
namespace {

void read_schema(binder& work, const word& file, planned_source& made) {
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

record::decoding decoding_of(const planned_source& source,
                             std::shared_ptr<record::schema_source> schemas) {
  const auto format_of_records = [&] {
    switch (source.format) {
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
          .debezium = source.debezium,
          .deletes = source.deletes,
          .schema = source.schema,
          .schemas = std::move(schemas)};
}

bool is_binary(std::optional<format> of) { return of == format::msgpack || of == format::avro; }

bool check_places(binder& work, const source_spec& written) {
  if (!is_binary(written.format)) {
    return true;
  }
  const bool in_files = !written.topic;
  const bool files_log = written.topic && work.with.inputs != inputs::may_be_missing &&
                         work.with.log && work.with.log->kind == log_kind::files;
  const bool holds_lines = in_files || files_log;
  if (holds_lines) {
    work.about.add(*written.format_node, "not-for-this",
                   fmt::format("records of {} may hold line ends, and files are of lines",
                               to_text(*written.format)),
                   in_files ? "topic: NAME, or format: json | csv"
                            : "a log whose topics hold records, such as --log embedded:DIR");
  }
  return !holds_lines;
}

void bind_decoding(binder& work, const source_spec& written, planned_source& made) {
  const auto misplaced = [&](const base::yaml_node& at, std::string message, std::string expected) {
    work.about.add(at, "not-for-this", std::move(message), std::move(expected));
  };
  if (written.schema && made.format != format::avro) {
    misplaced(*written.schema->node,
              fmt::format("these records are {}, and a schema is for Avro", to_text(made.format)),
              "format: avro, or no schema");
  } else if (written.schema) {
    read_schema(work, *written.schema, made);
  }
  if (written.envelope_node != nullptr && made.format != format::json &&
      made.format != format::avro) {
    misplaced(*written.envelope_node,
              fmt::format("Debezium writes JSON and Avro, not {}", to_text(made.format)),
              "format: json | avro, or no envelope");
  } else if (written.deletes_node != nullptr && written.envelope_node == nullptr) {
    misplaced(*written.deletes_node, "only envelopes of changes tell of deletions",
              "envelope: debezium, or no deletes");
  } else {
    made.debezium = written.envelope_node != nullptr;
    made.deletes = written.deletes;
  }
}

void try_schema(binder& work, const source_spec& written, const planned_source& made) {
  if (made.schema.empty() || made.format != format::avro) {
    return;
  }
  if (const auto decoder = record::make_decoder(*made.contract, decoding_of(made)); !decoder) {
    work.about.add(*written.schema->node, "bad-schema", decoder.error());
  }
}

}  // namespace aisle::topology
