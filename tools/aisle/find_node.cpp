// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/find_node.hpp"

#include <vector>

#include <fmt/format.h>

#include "runtime/node/query_server.hpp"

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

std::string names_of(const std::vector<fs::path>& sockets) {
  std::string names;
  for (const auto& one : sockets) {
    names += (names.empty() ? "" : ", ") + one.stem().string();
  }
  return names;
}

}  // namespace

std::expected<fs::path, std::string> find_node(const std::string& wanted) {
  if (wanted.contains('/')) {
    return fs::path{wanted};
  }
  auto nodes = node::sockets_of_nodes();
  std::erase_if(nodes, [&](const fs::path& one) {
    const auto name = one.stem().string();
    return !wanted.empty() && name != wanted && name.substr(0, name.rfind('-')) != wanted;
  });
  if (nodes.empty()) {
    return std::unexpected{wanted.empty() ? std::string{"no node runs here; aisle run starts one"}
                                          : fmt::format("no node \"{}\" runs here", wanted)};
  }
  if (nodes.size() > 1) {
    return std::unexpected{
        fmt::format("several nodes run here; name one with --node: {}", names_of(nodes))};
  }
  return nodes.front();
}

}  // namespace aisle::tool
