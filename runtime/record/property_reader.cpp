// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "runtime/base/decimal.hpp"
#include "runtime/base/zone.hpp"
#include "runtime/record/contract_reader.hpp"

namespace aisle::record {
namespace {

using base::yaml_node;
using base::yaml_reader;

constexpr std::size_t name_bytes_max = 60;
constexpr std::size_t words_max = 256;
constexpr std::int64_t length_bound_max = 1 << 20;
constexpr std::int64_t items_bound_max = 1'000'000;

struct named_kind {
  std::string_view name;
  base::kind kind;
};
constexpr std::array kinds{
    named_kind{"string", base::kind::string},   named_kind{"integer", base::kind::integer},
    named_kind{"decimal", base::kind::decimal}, named_kind{"number", base::kind::number},
    named_kind{"boolean", base::kind::boolean}, named_kind{"timestamp", base::kind::timestamp}};
constexpr std::string_view list_type = "array";

/// What an expression can call a field.
bool is_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && text.size() <= name_bytes_max && is_letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// A name in the data stands in JSON as it is, so that keys can be compared byte by byte.
bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
  });
}

class property_reader {
 public:
  property_reader(const base::yaml_document& document, const yaml_node& node, level where,
                  base::diagnostics& complaints)
      : document_{document},
        complaints_{complaints},
        where_{where},
        member_{document, node, name_for_messages(node), complaints} {
    read_.at = &node;
  }

  property read() {
    read_names();
    read_type();
    if (where_ == level::record && read_.items == nullptr) {
      const bool of_key = flag("primaryKey");
      read_.unique = flag("unique") || of_key;
      read_.partitioned = flag("partitioned");
      read_.event_time = flag("eventTime");
    }
    if (read_.items == nullptr) {
      read_marks();
    }
    member_.finish();
    finish_field();
    return std::move(read_);
  }

 private:
  static std::string name_for_messages(const yaml_node& node) {
    const auto* const name = node.find("name");
    return name == nullptr ? "a property" : fmt::format("property \"{}\"", name->text);
  }

  bool flag(std::string_view key) { return member_.boolean(key).value_or(false); }

  void complain(std::string_view key, std::string code, std::string message,
                std::string expected = {}, std::string suggestion = {}) {
    const auto* const node = read_.at->find(key);
    member_.complain(node == nullptr ? *read_.at : *node, std::move(code), std::move(message),
                     std::move(expected), std::move(suggestion));
  }

  void read_names() {
    auto& rule = read_.rule;
    rule.name = member_.text("name", true).value_or("");
    if (!rule.name.empty() && !is_name(rule.name)) {
      complain("name", "not-a-name", fmt::format("\"{}\" cannot be the name of a field", rule.name),
               "letters, digits and _, at most 60, no digit in front; physicalName says what the "
               "data calls it");
    }
    rule.column = member_.text("physicalName").value_or(rule.name);
    if (!rule.name.empty() && !is_plain(rule.column)) {
      complain("physicalName", "not-a-name",
               fmt::format("\"{}\" cannot be a name in the data", rule.column),
               "at most 60 bytes without quotes, backslashes and control characters");
    }
    read_.field.description = member_.text("description").value_or("");
    rule.required = flag("required");
  }

  void read_type() {
    const auto type = member_.text("logicalType", true);
    if (!type) {
      pass_over();
      return;
    }
    if (*type == list_type && where_ == level::record) {
      read_list();
      return;
    }
    const auto* const found = std::ranges::find(kinds, std::string_view{*type}, &named_kind::name);
    if (found == kinds.end()) {
      complain_of_type(*type);
      pass_over();
      return;
    }
    read_.rule.type = {found->kind, 0};
    read_options();
    read_words();
  }

  /// What stands there depends on the type, and that is not known: no complaint of it.
  void pass_over() {
    for (const auto* const key : {"logicalTypeOptions", "validValues", "items"}) {
      member_.take(key);
    }
  }

  void complain_of_type(const std::string& type) {
    std::vector<std::string> names;
    names.reserve(kinds.size() + 1);
    for (const auto& known : kinds) {
      names.emplace_back(known.name);
    }
    if (where_ == level::record) {
      names.emplace_back(list_type);
    }
    std::string all;
    for (const auto& name : names) {
      all += all.empty() ? name : ", " + name;
    }
    complain("logicalType", "unknown-type",
             type == list_type ? std::string{"a line of a list has no list of its own"}
                               : fmt::format("there is no type \"{}\"", type),
             all, base::nearest(type, names));
  }

  /// The members of logicalTypeOptions, none when it is left out.
  yaml_reader options() {
    static const auto none = base::parse_yaml("{}", {}).value();
    const auto* const node = member_.take("logicalTypeOptions");
    return {document_, node == nullptr ? none.root : *node,
            fmt::format("logicalTypeOptions of \"{}\"", read_.rule.name), complaints_};
  }

