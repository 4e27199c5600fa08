// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/avro_schema.hpp"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <simdjson.h>

namespace aisle::record {
namespace {

namespace dom = simdjson::dom;

constexpr int scale_max = 38;
constexpr std::int64_t fixed_bytes_max = 1 << 20;

constexpr std::array<std::pair<std::string_view, avro_kind>, 8> primitives{{
    {"null", avro_kind::null},
    {"boolean", avro_kind::boolean},
    {"int", avro_kind::integer},
    {"long", avro_kind::integer},
    {"float", avro_kind::single},
    {"double", avro_kind::number},
    {"bytes", avro_kind::bytes},
    {"string", avro_kind::text},
}};

std::optional<avro_kind> primitive(std::string_view name) {
  for (const auto& [known, kind] : primitives) {
    if (known == name) {
      return kind;
    }
  }
  return std::nullopt;
}

std::string_view text_of(dom::object from, std::string_view member) {
  std::string_view text;
  return from[member].get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

std::optional<std::int64_t> integer_of(dom::object from, std::string_view member) {
  std::int64_t number = 0;
  return from[member].get(number) == simdjson::SUCCESS ? std::optional{number} : std::nullopt;
}

/// Reads a schema from its tree. The first thing that is wrong ends it: then the answer is `none`,
/// and `wrong` says what it is.
class schema_reader {
 public:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  std::size_t read(dom::element node, const std::string& space, std::size_t depth) {
    if (depth > schema_depth_max) {
      return fail(fmt::format("it is nested deeper than {}", schema_depth_max));
    }
    switch (node.type()) {
      case dom::element_type::STRING:
        return read_name(std::string{std::string_view{node}}, space);
      case dom::element_type::ARRAY:
        return read_choice(dom::array{node}, space, depth);
      case dom::element_type::OBJECT:
        return read_object(dom::object{node}, space, depth);
      default:
        return fail("a type is a name, a list or an object");
    }
  }

  avro_schema made;
  std::string wrong;

 private:
  std::size_t fail(std::string what) {
    if (wrong.empty()) {
      wrong = std::move(what);
    }
    return none;
  }

  std::size_t add(avro_type type) {
    if (made.types.size() == schema_types_max) {
      return fail(fmt::format("it has more than {} types", schema_types_max));
    }
    made.types.push_back(std::move(type));
    return made.types.size() - 1;
  }

  std::size_t read_name(const std::string& name, const std::string& space) {
    if (const auto kind = primitive(name)) {
      return add({.kind = *kind, .name = name});
    }
    const bool is_full = name.contains('.') || space.empty();
    auto found = named_.find(is_full ? name : space + "." + name);
    found = found == named_.end() ? named_.find(name) : found;
    return found == named_.end() ? fail(fmt::format("there is no type \"{}\"", name))
                                 : found->second;
  }

  std::size_t read_choice(dom::array branches, const std::string& space, std::size_t depth) {
    avro_type type{.kind = avro_kind::choice, .name = "union"};
    for (const auto branch : branches) {
      const auto part = read(branch, space, depth + 1);
      if (part == none) {
        return none;
      }
      if (made.types[part].kind == avro_kind::choice) {
        return fail("a union stands in a union");
      }
      type.parts.push_back(part);
    }
    return type.parts.empty() ? fail("a union is empty") : add(std::move(type));
  }

  std::size_t read_object(dom::object node, const std::string& space, std::size_t depth) {
    dom::element type;
    if (node["type"].get(type) != simdjson::SUCCESS) {
      return fail("a type has no \"type\"");
    }
    if (!type.is_string()) {
      return read(type, space, depth + 1);
    }
    const std::string word{std::string_view{type}};
    if (word == "record" || word == "error" || word == "enum" || word == "fixed") {
      return read_named(word, node, space, depth);
    }
    if (word == "array" || word == "map") {
      return read_container(word, node, space, depth);
    }
    const auto made_of = read_name(word, space);
    if (made_of != none && primitive(word)) {
      set_meaning(node, made.types[made_of]);
    }
    return made_of;
  }

  std::size_t read_container(const std::string& word, dom::object node, const std::string& space,
                             std::size_t depth) {
    dom::element held;
    const bool is_list = word == "array";
    if (node[is_list ? "items" : "values"].get(held) != simdjson::SUCCESS) {
      return fail(fmt::format("{} without what it holds", word));
    }
    const auto part = read(held, space, depth + 1);
    return part == none ? none
                        : add({.kind = is_list ? avro_kind::list : avro_kind::map,
                               .names = {},
                               .parts = {part},
                               .name = word});
  }

  std::size_t read_named(const std::string& word, dom::object node, const std::string& space,
                         std::size_t depth) {
    const std::string name{text_of(node, "name")};
    if (name.empty()) {
      return fail(fmt::format("a type \"{}\" has no name", word));
    }
    const auto dot = name.rfind('.');
    const std::string said{text_of(node, "namespace")};
    const auto inner = dot != std::string::npos ? name.substr(0, dot) : said.empty() ? space : said;
    const auto full = dot != std::string::npos || inner.empty() ? name : inner + "." + name;
    const auto place = add({.name = full});
    if (place == none) {
      return none;
    }
    if (!named_.emplace(full, place).second) {
      return fail(fmt::format("there are two types \"{}\"", full));
    }
    if (word == "enum") {
      return read_symbols(node, place);
    }
    return word == "fixed" ? read_fixed(node, place) : read_fields(node, place, inner, depth);
  }

  std::size_t read_symbols(dom::object node, std::size_t place) {
    dom::array symbols;
    if (node["symbols"].get(symbols) != simdjson::SUCCESS) {
      return fail(fmt::format("the enum {} has no symbols", made.types[place].name));
    }
    auto& type = made.types[place];
    type.kind = avro_kind::symbol;
    for (const auto symbol : symbols) {
      std::string_view text;
      if (symbol.get(text) != simdjson::SUCCESS) {
        return fail(fmt::format("a symbol of {} is no text", type.name));
      }
      type.names.emplace_back(text);
    }
    return place;
  }

  std::size_t read_fixed(dom::object node, std::size_t place) {
    const auto size = integer_of(node, "size");
    auto& type = made.types[place];
    if (!size || *size < 0 || *size > fixed_bytes_max) {
      return fail(fmt::format("the fixed {} has no size that can be", type.name));
    }
    type.kind = avro_kind::fixed;
    type.size = static_cast<std::size_t>(*size);
    set_meaning(node, type);
    return place;
  }

  std::size_t read_fields(dom::object node, std::size_t place, const std::string& space,
                          std::size_t depth) {
    made.types[place].kind = avro_kind::record;
    dom::array fields;
    if (node["fields"].get(fields) != simdjson::SUCCESS) {
      return fail(fmt::format("the record {} has no fields", made.types[place].name));
    }
    for (const auto field : fields) {
      dom::object member;
      dom::element type;
      if (field.get(member) != simdjson::SUCCESS || member["type"].get(type) != simdjson::SUCCESS ||
          text_of(member, "name").empty()) {
        return fail(fmt::format("a field of {} has no name or no type", made.types[place].name));
      }
      const auto part = read(type, space, depth + 1);
      if (part == none) {
        return none;
      }
      // Reading the field's type may have moved all types.
      made.types[place].parts.push_back(part);
      made.types[place].names.emplace_back(text_of(member, "name"));
    }
    return place;
  }

  static void set_meaning(dom::object node, avro_type& type) {
    const auto meaning = text_of(node, "logicalType");
    if (meaning == "decimal" && (type.kind == avro_kind::bytes || type.kind == avro_kind::fixed)) {
      const auto scale = integer_of(node, "scale").value_or(0);
      const bool fits = scale >= 0 && scale <= scale_max;
      type.meaning = fits ? avro_meaning::decimal : avro_meaning::plain;
      type.scale = fits ? static_cast<int>(scale) : 0;
      return;
    }
    if (type.kind != avro_kind::integer) {
      return;
    }
    const bool is_long = type.name == "long";
    if (meaning == "date" && !is_long) {
      type.meaning = avro_meaning::date;
    } else if (meaning == "timestamp-millis" && is_long) {
      type.meaning = avro_meaning::millis;
    } else if (meaning == "timestamp-micros" && is_long) {
      type.meaning = avro_meaning::micros;
    } else if (meaning == "timestamp-nanos" && is_long) {
      type.meaning = avro_meaning::nanos;
    }
  }

  std::map<std::string, std::size_t, std::less<>> named_;
};

}  // namespace

std::expected<avro_schema, std::string> parse_avro_schema(std::string_view json) {
  if (json.size() > schema_bytes_max) {
    return std::unexpected{
        fmt::format("the schema has {} bytes, at most {}", json.size(), schema_bytes_max)};
  }
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root);
      error != simdjson::SUCCESS) {
    return std::unexpected{
        fmt::format("the schema is no JSON: {}", simdjson::error_message(error))};
  }
  schema_reader reader;
  reader.made.root = reader.read(root, {}, 0);
  if (reader.made.root == schema_reader::none) {
    return std::unexpected{fmt::format("the schema is no Avro schema: {}", reader.wrong)};
  }
  return std::move(reader.made);
}

}  // namespace aisle::record
