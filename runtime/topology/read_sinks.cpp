// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <fmt/core.h>

#include "runtime/topology/spec_reader.hpp"

namespace aisle::topology {
namespace {

using base::yaml_node;
using base::yaml_reader;

constexpr std::int64_t lanes_max = 64;
constexpr std::int64_t webhook_attempts_max = 1000;

/// A span within bounds; complains of another one.
std::optional<base::duration> take_span(yaml_reader& reader, const yaml_node& node,
                                        std::string_view key, base::duration least,
                                        base::duration most, complaints& about) {
  const auto span = reader.duration(key);
  if (!span || (*span >= least && *span <= most)) {
    return span;
  }
  about.add(*node.find(key), "out-of-range", fmt::format("\"{}\" is {}", key, base::to_text(*span)),
            fmt::format("{} to {}", base::to_text(least), base::to_text(most)));
  return std::nullopt;
}

std::optional<webhook_spec> read_webhook_block(const yaml_node& node, const word& name,
                                               complaints& about) {
  using namespace std::chrono_literals;
  yaml_reader reader{about.document(), node, fmt::format("the webhook of sink \"{}\"", name.text),
                     about.list()};
  webhook_spec made;
  const auto url = take_word(reader, "url", about, true);
  made.secret_env = take_word(reader, "secret_env", about);
  made.secret_file = take_word(reader, "secret_file", about);
  made.timeout = take_span(reader, node, "timeout", 100ms, 1min, about);
  made.give_up_after = take_span(reader, node, "give_up_after", 1s, 7 * 24h, about);
  if (const auto attempts = reader.integer("attempts", 1, webhook_attempts_max)) {
    made.attempts = static_cast<std::uint32_t>(*attempts);
  }
  reader.refuse("secret",
                "a secret does not stand in a topology; say where it is: secret_env: NAME, or "
                "secret_file: PATH");
  reader.finish();
  if (!url) {
    return std::nullopt;
  }
  made.url = *url;
  return made;
}

std::optional<webhook_spec> read_webhook(const yaml_node& node, const word& name,
                                         complaints& about) {
  if (node.shape == yaml_node::shape::mapping) {
    return read_webhook_block(node, name, about);
  }
  auto url = word_of(node, "\"webhook\"", about);
  if (!url) {
    return std::nullopt;
  }
  webhook_spec made;
  made.url = *std::move(url);
  return made;
}

void read_place(yaml_reader& reader, const yaml_node& node, complaints& about, sink_spec& into) {
  into.files = take_word(reader, "files", about);
  into.topic = take_word(reader, "topic", about);
  if (const auto* const webhook = reader.take("webhook")) {
    into.webhook = read_webhook(*webhook, into.name, about);
  }
  const yaml_node* first = nullptr;
  for (const auto* const key : {"files", "topic", "webhook"}) {
    const auto* const place = node.find(key);
    if (place != nullptr && first != nullptr) {
      about.add(*place, "two-places",
                fmt::format("sink \"{}\" writes to two places", into.name.text),
                "one of files, topic and webhook");
      return;
    }
    first = first == nullptr ? place : first;
  }
  if (first == nullptr) {
    about.add(*into.name.node, "missing-key",
              fmt::format("sink \"{}\" has no place to write to", into.name.text),
              "files: FOLDER, or topic: NAME, or webhook: URL");
  }
}

bool is_immediate(yaml_reader& reader, complaints& about, sink_spec& into) {
  const auto word = take_word(reader, "delivery", about);
  if (!word) {
    return false;
  }
  if (word->text == "exactly_once") {
    into.exactly_once_node = word->node;
    return false;
  }
  if (word->text != "immediate") {
    const std::string known[] = {"exactly_once", "immediate"};
    about.unknown(*word->node, "unknown-word", fmt::format("\"{}\" is no delivery", word->text),
                  known);
  }
  return true;
}

void read_sink(const yaml_node& key, const yaml_node& node, complaints& about, spec& into) {
  sink_spec made;
  made.name = {key.text, &key};
  yaml_reader reader{about.document(), node, fmt::format("sink \"{}\"", key.text), about.list()};
  if (node.shape != yaml_node::shape::mapping) {
    return;
  }
  if (const auto* const from = reader.take("from", true)) {
    made.from = some_words_of(*from, "\"from\"", about);
  }
  read_place(reader, node, about, made);
  if (const auto lanes = reader.integer("lanes", 1, lanes_max)) {
    made.lanes = static_cast<std::uint32_t>(*lanes);
    made.lanes_node = node.find("lanes");
  }
  made.immediate = is_immediate(reader, about, made);
  made.where = take_word(reader, "where", about);
  reader.finish();
  into.sinks.push_back(std::move(made));
}

}  // namespace

void read_sinks(const yaml_node& section, complaints& about, spec& into) {
  if (!expect_mapping(section, "sinks", about)) {
    return;
  }
  for (const auto& [key, value] : section.members) {
    if (check_name(key, "sink", about)) {
      read_sink(key, value, about, into);
    }
  }
}

}  // namespace aisle::topology