  void read_list() {
    read_.items = member_.take("items", true);
    auto option = options();
    read_.items_least = length(option, "minItems", items_bound_max).value_or(0);
    read_.items_most = length(option, "maxItems", items_bound_max).value_or(read_.items_most);
    option.finish();
    if (read_.items_least > read_.items_most) {
      complain("logicalTypeOptions", "out-of-range", "minItems is above maxItems: no list fits");
    }
  }

  static std::optional<std::size_t> length(yaml_reader& option, std::string_view key,
                                           std::int64_t most) {
    const auto number = option.integer(key, 0, most);
    return number ? std::optional{static_cast<std::size_t>(*number)} : std::nullopt;
  }

  void read_options() {
    auto option = options();
    switch (read_.rule.type.kind) {
      case base::kind::string:
        read_text_options(option);
        break;
      case base::kind::integer:
      case base::kind::decimal:
        read_exact_range(option);
        break;
      case base::kind::number:
        read_number_range(option);
        break;
      case base::kind::timestamp:
        read_time_options(option);
        break;
      default:
        break;
    }
    option.finish();
  }

  void read_text_options(yaml_reader& option) {
    auto& rule = read_.rule;
    rule.length_least = length(option, "minLength", length_bound_max).value_or(0);
    rule.length_most = length(option, "maxLength", length_bound_max).value_or(rule.length_most);
    if (rule.length_least > rule.length_most) {
      complain("logicalTypeOptions", "out-of-range", "minLength is above maxLength: no text fits");
    }
    if (const auto text = option.text("pattern")) {
      auto compiled = pattern::compile(*text);
      if (compiled) {
        rule.shape = std::move(*compiled);
      } else {
        complain_of_option("pattern", "bad-pattern", compiled.error());
      }
    }
  }

  void complain_of_option(std::string_view key, std::string code, std::string message,
                          std::string expected = {}) {
    const auto* const node = read_.at->find("logicalTypeOptions")->find(key);
    member_.complain(*node, std::move(code), std::move(message), std::move(expected));
  }

  /// minimum, maximum and their exclusive forms, in the units of an integer or a decimal.
  void read_exact_range(yaml_reader& option) {
    auto& rule = read_.rule;
    if (rule.type.kind == base::kind::decimal) {
      read_scale(option);
    }
    rule.least = exact_bound(option, "minimum").value_or(rule.least);
    if (const auto least = exact_bound(option, "exclusiveMinimum")) {
      rule.least = std::max(rule.least, *least + 1);
    }
    rule.most = exact_bound(option, "maximum").value_or(rule.most);
    if (const auto most = exact_bound(option, "exclusiveMaximum")) {
      rule.most = std::min(rule.most, *most - 1);
    }
    if (rule.least > rule.most) {
      complain("logicalTypeOptions", "out-of-range", "the range is empty: no value fits");
    }
  }

  void read_scale(yaml_reader& option) {
    const auto* const node = option.take("scale");
    if (node == nullptr) {
      complain("logicalTypeOptions", "missing-key",
               "a decimal says how many digits it has behind the point",
               "logicalTypeOptions: {scale: 2}");
      return;
    }
    const auto scale = option.integer("scale", 0, base::decimal_scale_max);
    read_.rule.type.scale = static_cast<std::uint8_t>(scale.value_or(0));
  }

  std::optional<std::int64_t> exact_bound(yaml_reader& option, std::string_view key) {
    using limits = std::numeric_limits<std::int64_t>;
    const auto text = option.text(key);
    if (!text) {
      return std::nullopt;
    }
    const auto scale = read_.rule.type.scale;
    const auto parsed = base::parse_decimal(*text, scale);
    // The ends of 64 bits are no bounds, and what lies beyond them cannot be said.
    if (parsed && !parsed->rounded && parsed->value.units != limits::min() &&
        parsed->value.units != limits::max()) {
      return parsed->value.units;
    }
    complain_of_option(
        key, "wrong-type", fmt::format("\"{}\" is no bound here", *text),
        scale == 0 ? std::string{"a whole number"}
                   : fmt::format("a decimal with at most {} digits behind the point", scale));
    return std::nullopt;
  }

