// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "runtime/base/clock.hpp"
#include "runtime/checkpoint/backlog.hpp"
#include "runtime/flow/drift.hpp"
#include "runtime/node/kept_state.hpp"
#include "runtime/node/protocol.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// What is recorded of a complete epoch: counts, by reader and by shard, and what came from outside
/// the streams, so that whoever goes on from it does so with the same.
struct epoch_record {
  std::vector<flow::source_counts> readers;
  std::vector<entity::stage_counts> shards;
  /// By reader: the partitions that are idle behind its barrier.
  std::vector<std::vector<base::partition_id>> idle;
  /// By table: how often it has changed since the start.
  std::vector<std::uint64_t> table_versions;
  /// How often a partition was declared idle since the start.
  std::uint64_t declared_idle = 0;
};

/// Everybody the coordinator speaks to.
struct coordinator_neighbours {
  std::vector<caf::actor> readers;
  std::vector<caf::actor> lanes;
  /// By lane.
  std::vector<std::size_t> sink_of_lane;
  std::vector<caf::actor> shards;
  caf::actor supervisor;
  /// Null where nothing is kept.
  caf::actor state_writer;
  /// As loaded at the start.
  std::vector<std::shared_ptr<const table::reference>> tables;
  std::vector<std::string> table_names;
  std::optional<base::duration> max_drift;
};

/// Supervisor → coordinator, once, before anything else.
struct meet_coordinator {
  std::shared_ptr<coordinator_neighbours> neighbours;
};

struct coordinator_actor_state {
  static inline const char* name = "coordinator";
  kept_state* kept = nullptr;
  const base::clock* clock = nullptr;
  coordinator_neighbours to;
  epoch_record record;
  std::optional<flow::drift> drift;
  base::event_time told_limit = base::end_of_time;
  /// Tables changed since the last epoch began, and all of them as they are now.
  std::vector<std::size_t> changed_tables;
  std::optional<checkpoint::pace> pace;
  std::optional<checkpoint::backlog> backlog;
  /// Called with the record of every complete epoch; answers what went wrong, if anything did.
  std::function<std::optional<std::string>(const epoch_record&)> keep;
  view::run_status* totals = nullptr;
  /// Everything is delivered; the state writer finishes.
  bool draining = false;
  /// By lane: what the state writer was told of its deliveries.
  std::map<std::size_t, control::attempt> trimmed;
};

/// What a coordinator begins with. All of it outlives the actor.
struct coordinator_beginning {
  kept_state* kept = nullptr;
  const base::clock* clock = nullptr;
  /// As of the epoch the run goes on from.
  epoch_record record;
  checkpoint::pace_options pace;
};

/// Hosts the one member of the cluster that this node is: receives, steps, carries out.
caf::behavior coordinator_actor(caf::stateful_actor<coordinator_actor_state>* self,
                                coordinator_beginning from,
                                std::function<std::optional<std::string>(const epoch_record&)> keep,
                                view::run_status* status);

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_coordinator)
