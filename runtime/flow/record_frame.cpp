// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/record_frame.hpp"

#include <algorithm>

#include "runtime/base/check.hpp"

namespace aisle::flow {
namespace {

constexpr std::string_view no_key = "\\N";

bool is_special(char c) { return c == '\\' || c == '\t' || c == '\n'; }

// Three quick looks for one character each: most texts have none of them. find_first_of would ask
// for each character of the text which of the three it is, and took a twentieth of a run's time.
bool has_specials(std::string_view text) {
  constexpr auto none = std::string_view::npos;
  return text.find('\\') != none || text.find('\t') != none || text.find('\n') != none;
}

void append_escaped(std::string& to, std::string_view text) {
  if (!has_specials(text)) {
    to += text;
    return;
  }
  for (auto rest = text.begin(); rest != text.end();) {
    const auto next = std::find_if(rest, text.end(), is_special);
    to.append(rest, next);
    if (next == text.end()) {
      return;
    }
    to += '\\';
    to += *next == '\t' ? 't' : *next == '\n' ? 'n' : '\\';
    rest = next + 1;
  }
}

/// A header's name ends at its first =.
void append_name(std::string& to, std::string_view name) {
  for (auto sign = name.find('='); sign != std::string_view::npos; sign = name.find('=')) {
    append_escaped(to, name.substr(0, sign));
    to += "\\e";
    name.remove_prefix(sign + 1);
  }
  append_escaped(to, name);
}

/// Nothing for what stands behind no backslash.
std::optional<char> escaped_by(char what) {
  switch (what) {
    case 't':
      return '\t';
    case 'n':
      return '\n';
    case 'e':
      return '=';
    case '\\':
      return what;
    default:
      return std::nullopt;
  }
}

/// False when a backslash stands before nothing that it may.
bool unescape(std::string_view text, std::string& into) {
  into.clear();
  for (auto next = text.find('\\'); next != std::string_view::npos; next = text.find('\\')) {
    into += text.substr(0, next);
    const auto what = escaped_by(next + 1 < text.size() ? text[next + 1] : '\0');
    if (!what) {
      return false;
    }
    into += *what;
    text.remove_prefix(next + 2);
  }
  into += text;
  return true;
}

/// The text up to a TAB or the end, which is taken off with the TAB.
std::string_view take_field(std::string_view& line, bool& more) {
  const auto end = line.find('\t');
  const auto field = line.substr(0, end);
  more = end != std::string_view::npos;
  line.remove_prefix(more ? end + 1 : line.size());
  return field;
}

bool read_key(std::string_view field, std::optional<std::string>& into) {
  if (field == no_key) {
    into.reset();
    return true;
  }
  return unescape(field, into ? *into : into.emplace());
}

bool read_header(std::string_view field, framed_record::header& into) {
  const auto sign = field.find('=');
  return sign != std::string_view::npos && sign > 0 && unescape(field.substr(0, sign), into.name) &&
         unescape(field.substr(sign + 1), into.value);
}

}  // namespace

void append_frame(std::string& to, std::optional<std::string_view> key, std::string_view value) {
  key ? append_escaped(to, *key) : void(to += no_key);
  to += '\t';
  append_escaped(to, value);
}

void append_header(std::string& to, const record_header& header) {
  base::check(!header.name.empty(), "a header has a name");
  to += '\t';
  append_name(to, header.name);
  to += '=';
  append_escaped(to, header.value);
}

bool take_frame(std::string_view& lines, framed_record& into) {
  const auto end = lines.find('\n');
  if (end == std::string_view::npos) {
    return false;
  }
  auto line = lines.substr(0, end);
  lines.remove_prefix(end + 1);
  bool more = false;
  if (!read_key(take_field(line, more), into.key) || !more ||
      !unescape(take_field(line, more), into.value)) {
    return false;
  }
  std::size_t count = 0;
  while (more) {
    if (count == into.headers.size()) {
      into.headers.emplace_back();
    }
    if (!read_header(take_field(line, more), into.headers[count++])) {
      return false;
    }
  }
  into.headers.resize(count);
  return true;
}

}  // namespace aisle::flow
