// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

#include "runtime/base/time.hpp"
#include "runtime/base/yaml.hpp"

namespace aisle::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads all of the text with from_chars, which knows neither blanks nor a plus sign.
template <class Number>
std::optional<Number> all_of(std::string_view text) {
  Number number{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (wrong != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

std::string joined(std::span<const std::string> words) {
  std::string text;
  for (const auto& word : words) {
    text += text.empty() ? word : ", " + word;
  }
  return text;
}

}  // namespace

std::optional<std::int64_t> strict_integer(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits.front() == '0') {
    return std::nullopt;
  }
  return all_of<std::int64_t>(text);
}

std::optional<double> strict_number(std::string_view text) {
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || !is_digit(digits.front()) ||
      (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1]))) {
    return std::nullopt;
  }
  const auto number = all_of<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

yaml_reader::yaml_reader(const yaml_document& document, const yaml_node& node, std::string where,
                         diagnostics& complaints)
    : document_{document}, node_{node}, where_{std::move(where)}, complaints_{complaints} {
  if (node.shape != yaml_node::shape::mapping) {
    complain(node, "wrong-type", fmt::format("{} is no mapping", where_), "members `name: value`");
  }
}

void yaml_reader::complain(const yaml_node& node, std::string code, std::string message,
                           std::string expected, std::string suggestion) {
  if (complaints_.size() >= yaml_complaints_max) {
    return;
  }
  auto d = document_.at(node, std::move(code), std::move(message));
  d.expected = std::move(expected);
  d.suggestion = std::move(suggestion);
  complaints_.push_back(std::move(d));
}

const yaml_node* yaml_reader::take(std::string_view key, bool required) {
  asked_.emplace_back(key);
  const auto* const found = node_.find(key);
  if (found == nullptr && required && node_.shape == yaml_node::shape::mapping) {
    complain(node_, "missing-key", fmt::format("{} has no \"{}\"", where_, key));
  }
  return found;
}

const yaml_node* yaml_reader::take_scalar(std::string_view key, std::string_view expected,
                                          bool required) {
  const auto* const node = take(key, required);
  if (node == nullptr || node->shape == yaml_node::shape::scalar) {
    return node;
  }
  complain(*node, "wrong-type",
           node->shape == yaml_node::shape::null
               ? fmt::format("\"{}\" of {} has no value", key, where_)
               : fmt::format("\"{}\" of {} is no single value", key, where_),
           std::string{expected});
  return nullptr;
}

std::optional<std::string> yaml_reader::text(std::string_view key, bool required) {
  const auto* const node = take_scalar(key, "a text", required);
  return node == nullptr ? std::nullopt : std::optional{node->text};
}

std::optional<std::int64_t> yaml_reader::integer(std::string_view key, std::int64_t least,
                                                 std::int64_t most) {
  const auto range = fmt::format("a whole number from {} to {}", least, most);
  const auto* const node = take_scalar(key, range, false);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto number = node->quoted ? std::nullopt : strict_integer(node->text);
  if (!number) {
    complain(*node, "wrong-type", fmt::format("\"{}\" is no whole number", node->text), range);
  } else if (*number < least || *number > most) {
    complain(*node, "out-of-range", fmt::format("{} is out of range", node->text), range);
    return std::nullopt;
  }
  return number;
}

std::optional<double> yaml_reader::number(std::string_view key, double least, double most) {
  const auto range = fmt::format("a number from {} to {}", least, most);
  const auto* const node = take_scalar(key, range, false);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto number = node->quoted ? std::nullopt : strict_number(node->text);
  if (!number) {
    complain(*node, "wrong-type", fmt::format("\"{}\" is no number", node->text), range);
  } else if (*number < least || *number > most) {
    complain(*node, "out-of-range", fmt::format("{} is out of range", node->text), range);
    return std::nullopt;
  }
  return number;
}

std::optional<bool> yaml_reader::boolean(std::string_view key) {
  const auto* const node = take_scalar(key, "true or false", false);
  if (node == nullptr) {
    return std::nullopt;
  }
  if (node->quoted || (node->text != "true" && node->text != "false")) {
    complain(*node, "wrong-type", fmt::format("\"{}\" is neither true nor false", node->text),
             "true or false");
    return std::nullopt;
  }
  return node->text == "true";
}

std::optional<std::chrono::milliseconds> yaml_reader::duration(std::string_view key) {
  constexpr std::string_view spans = "a span such as 250ms, 30s, 5m, 1h30m or 28d";
  const auto* const node = take_scalar(key, spans, false);
  if (node == nullptr) {
    return std::nullopt;
  }
  const auto span = parse_duration(node->text);
  if (!span) {
    complain(*node, "wrong-type", fmt::format("\"{}\" is no span of time", node->text),
             std::string{spans});
  }
  return span;
}

void yaml_reader::refuse(std::string_view key, std::string reason) {
  const auto found =
      std::ranges::find_if(node_.members, [&](const auto& m) { return m.key.text == key; });
  if (found != node_.members.end()) {
    complain(found->key, "refused", std::move(reason));
    refused_.emplace_back(key);
  }
}

void yaml_reader::finish() {
  const auto holds = [](const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
  };
  for (const auto& [key, value] : node_.members) {
    if (!holds(asked_, key.text) && !holds(refused_, key.text)) {
      complain(key, "unknown-key", fmt::format("{} has no key \"{}\"", where_, key.text),
               asked_.empty() ? "" : "one of: " + joined(asked_), nearest(key.text, asked_));
    }
  }
}

}  // namespace aisle::base
