// SPDX-License-Identifier: Apache-2.0
// 1. Every property is read by itself (property_reader.cpp).
// 2. The record's own properties become the record's layout; the list's become, with the record's
// behind them, the
//    layout of a line.
// 3. Marks become keys and the event time; quality rules are compiled on the layouts.
#include "runtime/record/contract_reader.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "runtime/record/contract.hpp"

namespace aisle::record {
namespace {

using base::yaml_node;
using base::yaml_reader;

std::string_view code_of(expr::errc code) {
  switch (code) {
    case expr::errc::syntax:
      return "syntax";
    case expr::errc::unknown_name:
      return "unknown-name";
    case expr::errc::type_mismatch:
      return "type-mismatch";
    case expr::errc::out_of_range:
      return "out-of-range";
    case expr::errc::too_complex:
      return "too-complex";
  }
  return "syntax";
}

class contract_reader {
 public:
  contract_reader(const base::yaml_document& document, base::diagnostics& complaints)
      : document_{document}, complaints_{complaints} {}

  std::unique_ptr<contract::impl> read() {
    yaml_reader top{document_, document_.root, "a contract", complaints_};
    read_head(top);
    const auto* const schema = top.take("schema", true);
    top.finish();
    if (schema != nullptr) {
      read_schema(*schema);
    }
    return std::move(made_);
  }

 private:
  void read_head(yaml_reader& top) {
    const auto version = top.text("apiVersion", true);
    if (version && !version->starts_with("v3.")) {
      top.complain(*document_.root.find("apiVersion"), "wrong-version",
                   fmt::format("contracts of {} are not known", *version), "v3.1.0");
    }
    const auto kind = top.text("kind", true);
    if (kind && *kind != "DataContract") {
      top.complain(*document_.root.find("kind"), "wrong-value",
                   fmt::format("\"{}\" is no contract", *kind), "DataContract");
    }
    made_->name = top.text("name", true).value_or("");
    made_->version = top.text("version", true).value_or("");
    made_->description = top.text("description").value_or("");
  }

  /// A list, as ODCS has it, of one object: a contract describes one type of event.
  void read_schema(const yaml_node& schema) {
    if (schema.shape != yaml_node::shape::sequence || schema.elements.size() != 1) {
      complain(schema, "wrong-type", "schema is a list of exactly one object",
               "schema: [- properties: …]");
      return;
    }
    const auto& object = schema.elements.front();
    yaml_reader member{document_, object, "the schema", complaints_};
    check_schema_name(member, object);
    const auto* const properties = member.take("properties", true);
    const auto* const quality = member.take("quality");
    member.finish();
    if (properties == nullptr) {
      return;
    }
    read_record(*properties);
    read_lines();
    check_size(*properties);
    if (complaints_.empty()) {
      compile_quality(quality, made_->record_layout, made_->record);
      compile_quality(line_quality_, made_->line_layout, made_->line);
    }
  }

  void check_schema_name(yaml_reader& member, const yaml_node& object) {
    const auto name = member.text("name");
    if (name && *name != made_->name) {
      complain(*object.find("name"), "wrong-value",
               fmt::format("the schema is called \"{}\", the contract \"{}\"", *name, made_->name),
               "one name for both, or none here");
    }
  }

  void complain(const yaml_node& node, std::string code, std::string message,
                std::string expected = {}) {
    if (complaints_.size() < base::yaml_complaints_max) {
      complaints_.push_back(document_.at(node, std::move(code), std::move(message)));
      complaints_.back().expected = std::move(expected);
    }
  }

  std::vector<property> read_properties(const yaml_node& node, level where) {
    std::vector<property> all;
    if (node.shape != yaml_node::shape::sequence || node.elements.empty()) {
      complain(node, "wrong-type", "properties is a list of fields", "- {name: …, logicalType: …}");
      return all;
    }
    for (const auto& element : node.elements) {
      all.push_back(read_property(document_, element, where, complaints_));
    }
    return all;
  }

  void read_record(const yaml_node& properties) {
    std::vector<field> fields;
    bool by_unique_mark = false;
    for (auto& p : read_properties(properties, level::record)) {
      claim(p, record_columns_);
      if (p.items != nullptr) {
        read_list(p);
        continue;
      }
      const auto place = static_cast<std::uint8_t>(fields.size());
      mark(p, place);
      by_unique_mark |= p.unique && p.at->find("unique") != nullptr;
      add(std::move(p), fields, made_->record);
    }
    if (by_unique_mark && made_->unique_key.size() > 1) {
      complain(properties, "two-keys",
               "several fields are marked, and one of them as unique by itself",
               "unique on one field, or primaryKey on each field of the one key");
    }
    made_->record_layout = layout{std::move(fields)};
  }

  void add(property p, std::vector<field>& fields, row_rules& rules) {
    if (fields.size() < expr::fields_max && p.rule.required) {
      rules.required |= std::uint64_t{1} << fields.size();
    }
    fields.push_back(std::move(p.field));
    rules.fields.push_back(std::move(p.rule));
  }

