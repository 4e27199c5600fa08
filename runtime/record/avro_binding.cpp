// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/avro_binding.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include <fmt/core.h>

#include "runtime/record/change.hpp"
#include "runtime/record/typed_rules.hpp"

namespace aisle::record {
namespace {

constexpr auto none = avro_rows::none;

typed_kind kind_of(const avro_type& type) {
  switch (type.kind) {
    case avro_kind::null:
      return typed_kind::null;
    case avro_kind::boolean:
      return typed_kind::boolean;
    case avro_kind::integer:
      return type.meaning == avro_meaning::plain ? typed_kind::exact : typed_kind::moment;
    case avro_kind::single:
    case avro_kind::number:
      return typed_kind::floating;
    case avro_kind::bytes:
    case avro_kind::fixed:
      return type.meaning == avro_meaning::decimal ? typed_kind::exact : typed_kind::bytes;
    case avro_kind::text:
    case avro_kind::symbol:
      return typed_kind::text;
    case avro_kind::list:
    case avro_kind::map:
    case avro_kind::choice:
    case avro_kind::record:
      break;
  }
  return typed_kind::compound;
}

/// The types a value of this type can have: the branches of a union, or the type alone.
std::vector<std::size_t> choices_of(const avro_schema& schema, std::size_t type) {
  const auto& of = schema.types[type];
  return of.kind == avro_kind::choice ? of.parts : std::vector{type};
}

bool can_be(const avro_schema& schema, std::size_t type, const field_rule& rule) {
  return std::ranges::any_of(choices_of(schema, type), [&](std::size_t choice) {
    const auto kind = kind_of(schema.types[choice]);
    return kind == typed_kind::null ? !rule.required : fits(rule, kind);
  });
}

std::string spelled(const avro_schema& schema, std::size_t type) {
  std::string all;
  for (const auto choice : choices_of(schema, type)) {
    all += (all.empty() ? "" : " or ") + schema.types[choice].name;
  }
  return all;
}

std::size_t field_at(const avro_type& record, std::string_view name) {
  const auto found = std::ranges::find(record.names, name);
  return found == record.names.end() ? none
                                     : static_cast<std::size_t>(found - record.names.begin());
}

/// Holds the records of one schema against one contract. The first misfit ends it.
class binder {
 public:
  binder(const avro_schema& schema, const contract::impl& by, bool in_envelope)
      : schema_{schema}, by_{by}, in_envelope_{in_envelope} {}

  std::expected<avro_rows, std::string> bind(std::size_t type) {
    made_.type = type;
    bind_fields(type, by_.record, made_.places);
    bind_list(type);
    if (!wrong_.empty()) {
      return std::unexpected{std::move(wrong_)};
    }
    return std::move(made_);
  }

 private:
  void fail(std::string what) {
    if (wrong_.empty()) {
      wrong_ = std::move(what);
    }
  }

  void bind_fields(std::size_t type, const row_rules& rules, std::vector<std::size_t>& places) {
    const auto& record = schema_.types[type];
    places.assign(record.parts.size(), none);
    for (std::size_t place = 0; place < rules.fields.size(); ++place) {
      const auto& rule = rules.fields[place];
      const auto at = field_at(record, rule.column);
      if (in_envelope_ && &rules == &by_.record && fact_fields::is_fact(rule.column)) {
        continue;
      }
      if (at != none) {
        check_field(record, at, rule);
        places[at] = place;
      } else if (rule.required) {
        fail(fmt::format("{} has no field \"{}\", which the contract {} requires", record.name,
                         rule.column, by_.name));
      }
    }
  }

  void check_field(const avro_type& record, std::size_t at, const field_rule& rule) {
    if (!can_be(schema_, record.parts[at], rule)) {
      fail(fmt::format("\"{}\" of {} is {}, and the contract {} wants {}", record.names[at],
                       record.name, spelled(schema_, record.parts[at]), by_.name,
                       expectation(rule)));
    }
  }

  void bind_list(std::size_t type) {
    const auto& record = schema_.types[type];
    const auto at = by_.list.empty() ? none : field_at(record, by_.list_column);
    if (at == none) {
      if (by_.list_required) {
        fail(fmt::format("{} has no list \"{}\", which the contract {} requires", record.name,
                         by_.list_column, by_.name));
      }
      return;
    }
    made_.places[at] = by_.record.fields.size();
    for (const auto choice : choices_of(schema_, record.parts[at])) {
      if (schema_.types[choice].kind == avro_kind::list) {
        made_.line_type = record_in(schema_, schema_.types[choice].parts.front());
      }
    }
    if (made_.line_type == none) {
      fail(fmt::format("\"{}\" of {} is no list of one kind of records", by_.list_column,
                       record.name));
      return;
    }
    bind_fields(made_.line_type, by_.line, made_.line_places);
  }

  const avro_schema& schema_;
  const contract::impl& by_;
  bool in_envelope_;
  avro_rows made_;
  std::string wrong_;
};

std::expected<void, std::string> bind_envelope(avro_binding& into, const contract::impl& by) {
  const auto& root = into.schema.types[into.schema.root];
  into.before_at = field_at(root, "before");
  into.after_at = field_at(root, "after");
  into.op_at = field_at(root, "op");
  into.captured_at = field_at(root, "ts_ms");
  into.source_at = field_at(root, "source");
  if (into.before_at == none || into.after_at == none || into.op_at == none) {
    return std::unexpected{
        fmt::format("{} is no Debezium envelope: it lacks before, after or op", root.name)};
  }
  for (const auto& [at, rows] :
       {std::pair{into.after_at, &into.row}, {into.before_at, &into.before}}) {
    const auto type = record_in(into.schema, root.parts[at]);
    if (type == none) {
      return std::unexpected{fmt::format("\"{}\" of {} is no record", root.names[at], root.name)};
    }
    auto bound = binder{into.schema, by, true}.bind(type);
    if (!bound) {
      return std::unexpected{std::move(bound.error())};
    }
    *rows = std::move(*bound);
  }
  return {};
}

}  // namespace

std::size_t record_in(const avro_schema& schema, std::size_t type) {
  std::size_t found = none;
  for (const auto choice : choices_of(schema, type)) {
    if (schema.types[choice].kind == avro_kind::record) {
      found = found == none ? choice : schema.types.size();
    }
  }
  return found < schema.types.size() ? found : none;
}

std::expected<avro_binding, std::string> bind_avro(std::string_view schema,
                                                   const contract::impl& by, bool debezium) {
  auto parsed = parse_avro_schema(schema);
  if (!parsed) {
    return std::unexpected{std::move(parsed.error())};
  }
  avro_binding made{.schema = std::move(*parsed), .row = {}, .before = {}};
  const auto root = made.schema.root;
  if (made.schema.types[root].kind != avro_kind::record) {
    return std::unexpected{
        fmt::format("the schema is of {}, and a record is a record", spelled(made.schema, root))};
  }
  if (debezium) {
    if (auto bound = bind_envelope(made, by); !bound) {
      return std::unexpected{std::move(bound.error())};
    }
    return made;
  }
  auto rows = binder{made.schema, by, false}.bind(root);
  if (!rows) {
    return std::unexpected{std::move(rows.error())};
  }
  made.row = std::move(*rows);
  return made;
}

}  // namespace aisle::record
