// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/yaml_syntax.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/core.h>

namespace aisle::base {
namespace {

struct explanation {
  std::string_view theirs;
  std::string_view ours;
  std::string_view expected;
};

/// yaml-cpp's words for broken syntax, and what they mean to who wrote the file.
constexpr explanation explanations[] = {
    {"end of map flow not found", "YAML does not go on like this inside { }",
     "a comma between members, and a closing }"},
    {"end of sequence flow not found", "YAML does not go on like this inside [ ]",
     "a comma between elements, and a closing ]"},
    {"end of map not found", "this line is indented unlike the members above it",
     "the same indentation for all members"},
    {"end of sequence not found", "this line is indented unlike the elements above it",
     "the same indentation for all elements"},
    {"illegal map value", "YAML expects no \":\" here",
     "quotes around a text that holds \": \", or the member on a line of its own, indented like "
     "its neighbours"},
    {"illegal flow end", "this bracket closes nothing",
     "an opening one before it, or quotes around it"},
    {"unknown token", "a text cannot begin with this character", "quotes around the text"},
    {"the referenced anchor is not defined", "aliases (*name) are not part of this language",
     "the value itself, or quotes around it"},
};

/// The tab among the blanks in front of the line that `offset` lies in, if there is one.
std::optional<std::size_t> indenting_tab(std::string_view text, std::size_t offset) {
  const auto end_of_last = text.substr(0, offset).rfind('\n');
  const auto start = end_of_last == std::string_view::npos ? 0 : end_of_last + 1;
  const auto first = text.find_first_not_of(' ', start);
  return first < offset && text[first] == '\t' ? std::optional{first} : std::nullopt;
}

}  // namespace

syntax_trouble explain_syntax(std::string_view text, std::size_t offset, std::string_view words,
                              std::uint32_t opened) {
  if (offset > 0 && text.substr(offset - 1).starts_with("${")) {
    return {offset - 1, "dollar-in-braces",
            "YAML takes the { of ${…} for structure, because it stands inside { } or [ ]",
            "quotes around the text with ${…}, or a line of its own"};
  }
  if (const auto tab = indenting_tab(text, offset)) {
    return {*tab, "tab", "a tab indents this line", "blanks; YAML does not count tabs"};
  }
  const auto* const known = std::ranges::find(explanations, words, &explanation::theirs);
  if (known == std::end(explanations)) {
    return {offset, "syntax", fmt::format("this is no YAML: {}", words)};
  }
  const bool in_brackets = opened > 0 && words.find("flow not found") != std::string_view::npos;
  return {offset, "syntax", std::string{known->ours},
          in_brackets ? fmt::format("{} for that of line {}", known->expected, opened)
                      : std::string{known->expected}};
}

}  // namespace aisle::base
