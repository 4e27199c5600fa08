// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "runtime/base/yaml.hpp"

namespace aisle::base {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::uint32_t count_characters(std::string_view text) {
  return static_cast<std::uint32_t>(std::ranges::count_if(text, begins_character));
}

/// Line `number`, counted from 1, without its line end.
std::string_view line_of(std::string_view text, std::uint32_t number) {
  for (; number > 1; --number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    text.remove_prefix(end + 1);
  }
  auto line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

/// What is left of a line from a column on, which counts characters from 1.
std::string_view from_column(std::string_view line, std::uint32_t column) {
  std::size_t at = 0;
  for (std::uint32_t left = column; at < line.size(); ++at) {
    if (begins_character(line[at]) && --left == 0) {
      break;
    }
  }
  return line.substr(at);
}

/// The length of a quoted scalar that begins here, with its quotes; all of `rest` when it goes on
/// elsewhere.
std::size_t quoted_length(std::string_view rest) {
  const char quote = rest.front();
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (quote == '"' && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == quote) {
      return i + 1;
    }
  }
  return rest.size();
}

/// How many characters of its line a node stands on, as far as a caret should go.
std::uint32_t width_of(const yaml_node& node, std::string_view rest) {
  if (rest.empty()) {
    return 1;
  }
  if (node.shape == yaml_node::shape::scalar && (rest.front() == '"' || rest.front() == '\'')) {
    return count_characters(rest.substr(0, quoted_length(rest)));
  }
  if (node.shape == yaml_node::shape::scalar && rest.starts_with(node.text)) {
    return std::max(1U, count_characters(node.text));
  }
  if (node.shape == yaml_node::shape::null || node.shape == yaml_node::shape::scalar) {
    return std::max(1U, count_characters(rest.substr(0, rest.find_first_of(" \t,:]}#"))));
  }
  return 1;
}

}  // namespace

const yaml_node* yaml_node::find(std::string_view key) const {
  const auto found = std::ranges::find_if(
      members, [&](const yaml_member& member) { return member.key.text == key; });
  return found == members.end() ? nullptr : &found->value;
}

diagnostic yaml_document::at(const yaml_node& node, std::string code, std::string message) const {
  const auto line = line_of(text, node.line);
  diagnostic d;
  d.path = path;
  d.line = node.line;
  d.column = node.column;
  d.width = width_of(node, from_column(line, node.column));
  d.code = std::move(code);
  d.message = std::move(message);
  d.source_line = std::string{line};
  return d;
}

diagnostic yaml_document::at(const yaml_node& node, std::size_t begin, std::size_t end,
                             std::string code, std::string message) const {
  auto d = at(node, std::move(code), std::move(message));
  auto rest = from_column(d.source_line, node.column);
  std::uint32_t opening = 0;
  if (node.quoted && !rest.empty()) {
    rest.remove_prefix(1);
    opening = 1;
  }
  if (rest.starts_with(node.text) && begin <= end && end <= node.text.size()) {
    const std::string_view written = node.text;
    d.column = node.column + opening + count_characters(written.substr(0, begin));
    d.width = std::max(1U, count_characters(written.substr(begin, end - begin)));
  }
  return d;
}

}  // namespace aisle::base
