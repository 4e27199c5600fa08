// SPDX-License-Identifier: Apache-2.0
#include <iterator>

#include <fmt/format.h>

#include "runtime/base/json.hpp"
#include "runtime/topology/explain.hpp"

namespace aisle::topology {
namespace {

/// A text in the quotes of DOT, which are those of JSON for what can stand here.
std::string dot_text(std::string_view text) {
  std::string json;
  base::append_json_string(json, text);
  return json;
}

std::string node_of(std::string_view kind, std::string_view name) {
  return dot_text(fmt::format("{} {}", kind, name));
}

}  // namespace

std::string to_dot(const plan& of) {
  auto text = fmt::format("digraph {} {{\n  rankdir=LR;\n  node [shape=box];\n", dot_text(of.name));
  auto to = std::back_inserter(text);
  for (const auto& source : of.sources) {
    fmt::format_to(to, "  {} [label={}, shape=cds];\n", node_of("source", source.name),
                   dot_text(source.name));
  }
  for (const auto& stage : of.stages) {
    fmt::format_to(to, "  {} [label={}, style=rounded];\n", node_of("stage", stage.name),
                   dot_text(fmt::format("{}\n{}", stage.name, key_text(stage))));
    for (const auto& stream : stage.streams) {
      fmt::format_to(to, "  {} -> {} [label={}];\n",
                     node_of("source", of.sources[stream.source.get()].name),
                     node_of("stage", stage.name), dot_text(stream.name));
    }
  }
  for (const auto& sink : of.sinks) {
    fmt::format_to(to, "  {} [label={}, shape=folder];\n", node_of("sink", sink.name),
                   dot_text(sink.name));
    for (const auto& input : sink.from) {
      fmt::format_to(to, "  {} -> {} [label={}];\n", node_of("stage", of.stages[input.stage].name),
                     node_of("sink", sink.name), dot_text(to_text(input.port)));
    }
    if (sink.dead_letters) {
      for (const auto& source : of.sources) {
        fmt::format_to(to, "  {} -> {} [style=dashed, label=\"dead letters\"];\n",
                       node_of("source", source.name), node_of("sink", sink.name));
      }
    }
  }
  return text + "}\n";
}

}  // namespace aisle::topology
