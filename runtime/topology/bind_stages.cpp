// SPDX-License-Identifier: Apache-2.0
// Stages: streams, key, tables, and the names in reach of their expressions.
#include <algorithm>

#include <fmt/core.h>

#include "runtime/topology/binder.hpp"

namespace aisle::topology {
namespace {

template <class Planned>
std::vector<std::string> names_of(const std::vector<Planned>& all) {
  std::vector<std::string> names;
  names.reserve(all.size());
  for (const auto& one : all) {
    names.push_back(one.name);
  }
  return names;
}

template <class Planned>
std::optional<std::size_t> find_by_name(const std::vector<Planned>& all, std::string_view name) {
  const auto found = std::ranges::find_if(all, [&](const auto& one) { return one.name == name; });
  return found == all.end() ? std::nullopt
                            : std::optional{static_cast<std::size_t>(found - all.begin())};
}

/// What a stage may read: sources and their lists.
std::vector<std::string> readable(const binder& work) {
  std::vector<std::string> names;
  for (const auto& source : work.made.sources) {
    names.push_back(source.name);
    if (source.contract && !source.contract->list().empty()) {
      names.push_back(fmt::format("{}.{}", source.name, source.contract->list()));
    }
  }
  return names;
}

bool is_stage(const binder& work, std::string_view name) {
  return std::ranges::any_of(work.from.stages,
                             [&](const stage_spec& stage) { return stage.name.text == name; });
}

void complain_of_stream(binder& work, const word& written, std::string_view source) {
  if (is_stage(work, source)) {
    work.about.add(
        *written.node, "refused",
        fmt::format(
            "\"{}\" is an output of a stage; stages that read stages come with a later version",
            written.text),
        "a source");
    return;
  }
  work.about.unknown(*written.node, "unknown-stream",
                     fmt::format("nothing to read is called \"{}\"", written.text), readable(work));
}

/// The source and, behind a dot, its list. Nothing when there is none, or when the source itself is
/// broken.
std::optional<planned_stream> find_stream(binder& work, const word& written) {
  const auto dot = written.text.find('.');
  const auto name = written.text.substr(0, dot);
  const auto index = find_by_name(work.made.sources, name);
  if (!index) {
    complain_of_stream(work, written, name);
    return std::nullopt;
  }
  const auto& source = work.made.sources[*index];
  if (!source.contract) {
    return std::nullopt;
  }
  planned_stream stream;
  stream.name = written.text;
  stream.source = source.id;
  stream.lines = dot != std::string::npos;
  if (stream.lines && (source.contract->list().empty() ||
                       written.text.substr(dot + 1) != source.contract->list())) {
    complain_of_stream(work, written, name);
    return std::nullopt;
  }
  stream.layout = stream.lines ? &source.contract->line_fields() : &source.contract->fields();
  return stream;
}

void bind_streams(binder& work, stage_binding& stage) {
  for (const auto& written : stage.written.reads) {
    if (find_by_name(stage.made.streams, written.text)) {
      work.about.add(*written.node, "stream-twice",
                     fmt::format("\"{}\" is read twice", written.text), "each stream once");
    } else if (auto stream = find_stream(work, written)) {
      stage.made.streams.push_back(std::move(*stream));
    } else {
      stage.complete = false;
    }
  }
}

std::vector<std::string> field_names(const record::layout& layout) {
  return names_of(layout.fields());
}

bool may_be_key(base::kind kind) {
  return kind != base::kind::number && kind != base::kind::null && kind != base::kind::duration;
}

/// What keeps a field from being part of a key, and what would be right.
struct objection {
  std::string_view code;
  std::string message;
  std::string_view expected;
};

std::optional<objection> objection_to(const record::field& field, const planned_stream& stream) {
  if (!field.required) {
    return objection{"optional-key",
                     fmt::format("\"{}\" may be absent in {}, so it cannot find an actor",
                                 field.name, stream.name),
                     "a field that is `required` in its contract"};
  }
  if (!may_be_key(field.type.kind)) {
    return objection{
        "bad-key-type",
        fmt::format("\"{}\" of {} is a {}", field.name, stream.name, base::to_text(field.type)),
        "a string, integer, decimal, boolean or timestamp"};
  }
  return std::nullopt;
}

/// A field of the key and the stream that gave it its type.
struct typed_key {
  key_field field;
  std::string stream;
};

/// One field of the key in one stream. Nothing when it cannot be one.
std::optional<std::uint8_t> key_place(binder& work, const word& written,
                                      const planned_stream& stream, typed_key& key) {
  const auto place = stream.layout->find(written.text);
  if (!place) {
    work.about.unknown(*written.node, "unknown-field",
                       fmt::format("{} has no field \"{}\"", stream.name, written.text),
                       field_names(*stream.layout));
    return std::nullopt;
  }
  const auto& field = stream.layout->fields()[*place];
  auto wrong = objection_to(field, stream);
  if (!wrong && key.stream.empty()) {
    key.field.type = field.type;
    key.stream = stream.name;
  } else if (!wrong && key.field.type != field.type) {
    wrong = objection{
        "key-types-differ",
        fmt::format("\"{}\" is {} in {}, but {} in {}", written.text, base::to_text(key.field.type),
                    key.stream, base::to_text(field.type), stream.name),
        "the same type in all streams of a stage"};
  }
  if (wrong) {
    work.about.add(*written.node, std::string{wrong->code}, wrong->message,
                   std::string{wrong->expected});
    return std::nullopt;
  }
  return place;
}

void bind_key(binder& work, stage_binding& stage) {
  auto& made = stage.made;
  for (const auto& written : stage.written.per) {
    if (find_by_name(made.key, written.text)) {
      work.about.add(*written.node, "key-twice",
                     fmt::format("\"{}\" stands twice in the key", written.text),
                     "each field once");
      stage.complete = false;
      continue;
    }
    typed_key key{.field = {.name = written.text, .type = {}}, .stream = {}};
    for (auto& stream : made.streams) {
      if (const auto place = key_place(work, written, stream, key)) {
        stream.key.push_back(*place);
      } else {
        stage.complete = false;
      }
    }
    made.key.push_back(std::move(key.field));
  }
}

/// Which fields of the stage's key are the table's unique key.
std::optional<planned_lookup> find_lookup(binder& work, const stage_binding& stage,
                                          const word& written, std::size_t index) {
  const auto& contract = *work.made.tables[index].contract;
  planned_lookup lookup{.table = index, .key = {}};
  for (const auto place : contract.unique_key()) {
    const auto& field = contract.fields().fields()[place];
    const auto in_key = find_by_name(stage.made.key, field.name);
    if (!in_key) {
      work.about.add(
          *written.node, "table-key",
          fmt::format("a row of \"{}\" is found by \"{}\", which is not in this stage's key",
                      written.text, field.name),
          fmt::format("per: with \"{}\", or a table with another unique key", field.name));
      return std::nullopt;
    }
    const auto& key = stage.made.key[*in_key];
    if (stage.complete && key.type != field.type) {
      work.about.add(
          *written.node, "key-types-differ",
          fmt::format("\"{}\" is {} in table \"{}\", but {} in this stage's key", field.name,
                      base::to_text(field.type), written.text, base::to_text(key.type)),
          "the same type in both contracts");
      return std::nullopt;
    }
    lookup.key.push_back(*in_key);
  }
  return lookup;
}

void bind_knows(binder& work, stage_binding& stage) {
  std::vector<std::size_t> seen;
  for (const auto& written : stage.written.knows) {
    const auto index = find_by_name(work.made.tables, written.text);
    if (!index) {
      work.about.unknown(*written.node, "unknown-table",
                         fmt::format("no table \"{}\"", written.text), names_of(work.made.tables));
    } else if (std::ranges::find(seen, *index) != seen.end()) {
      work.about.add(*written.node, "table-twice",
                     fmt::format("\"{}\" is known twice", written.text), "each table once");
    } else if (work.made.tables[*index].contract) {
      seen.push_back(*index);
      if (auto lookup = find_lookup(work, stage, written, *index)) {
        stage.made.knows.push_back(std::move(*lookup));
        continue;
      }
    }
    stage.complete = false;
  }
}

void add_fields(std::vector<expr::binding>& to, const record::layout& layout, std::uint8_t row,
                std::string_view prefix) {
  for (std::size_t i = 0; i < layout.fields().size(); ++i) {
    const auto& field = layout.fields()[i];
    to.push_back(
        {.name = fmt::format("{}{}", prefix, field.name),
         .place = {.row = row, .field = static_cast<std::uint8_t>(i), .type = field.type}});
  }
}

void make_scopes(const binder& work, stage_binding& stage) {
  std::vector<expr::binding> of_tables;
  for (std::size_t i = 0; i < stage.made.knows.size(); ++i) {
    const auto& table = work.made.tables[stage.made.knows[i].table];
    add_fields(of_tables, table.contract->fields(), static_cast<std::uint8_t>(i + 1),
               table.name + ".");
  }
  for (const auto& stream : stage.made.streams) {
    std::vector<expr::binding> names;
    add_fields(names, *stream.layout, 0, "");
    names.insert(names.end(), of_tables.begin(), of_tables.end());
    stage.by_stream.emplace_back(std::move(names));
  }
  stage.of_tables = expr::scope{std::move(of_tables)};
}

void bind_stage(binder& work, const stage_spec& written) {
  planned_stage made;
  made.id = base::stage_id{static_cast<std::uint16_t>(work.made.stages.size())};
  made.name = written.name.text;
  made.was = written.was ? written.was->text : std::string{};
  made.max_failures = written.max_failures;
  made.keys_max = written.keys_max;
  made.sleep_after = written.sleep_after;
  stage_binding stage{.written = written, .made = made, .by_stream = {}, .of_tables = {}};
  bind_streams(work, stage);
  bind_key(work, stage);
  bind_knows(work, stage);
  make_scopes(work, stage);
  if (written.windows.empty() && written.behaviours.empty()) {
    work.about.add(*written.name.node, "idle-stage",
                   fmt::format("stage \"{}\" does nothing", written.name.text),
                   "windows, estimates, decides or reports");
  }
  bind_behaviours(work, stage);
  work.made.stages.push_back(std::move(made));
}

}  // namespace

void bind_stages(binder& work) {
  for (const auto* const written : by_name(work.from.stages)) {
    bind_stage(work, *written);
  }
}

}  // namespace aisle::topology
