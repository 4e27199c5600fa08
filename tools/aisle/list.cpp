// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "actors/catalog.hpp"
#include "runtime/base/json_object.hpp"
#include "runtime/base/yaml.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/topology/load.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/home.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> listable{"topologies", "models", "contracts"};

/// What is said of one thing that ships.
struct listed {
  std::string name;
  std::string summary;
  fs::path path;
  /// Vars of a topology, fields of a contract.
  std::vector<std::string> parts;
};

std::optional<base::yaml_document> parse_file(const fs::path& file) {
  const auto text = topology::read_text(file);
  if (!text) {
    return std::nullopt;
  }
  auto document = base::parse_yaml(*text, file.string());
  return document ? std::optional{std::move(*document)} : std::nullopt;
}

/// The first comment behind the line of the license: a topology begins with what it is for.
std::string summary_of(std::string_view yaml) {
  while (yaml.starts_with('#')) {
    const auto line = yaml.substr(0, yaml.find('\n'));
    if (line.find("SPDX-") == std::string_view::npos) {
      return std::string{line.substr(std::min(line.find_first_not_of("# "), line.size()))};
    }
    yaml.remove_prefix(std::min(line.size() + 1, yaml.size()));
  }
  return {};
}

std::vector<listed> topologies() {
  std::vector<listed> all;
  for (const auto& name : shipped_topologies()) {
    listed one{.name = name, .summary = {}, .path = *shipped_topology(name), .parts = {}};
    if (const auto document = parse_file(one.path)) {
      one.summary = summary_of(document->text);
      if (const auto* const vars = document->root.find("vars")) {
        for (const auto& [var, value] : vars->members) {
          one.parts.push_back(var.text);
        }
      }
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<std::string> fields_of(const fs::path& file) {
  std::vector<std::string> fields;
  const auto text = topology::read_text(file);
  const auto contract =
      text ? record::parse_contract(*text, file.string()) : std::unexpected{base::diagnostics{}};
  if (contract) {
    for (const auto& field : contract->fields().fields()) {
      fields.push_back(fmt::format("{} {}", field.name, base::to_text(field.type)));
    }
    if (!contract->list().empty()) {
      fields.push_back(fmt::format("{} list", contract->list()));
    }
  }
  return fields;
}

std::vector<listed> contracts() {
  std::vector<listed> all;
  for (const auto& folder : contract_folders()) {
    std::error_code ignored;
    for (fs::directory_iterator at{folder, ignored}, end; at != end; at.increment(ignored)) {
      if (at->path().extension() != ".yaml") {
        continue;
      }
      listed one{.name = at->path().stem().string(),
                 .summary = {},
                 .path = at->path(),
                 .parts = fields_of(at->path())};
      if (const auto document = parse_file(one.path)) {
        const auto* const description = document->root.find("description");
        one.summary = description == nullptr ? "" : description->text;
      }
      all.push_back(std::move(one));
    }
  }
  std::ranges::sort(all, {}, &listed::name);
  return all;
}

std::string_view word_of(entity::section section) {
  switch (section) {
    case entity::section::estimates:
      return "estimates";
    case entity::section::decides:
      return "decides";
    case entity::section::reports:
      return "reports";
  }
  return "";
}

std::string_view word_of(entity::parameter_kind kind) {
  switch (kind) {
    case entity::parameter_kind::duration:
      return "span";
    case entity::parameter_kind::integer:
      return "whole number";
    case entity::parameter_kind::number:
      return "number";
    case entity::parameter_kind::boolean:
      return "true or false";
    case entity::parameter_kind::text:
      return "text";
    case entity::parameter_kind::choice:
      return "word";
    case entity::parameter_kind::event_expression:
      return "expression over the event";
    case entity::parameter_kind::actor_expression:
      return "expression over tables";
    case entity::parameter_kind::input:
      return "behaviour";
  }
  return "";
}

void print(std::string_view heading, const std::vector<listed>& all, std::string_view of_parts) {
  fmt::print("{}\n", heading);
  std::size_t width = 0;
  for (const auto& one : all) {
    width = std::max(width, one.name.size());
  }
  for (const auto& one : all) {
    fmt::print("  {:<{}}  {}\n", one.name, width, one.summary);
    if (!one.parts.empty()) {
      fmt::print("  {:<{}}  {}: {}\n", "", width, of_parts, fmt::join(one.parts, ", "));
    }
  }
}

std::string default_of(const entity::parameter& p) {
  if (p.required) {
    return "required";
  }
  return p.fallback.empty() ? "may be left out" : p.fallback;
}

/// The widths of a model's columns: names, what they take, defaults.
std::array<std::size_t, 3> widths_of(const entity::model& model) {
  std::array<std::size_t, 3> widths{};
  for (const auto& p : model.parameters) {
    widths[0] = std::max(widths[0], p.name.size());
    widths[1] = std::max(widths[1], word_of(p.kind).size());
    widths[2] = std::max(widths[2], default_of(p).size());
  }
  return widths;
}

void print_model(const entity::model& model) {
  fmt::print("  {}: {}\n    {}\n", model.family, model.name, model.summary);
  const auto [names, kinds, defaults] = widths_of(model);
  for (const auto& p : model.parameters) {
    fmt::print("      {:<{}}  {:<{}}  {:<{}}  {}\n", p.name, names, word_of(p.kind), kinds,
               default_of(p), defaults, p.summary);
  }
}

void print_models(const entity::catalog& catalog) {
  for (const auto section :
       {entity::section::estimates, entity::section::decides, entity::section::reports}) {
    fmt::print("models under {}:\n", word_of(section));
    for (const auto& model : catalog.models()) {
      if (model.section == section) {
        print_model(model);
      }
    }
  }
}

std::string json_list(const std::vector<std::string>& words) {
  std::string json = "[";
  for (const auto& word : words) {
    json += json.size() > 1 ? "," : "";
    base::append_json_string(json, word);
  }
  return json + "]";
}

std::string json_of(const std::vector<listed>& all, std::string_view of_parts) {
  std::string json = "[";
  for (const auto& one : all) {
    json += json.size() > 1 ? ",\n  " : "\n  ";
    base::json_object object{json};
    object.text("name", one.name);
    object.text("summary", one.summary);
    object.text("path", one.path.string());
    object.raw(of_parts, json_list(one.parts));
    object.end();
  }
  return json + "]";
}

void append_bound(base::json_object& object, std::string_view name, std::optional<double> bound) {
  if (bound) {
    object.value(name, base::value::of(*bound));
  }
}

std::string json_of(const entity::parameter& p) {
  std::string json;
  base::json_object object{json};
  object.text("name", p.name);
  object.text("kind", word_of(p.kind));
  object.text("summary", p.summary);
  object.boolean("required", p.required);
  object.text_or_null("default", p.fallback);
  append_bound(object, "least", p.least);
  append_bound(object, "most", p.most);
  if (!p.words.empty()) {
    object.raw("words", json_list(p.words));
  }
  object.end();
  return json;
}

std::string json_of(const entity::catalog& catalog) {
  std::string json = "[";
  for (const auto& model : catalog.models()) {
    json += json.size() > 1 ? ",\n  " : "\n  ";
    base::json_object object{json};
    object.text("section", word_of(model.section));
    object.text("family", model.family);
    object.text("name", model.name);
    object.text("summary", model.summary);
    object.raw("codes", json_list(model.codes));
    std::string parameters;
    for (const auto& p : model.parameters) {
      parameters += (parameters.empty() ? "" : ",") + json_of(p);
    }
    object.raw("parameters", fmt::format("[{}]", parameters));
    object.end();
  }
  return json + "]";
}

void list_json(const std::set<std::string_view>& wanted) {
  std::string json;
  base::json_object object{json};
  if (wanted.contains("topologies")) {
    object.raw("topologies", json_of(topologies(), "vars"));
  }
  if (wanted.contains("models")) {
    object.raw("models", json_of(shop::make_catalog()));
  }
  if (wanted.contains("contracts")) {
    object.raw("contracts", json_of(contracts(), "fields"));
  }
  object.end();
  fmt::print("{}\n", json);
}

void list_text(const std::set<std::string_view>& wanted) {
  if (wanted.contains("topologies")) {
    print("topologies", topologies(), "--set");
  }
  if (wanted.contains("models")) {
    print_models(shop::make_catalog());
  }
  if (wanted.contains("contracts")) {
    print("contracts", contracts(), "fields");
  }
  fmt::print(stderr, "Next: aisle explain TOPOLOGY\n");
}

}  // namespace

int list_command(const list_options& options) {
  std::set<std::string_view> wanted{listable.begin(), listable.end()};
  if (!options.what.empty()) {
    if (!wanted.contains(options.what)) {
      const std::vector<std::string> words{listable.begin(), listable.end()};
      const auto meant = base::nearest(options.what, words);
      fmt::print(stderr, "aisle: cannot list \"{}\"; there are {}{}\n", options.what,
                 fmt::join(listable, ", "),
                 meant.empty() ? "" : fmt::format("; did you mean {}?", meant));
      return nothing_done;
    }
    wanted = {options.what};
  }
  if (!home()) {
    fmt::print(stderr,
               "aisle: what ships is not found beside the program; set AISLE_HOME to the folder "
               "with topologies/ and config/contracts/\n");
  }
  options.json ? list_json(wanted) : list_text(wanted);
  return done;
}

}  // namespace aisle::tool
