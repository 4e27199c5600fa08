// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/reloader.hpp"

#include <utility>

#include <fmt/format.h>

namespace aisle::tool {

node::reload_decision reloader::decide() {
  if (options_.state.empty()) {
    return {.accepted = false,
            .lines = {"this run keeps no state that a new topology could go on from; start it with "
                      "--state DIR"}};
  }
  auto read = open_topology(options_, topology::inputs::must_exist);
  if (!read) {
    node::reload_decision refused;
    for (const auto& problem : read.error().problems) {
      refused.lines.push_back(
          fmt::format("{}:{}:{}: {}", problem.path, problem.line, problem.column, problem.message));
    }
    refused.lines.push_back("the topology as it was goes on");
    return refused;
  }
  next_ = std::move(*read);
  return {
      .accepted = true,
      .lines = {fmt::format("{} is good; it takes over at the next epoch", next_->file.string())}};
}

void reloader::go_on() { before_ = std::exchange(now_, *std::exchange(next_, std::nullopt)); }

bool reloader::go_back() {
  if (!before_) {
    return false;
  }
  now_ = *std::exchange(before_, std::nullopt);
  return true;
}

}  // namespace aisle::tool
