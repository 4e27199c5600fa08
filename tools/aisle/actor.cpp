// SPDX-License-Identifier: Apache-2.0
#include <expected>
#include <string>

#include <fmt/format.h>

#include "runtime/node/query_server.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/find_node.hpp"
#include "tools/aisle/kept_actors.hpp"

namespace aisle::tool {
namespace {

int refuse(const std::string& what) {
  fmt::print(stderr, "aisle: {}\n", what);
  return nothing_done;
}

std::expected<node::question, std::string> question_of(const actor_options& options) {
  node::question asked{.stage = options.stage,
                       .key = options.key,
                       .limit = options.limit,
                       .quarantined_only = options.quarantined};
  if (options.what == "ls") {
    return options.key.empty() ? std::expected<node::question, std::string>{asked}
                               : std::unexpected{"ls takes a stage only"};
  }
  if (options.what != "get" && options.what != "release") {
    return std::unexpected{fmt::format("actor takes ls, get or release, not \"{}\"", options.what)};
  }
  asked.request = options.what == "get" ? node::request::get : node::request::release;
  if (options.stage.empty()) {
    return std::unexpected{
        fmt::format("actor {0} needs a stage and a key: aisle actor {0} STAGE KEY", options.what)};
  }
  return asked;
}

}  // namespace

int actor_command(const actor_options& options) {
  const auto asked = question_of(options);
  if (!asked) {
    return refuse(asked.error());
  }
  if (!options.state.empty()) {
    return kept_actor_command(options);
  }
  if (!options.topology.empty() || !options.set.empty() || !options.log.empty()) {
    return refuse("a running node knows its topology; --topology goes with --state");
  }
  const auto node = find_node(options.node);
  if (!node) {
    return refuse(node.error());
  }
  const auto said = node::ask_node(*node, *asked);
  if (!said) {
    return refuse(said.error());
  }
  for (const auto& line : *said) {
    fmt::print("{}\n", line);
  }
  if (!said->empty() || options.what == "ls") {
    return done;
  }
  fmt::print(stderr, "aisle: {}\n",
             options.what == "get" ? "there is no such actor"
                                   : "there is no such actor, or it is not quarantined");
  return problems_found;
}

}  // namespace aisle::tool
