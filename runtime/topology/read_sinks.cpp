// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "runtime/topology/spec_reader.hpp"

namespace aisle::topology {
namespace {

using base::yaml_node;
using base::yaml_reader;

constexpr std::int64_t lanes_max = 64;

void refuse_what_comes_later(yaml_reader& reader) {
  reader.refuse("webhook",
                "webhook sinks come with a later version; leave the sink out, or write files");
  reader.refuse("where", "\"where\" on sinks comes with a later version; leave it out");
}

void read_place(yaml_reader& reader, const yaml_node& node, const word& name, complaints& about,
                sink_spec& into) {
  into.files = take_word(reader, "files", about);
  into.topic = take_word(reader, "topic", about);
  if (into.files && into.topic) {
    about.add(*into.topic->node, "two-places",
              fmt::format("sink \"{}\" has files and a topic", name.text), "one of them");
  } else if (node.find("files") == nullptr && node.find("topic") == nullptr &&
             node.find("webhook") == nullptr) {
    about.add(*name.node, "missing-key",
              fmt::format("sink \"{}\" has neither files nor a topic", name.text),
              "files: FOLDER, or topic: NAME");
  }
}

bool is_immediate(yaml_reader& reader, complaints& about) {
  const auto word = take_word(reader, "delivery", about);
  if (!word || word->text == "exactly_once") {
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
  read_place(reader, node, made.name, about, made);
  if (const auto lanes = reader.integer("lanes", 1, lanes_max)) {
    made.lanes = static_cast<std::uint32_t>(*lanes);
  }
  made.immediate = is_immediate(reader, about);
  refuse_what_comes_later(reader);
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
