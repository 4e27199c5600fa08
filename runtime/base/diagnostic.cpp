// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/diagnostic.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include <fmt/core.h>

#include "runtime/base/json.hpp"

namespace aisle::base {
namespace {

/// How much of a source line is shown, in characters.
constexpr std::size_t shown_max = 120;
/// How much of it stands before the caret when the line is longer than that.
constexpr std::size_t shown_before = 60;

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

/// The characters of a line, each as its bytes; a tab is one blank, what a terminal would obey a
/// `?`.
std::vector<std::string> characters(std::string_view line) {
  std::vector<std::string> all;
  for (const char c : line) {
    if (continues_character(c) && !all.empty()) {
      all.back() += c;
    } else if (c == '\t') {
      all.emplace_back(" ");
    } else {
      all.emplace_back(1, is_control(c) ? '?' : c);
    }
  }
  return all;
}

struct excerpt {
  std::string line;
  std::size_t before = 0;  // characters in front of the caret
  std::size_t width = 1;
};

excerpt excerpt_of(const diagnostic& d) {
  const auto all = characters(d.source_line);
  const std::size_t caret = d.column > 0 ? d.column - 1 : 0;
  const bool cut_front = all.size() > shown_max && caret > shown_before;
  const std::size_t first = cut_front ? std::min(caret - shown_before, all.size()) : 0;
  const std::size_t last = std::min(first + shown_max, all.size());

  excerpt shown;
  shown.line = cut_front ? "…" : "";
  for (std::size_t i = first; i < last; ++i) {
    shown.line += all[i];
  }
  shown.line += last < all.size() ? "…" : "";
  shown.before = caret - first + (cut_front ? 1 : 0);
  const auto room = last > caret ? last - caret : 1;
  shown.width = std::clamp<std::size_t>(d.width, 1, room);
  return shown;
}

struct paint {
  std::string_view bold, red, blue, green, none;
};

paint paint_of(colours use) {
  return use == colours::on ? paint{"\x1b[1m", "\x1b[1;31m", "\x1b[34m", "\x1b[32m", "\x1b[0m"}
                            : paint{};
}

std::string place(const diagnostic& d) {
  return d.line == 0 ? d.path : fmt::format("{}:{}:{}", d.path, d.line, d.column);
}

void append_excerpt(std::string& to, const diagnostic& d, const paint& with) {
  const auto shown = excerpt_of(d);
  const auto number = std::to_string(d.line);
  fmt::format_to(std::back_inserter(to), "{}{} |{} {}\n", with.blue, number, with.none, shown.line);
  fmt::format_to(std::back_inserter(to), "{}{:{}} |{} {:{}}{}{}{}\n", with.blue, "", number.size(),
                 with.none, "", shown.before, with.red, std::string(shown.width, '^'), with.none);
}

void append_member(std::string& to, std::string_view name, std::string_view text) {
  to += ',';
  append_json_string(to, name);
  to += ':';
  append_json_string(to, text);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Optimal string alignment: insert, delete, replace, swap of neighbours, one each.
std::size_t distance(std::string_view a, std::string_view b) {
  const auto same = [&](std::size_t i, std::size_t j) { return lower(a[i]) == lower(b[j]); };
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (same(i - 1, j - 1) ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1)) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

/// Longer than any word of a language people type; beyond it nothing is compared.
constexpr std::size_t word_max = 64;

}  // namespace

std::string to_text(const diagnostic& d, colours use) {
  const auto with = paint_of(use);
  auto text = fmt::format("{}{}: {}error[{}]{}: {}{}{}\n", with.bold, place(d), with.red, d.code,
                          with.none, with.bold, d.message, with.none);
  const auto indent = d.line == 0 ? std::string{} : std::string(std::to_string(d.line).size(), ' ');
  if (d.line > 0 && !d.source_line.empty()) {
    append_excerpt(text, d, with);
  }
  if (!d.expected.empty()) {
    text += fmt::format("{} {}={} expected {}\n", indent, with.blue, with.none, d.expected);
  }
  if (!d.suggestion.empty()) {
    text += fmt::format("{} {}={} did you mean {}{}{}?\n", indent, with.blue, with.none, with.green,
                        d.suggestion, with.none);
  }
  return text;
}

std::string to_json(std::span<const diagnostic> all) {
  std::string text = "[";
  for (const auto& d : all) {
    text += text.size() > 1 ? ",\n {\"path\":" : "{\"path\":";
    append_json_string(text, d.path);
    text += fmt::format(",\"line\":{},\"column\":{}", d.line, d.column);
    append_member(text, "code", d.code);
    append_member(text, "message", d.message);
    append_member(text, "expected", d.expected);
    append_member(text, "suggestion", d.suggestion);
    text += '}';
  }
  return text + "]\n";
}

void sort_by_place(diagnostics& all, std::string_view path) {
  const auto place_of = [&](const diagnostic& d) {
    return d.path == path ? std::tuple{0, d.line, d.column} : std::tuple{1, 0U, 0U};
  };
  // Few, and mostly in order: each is carried to its place behind its equals.
  for (auto next = all.begin(); next != all.end(); ++next) {
    const auto to = std::ranges::upper_bound(all.begin(), next, place_of(*next), {}, place_of);
    std::rotate(to, next, std::next(next));
  }
}

std::string nearest(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > word_max) {
    return {};
  }
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.empty() || candidate.size() > word_max) {
      continue;
    }
    const auto d = distance(word, candidate);
    // A word that shares nothing with the candidate was not meant, however short both are.
    if (d < best_distance && d < std::max(word.size(), candidate.size())) {
      best = &candidate;
      best_distance = d;
    }
  }
  return best == nullptr ? std::string{} : *best;
}

}  // namespace aisle::base
