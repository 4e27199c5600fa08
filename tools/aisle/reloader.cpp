// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/reloader.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/topology/transition.hpp"

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
  constexpr std::uint32_t same_shards = 1;
  const auto to = topology::compare(topology::manifest_of(now_.plan, same_shards),
                                    topology::manifest_of(read->plan, same_shards));
  if (const auto why = topology::obstacle(to, options_.drop)) {
    return {.accepted = false, .lines = {*why, "the topology as it was goes on"}};
  }
  node::reload_decision accepted{.accepted = true, .lines = {}};
  for (const auto& one : to.verdicts) {
    if (one.fate != topology::fate::kept) {
      accepted.lines.push_back(
          fmt::format("{}: {}", topology::name_of(one), topology::to_text(one.fate)));
    }
  }
  next_ = std::move(*read);
  accepted.lines.push_back(
      fmt::format("{} is good; it takes over at the next epoch", next_->file.string()));
  return accepted;
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
