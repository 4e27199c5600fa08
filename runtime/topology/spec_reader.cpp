// SPDX-License-Identifier: Apache-2.0
#include "runtime/topology/spec_reader.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace aisle::topology {
namespace {

using shape = enum base::yaml_node::shape;

constexpr std::size_t name_length_max = 64;
/// Members of a section: stages and sources are numbered in 16 bits, and nobody reads more.
constexpr std::size_t members_max = 1000;
/// Words of a list: streams and tables of a stage are numbered in 8 bits.
constexpr std::size_t words_max = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view text, std::string_view also) {
  const auto fits = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || also.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= name_length_max && is_letter(text.front()) &&
         std::ranges::all_of(text, fits);
}

bool check(const base::yaml_node& key, std::string_view what, std::string_view also,
           std::string_view expected, complaints& about) {
  if (is_name(key.text, also)) {
    return true;
  }
  about.add(key, "bad-name", fmt::format("\"{}\" cannot be the name of a {}", key.text, what),
            std::string{expected});
  return false;
}

void read_version(base::yaml_reader& top, complaints& about) {
  const auto* const node = top.take("aisle", true);
  if (node != nullptr && node->text != "1") {
    about.add(
        *node, "unknown-version",
        fmt::format("\"{}\" is no version of this language that this program knows", node->text),
        "aisle: 1");
  }
}

void read_max_drift(base::yaml_reader& top, complaints& about, spec& into) {
  into.max_drift = top.duration("max_drift");
  if (into.max_drift) {
    expect_some(*into.max_drift, *into.document->root.find("max_drift"), about);
  }
}

void read_order(base::yaml_reader& top, complaints& about, spec& into) {
  const auto word = take_word(top, "order", about);
  if (!word || word->text == "event_time") {
    return;
  }
  if (word->text == "arrival") {
    into.order = order::arrival;
    return;
  }
  const std::string known[] = {"event_time", "arrival"};
  about.unknown(*word->node, "unknown-word", fmt::format("\"{}\" is no order", word->text), known);
}

}  // namespace

bool expect_mapping(const base::yaml_node& section, std::string_view what, complaints& about) {
  if (section.shape != shape::mapping) {
    about.add(section, "wrong-type", fmt::format("{} is no mapping", what), "members `name: …`");
    return false;
  }
  if (section.members.size() > members_max) {
    about.add(section, "too-many", fmt::format("{} has {} members", what, section.members.size()),
              fmt::format("at most {}", members_max));
    return false;
  }
  return true;
}

bool check_name(const base::yaml_node& key, std::string_view what, complaints& about) {
  return check(key, what, "_-", "a letter, then letters, digits, _ and -, 64 at most", about);
}

bool check_identifier(const base::yaml_node& key, std::string_view what, complaints& about) {
  return check(key, what, "_", "a letter, then letters, digits and _, 64 at most", about);
}

std::optional<word> word_of(const base::yaml_node& node, std::string_view what, complaints& about) {
  if (node.shape == shape::scalar) {
    return word{node.text, &node};
  }
  const auto* const message =
      node.shape == shape::null ? "{} has no value" : "{} is no single text";
  about.add(node, "wrong-type", fmt::format(fmt::runtime(message), what), "a text");
  return std::nullopt;
}

std::vector<word> words_of(const base::yaml_node& node, std::string_view what, complaints& about) {
  std::vector<word> words;
  if (node.elements.size() > words_max) {
    about.add(node, "too-many", fmt::format("{} has {} elements", what, node.elements.size()),
              fmt::format("at most {}", words_max));
  } else if (node.shape == shape::sequence) {
    for (const auto& element : node.elements) {
      if (auto word = word_of(element, fmt::format("an element of {}", what), about)) {
        words.push_back(std::move(*word));
      }
    }
  } else if (auto word = word_of(node, what, about)) {
    words.push_back(std::move(*word));
  }
  return words;
}

std::vector<word> some_words_of(const base::yaml_node& node, std::string_view what,
                                complaints& about) {
  if (node.shape == shape::sequence && node.elements.empty()) {
    about.add(node, "empty-list", fmt::format("{} is empty", what), "at least one");
  }
  return words_of(node, what, about);
}

std::optional<word> take_word(base::yaml_reader& from, std::string_view key, complaints& about,
                              bool required) {
  const auto* const node = from.take(key, required);
  return node == nullptr ? std::nullopt : word_of(*node, fmt::format("\"{}\"", key), about);
}

std::vector<entry> entries_of(const base::yaml_node& node, std::string_view what,
                              complaints& about) {
  std::vector<entry> entries;
  if (!expect_mapping(node, what, about)) {
    return entries;
  }
  for (const auto& [key, value] : node.members) {
    if (auto text = word_of(value, fmt::format("\"{}\"", key.text), about)) {
      entries.push_back({.name = {key.text, &key}, .value = std::move(*text)});
    }
  }
  return entries;
}

void expect_some(base::duration span, const base::yaml_node& at, complaints& about) {
  if (span <= base::duration{0}) {
    about.add(at, "out-of-range", fmt::format("{} is no time at all", at.text),
              "a span above zero, such as 1m");
  }
}

spec read_spec(std::shared_ptr<const base::yaml_document> document, topology::origins origins,
               base::diagnostics& complaints) {
  spec made;
  made.document = std::move(document);
  made.origins = std::move(origins);
  topology::complaints about{*made.document, complaints};
  base::yaml_reader top{*made.document, made.document->root, "the topology", complaints};

  read_version(top, about);
  if (const auto name = take_word(top, "topology", about, true);
      name && check_name(*name->node, "topology", about)) {
    made.name = name->text;
  }
  static_cast<void>(top.take("vars"));
  read_order(top, about, made);
  read_max_drift(top, about, made);
  const auto section = [&](std::string_view key, bool required, auto read) {
    if (const auto* const node = top.take(key, required)) {
      read(*node, about, made);
    }
  };
  section("sources", true, read_sources);
  section("tables", false, read_tables);
  section("actors", true, read_stages);
  section("sinks", true, read_sinks);
  top.finish();
  return made;
}

}  // namespace aisle::topology