  void mark(const property& p, std::uint8_t place) {
    if (p.unique) {
      made_->unique_key.push_back(place);
    }
    if (p.partitioned) {
      made_->partition_key.push_back(place);
    }
    if (p.event_time && made_->event_time) {
      complain(*p.at->find("eventTime"), "two-event-times", "there is one event time already");
    } else if (p.event_time) {
      made_->event_time = place;
    }
  }

  /// Every name stands once, in the contract (lines included) and in its object of the data.
  void claim(const property& p, std::vector<std::string>& columns) {
    const auto taken = [](std::vector<std::string>& names, const std::string& name) {
      const bool there = std::ranges::find(names, name) != names.end();
      names.push_back(name);
      return there;
    };
    if (taken(names_, p.rule.name)) {
      complain(*p.at, "duplicate-field", fmt::format("there are two fields \"{}\"", p.rule.name));
    } else if (taken(columns, p.rule.column)) {
      complain(*p.at, "duplicate-field",
               fmt::format("two fields are \"{}\" in the data", p.rule.column));
    }
  }

  void read_list(const property& p) {
    if (!made_->list.empty()) {
      complain(*p.at, "two-lists", fmt::format("there is a list \"{}\" already", made_->list),
               "one list of records");
      return;
    }
    made_->list = p.rule.name;
    made_->list_column = p.rule.column;
    made_->list_required = p.rule.required;
    made_->items_least = p.items_least;
    made_->items_most = p.items_most;
    items_ = p.items;
  }

  void read_lines() {
    if (items_ == nullptr) {
      return;
    }
    yaml_reader member{document_, *items_, fmt::format("items of \"{}\"", made_->list),
                       complaints_};
    const auto* const properties = member.take("properties", true);
    line_quality_ = member.take("quality");
    member.finish();
    if (properties == nullptr) {
      return;
    }
    std::vector<field> fields;
    std::vector<std::string> columns;
    for (auto& p : read_properties(*properties, level::line)) {
      claim(p, columns);
      add(std::move(p), fields, made_->line);
    }
    const auto& outer = made_->record_layout.fields();
    fields.insert(fields.end(), outer.begin(), outer.end());
    made_->line_layout = layout{std::move(fields)};
  }

  void check_size(const yaml_node& properties) {
    const auto size =
        std::max(made_->record_layout.fields().size(), made_->line_layout.fields().size());
    if (size > expr::fields_max) {
      complain(properties, "too-many-fields",
               fmt::format("{} fields, those of a line included", size),
               fmt::format("at most {}", expr::fields_max));
    }
  }

  void compile_quality(const yaml_node* quality, const layout& on, row_rules& rules) {
    if (quality == nullptr) {
      return;
    }
    if (quality->shape != yaml_node::shape::sequence) {
      complain(*quality, "wrong-type", "quality is a list of rules", "- {name: …, rule: …}");
      return;
    }
    std::vector<expr::binding> names;
    for (std::size_t i = 0; i < on.fields().size(); ++i) {
      const auto& f = on.fields()[i];
      names.push_back({f.name, {0, static_cast<std::uint8_t>(i), f.type}});
    }
    const expr::scope scope{std::move(names)};
    for (const auto& element : quality->elements) {
      compile_rule(element, scope, rules);
    }
  }

  void compile_rule(const yaml_node& node, const expr::scope& scope, row_rules& rules) {
    yaml_reader member{document_, node, "a quality rule", complaints_};
    const auto name = member.text("name", true);
    const auto text = member.text("rule", true);
    member.finish();
    if (!name || !text) {
      return;
    }
    auto program = expr::compile(*text, scope);
    if (!program) {
      complain_of_rule(*node.find("rule"), program.error());
    } else if (program->type().kind != base::kind::boolean) {
      complain(*node.find("rule"), "type-mismatch",
               fmt::format("the rule is a {}", to_text(program->type())), "a condition");
    } else {
      rules.quality.push_back({*name, *text, std::move(*program)});
    }
  }

  void complain_of_rule(const yaml_node& node, const expr::diagnostic& wrong) {
    if (complaints_.size() >= base::yaml_complaints_max) {
      return;
    }
    auto d =
        document_.at(node, wrong.begin, wrong.end, std::string{code_of(wrong.code)}, wrong.message);
    d.expected = wrong.expected;
    d.suggestion = wrong.suggestion;
    complaints_.push_back(std::move(d));
  }

  const base::yaml_document& document_;
  base::diagnostics& complaints_;
  std::unique_ptr<contract::impl> made_ = std::make_unique<contract::impl>();
  std::vector<std::string> names_;
  std::vector<std::string> record_columns_;
  const yaml_node* items_ = nullptr;
  const yaml_node* line_quality_ = nullptr;
};

}  // namespace

std::expected<contract, base::diagnostics> parse_contract(std::string_view yaml,
                                                          std::string_view path) {
  const auto document = base::parse_yaml(std::string{yaml}, std::string{path});
  if (!document) {
    return std::unexpected{document.error()};
  }
  base::diagnostics complaints;
  auto made = contract_reader{*document, complaints}.read();
  if (!complaints.empty()) {
    return std::unexpected{std::move(complaints)};
  }
  return contract{std::move(made)};
}

}  // namespace aisle::record