  void read_number_range(yaml_reader& option) {
    auto& rule = read_.rule;
    constexpr auto infinite = std::numeric_limits<double>::infinity();
    const auto bound = [&](std::string_view key) {
      return option.number(key, std::numeric_limits<double>::lowest(),
                           std::numeric_limits<double>::max());
    };
    rule.least_number = bound("minimum").value_or(rule.least_number);
    if (const auto least = bound("exclusiveMinimum")) {
      rule.least_number = std::max(rule.least_number, std::nextafter(*least, infinite));
    }
    rule.most_number = bound("maximum").value_or(rule.most_number);
    if (const auto most = bound("exclusiveMaximum")) {
      rule.most_number = std::min(rule.most_number, std::nextafter(*most, -infinite));
    }
    if (rule.least_number > rule.most_number) {
      complain("logicalTypeOptions", "out-of-range", "the range is empty: no value fits");
    }
  }

  void read_time_options(yaml_reader& option) {
    auto& rule = read_.rule;
    rule.least = base::earliest_event_time.time_since_epoch().count();
    rule.most = base::latest_event_time.time_since_epoch().count() - 1;
    const auto format = option.text("format").value_or("rfc3339");
    const auto zone_name = option.text("defaultTimezone");
    const auto* const where = zone_name ? base::zone::find(*zone_name) : nullptr;
    if (zone_name && where == nullptr) {
      complain_of_option("defaultTimezone", "unknown-zone",
                         fmt::format("there is no time zone \"{}\"", *zone_name),
                         "a name of the IANA database, such as Europe/Berlin or Etc/UTC");
      return;
    }
    if (!format.contains('%')) {
      read_known_format(format, zone_name.has_value());
      return;
    }
    auto compiled = time_format::compile(format, where);
    if (!compiled) {
      complain_of_option("format", "bad-format", compiled.error());
      return;
    }
    rule.notation = time_notation::stated;
    rule.format = std::move(*compiled);
  }

  void read_known_format(const std::string& format, bool has_zone) {
    const std::vector<std::string> names{"rfc3339", "epoch_s", "epoch_ms"};
    const auto found = std::ranges::find(names, format);
    if (found == names.end()) {
      complain_of_option("format", "bad-format", fmt::format("there is no format \"{}\"", format),
                         "rfc3339, epoch_s, epoch_ms, or directives such as %Y-%m-%d %H:%M:%S");
      return;
    }
    if (has_zone) {
      complain_of_option("defaultTimezone", "needless-zone",
                         fmt::format("{} says of itself which moment is meant", format));
    }
    read_.rule.notation = static_cast<time_notation>(found - names.begin());
  }

  void read_words() {
    const auto* const node = member_.take("validValues");
    if (node == nullptr) {
      return;
    }
    if (read_.rule.type.kind != base::kind::string) {
      complain("validValues", "wrong-type", "only a string has validValues",
               "minimum and maximum in logicalTypeOptions");
      return;
    }
    if (node->shape != yaml_node::shape::sequence || node->elements.empty() ||
        node->elements.size() > words_max) {
      complain("validValues", "wrong-type", "validValues is a list of 1 to 256 texts");
      return;
    }
    for (const auto& element : node->elements) {
      auto& words = read_.rule.words;
      if (element.shape != yaml_node::shape::scalar) {
        member_.complain(element, "wrong-type", "a valid value is a text");
      } else if (std::ranges::find(words, element.text) != words.end()) {
        member_.complain(element, "duplicate-value",
                         fmt::format("\"{}\" stands twice", element.text));
      } else {
        words.push_back(element.text);
      }
    }
  }

  void read_marks() {
    read_.field.unit = member_.text("unit").value_or("");
    if (const auto word = member_.text("classification")) {
      read_.rule.pii = *word == "pii";
      if (!read_.rule.pii) {
        complain("classification", "wrong-value",
                 fmt::format("classification \"{}\" would change nothing", *word), "pii");
      }
    }
  }

  void finish_field() {
    const auto& rule = read_.rule;
    read_.field.name = rule.name;
    read_.field.type = rule.type;
    read_.field.required = rule.required;
    read_.field.pii = rule.pii;
    if (read_.event_time && (rule.type.kind != base::kind::timestamp || !rule.required)) {
      complain("eventTime", "bad-event-time", "the event time is a required timestamp");
    }
    const bool in_key = read_.unique || read_.partitioned;
    if (in_key && !rule.required) {
      complain("name", "key-not-required",
               fmt::format("\"{}\" is part of a key and must be there in every record", rule.name),
               "required: true");
    }
    if (in_key && rule.type.kind == base::kind::number) {
      complain("name", "number-key",
               fmt::format("\"{}\" is a number: doubles make no key", rule.name),
               "a string, an integer or a decimal");
    }
  }

  const base::yaml_document& document_;
  base::diagnostics& complaints_;
  level where_;
  yaml_reader member_;
  property read_;
};

}  // namespace

property read_property(const base::yaml_document& document, const yaml_node& node, level where,
                       base::diagnostics& complaints) {
  return property_reader{document, node, where, complaints}.read();
}

}  // namespace aisle::record
