// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "runtime/checkpoint/coordinator.hpp"
#include "runtime/node/protocol.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// The counts of one complete epoch, by reader and by shard.
struct epoch_counts {
  std::vector<flow::source_counts> readers;
  std::vector<entity::stage_counts> shards;
};

/// Everybody the coordinator speaks to.
struct coordinator_neighbours {
  std::vector<caf::actor> readers;
  std::vector<caf::actor> lanes;
  std::size_t shards = 0;
  caf::actor supervisor;
};

/// Supervisor → coordinator, once, before anything else.
struct meet_coordinator {
  std::shared_ptr<coordinator_neighbours> neighbours;
};

struct coordinator_actor_state {
  static inline const char* name = "coordinator";
  std::optional<checkpoint::coordinator> epochs;
  coordinator_neighbours to;
  epoch_counts counts;
  std::chrono::milliseconds interval{0};
  /// Called with the counts of every complete epoch; answers what went wrong, if anything did.
  std::function<std::optional<std::string>(const epoch_counts&)> keep;
  view::run_status* totals = nullptr;
};

/// Hosts the epoch coordinator: receives, steps, carries out.
caf::behavior coordinator_actor(caf::stateful_actor<coordinator_actor_state>* self,
                                std::chrono::milliseconds interval,
                                std::function<std::optional<std::string>(const epoch_counts&)> keep,
                                view::run_status* status);

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_coordinator)
