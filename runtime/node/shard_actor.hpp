// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "runtime/checkpoint/kept_store.hpp"
#include "runtime/entity/shard.hpp"
#include "runtime/node/protocol.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// Everybody a shard speaks to.
struct shard_neighbours {
  /// By reader index.
  std::vector<caf::actor> readers;
  /// By the shard's own lane index.
  std::vector<caf::actor> lanes;
  caf::actor coordinator;
  caf::actor supervisor;
};

/// What a shard's epochs are kept by; empty where nothing is.
struct shard_keeping {
  std::shared_ptr<entity::kept_actors> actors{};
  std::shared_ptr<checkpoint::kept_store> store{};
  /// Null: without limit.
  entity::memory_budget* budget = nullptr;
  /// How what it kept under other topologies is read.
  std::shared_ptr<const entity::kept_layouts> layouts{};
  /// From where the shard goes on; taken by it.
  std::shared_ptr<entity::shard_beginning> from{};
};

struct shard_actor_state {
  static inline const char* name = "shard";
  std::unique_ptr<entity::shard> shard;
  shard_keeping kept;
  std::size_t number = 0;
  std::vector<inlet_origin> origins;
  /// For each table the stage knows: which of plan::tables it is.
  std::vector<std::size_t> tables;
  shard_neighbours to;
  view::stage_status* status = nullptr;
  view::run_status* totals = nullptr;
  entity::stage_counts told;
  std::size_t actors_told = 0;
  std::size_t asleep_told = 0;
  std::size_t memory_told = 0;
  /// How long the shard stood still for the cut that is being told.
  base::duration cutting{0};
  bool said_full = false;
  bool said_finished = false;
  bool going_on = false;
};

/// Hosts one shard: receives, steps, carries out.
caf::behavior shard_actor(caf::stateful_actor<shard_actor_state>* self, std::size_t number,
                          const wired_shard& wired, shard_keeping kept, view::run_status* status);

/// Supervisor → shard, once, before anything else: whom it speaks to.
struct meet_shard {
  std::shared_ptr<shard_neighbours> neighbours;
};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_shard)
