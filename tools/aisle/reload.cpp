// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "runtime/node/query_server.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/find_node.hpp"

namespace aisle::tool {

int reload_command(const reload_options& options) {
  const auto node = find_node(options.node);
  if (!node) {
    fmt::print(stderr, "aisle: {}\n", node.error());
    return nothing_done;
  }
  node::question asked;
  asked.request = node::request::reload;
  const auto said = node::ask_node(*node, asked);
  if (!said) {
    fmt::print(stderr, "aisle: not reloaded: {}\n", said.error());
    return problems_found;
  }
  for (const auto& line : *said) {
    fmt::print("{}\n", line);
  }
  return done;
}

}  // namespace aisle::tool
