// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "runtime/checkpoint/state_writer.hpp"
#include "runtime/node/protocol.hpp"

namespace aisle::node {

/// Everybody a state writer speaks to.
struct state_neighbours {
  caf::actor coordinator;
  std::vector<caf::actor> shards;
  caf::actor supervisor;
};
/// Supervisor → state writer, once, before anything else.
struct meet_state {
  std::shared_ptr<state_neighbours> neighbours;
};

/// State writer → itself: some seconds have gone by since it had stored so many attempts.
struct look_for_rest {
  std::uint64_t stores = 0;
};

struct state_actor_state {
  static inline const char* name = "state writer";
  checkpoint::state_writer* writer = nullptr;
  state_neighbours to;
  /// Something of it is to be done, and a message to oneself is under way.
  bool going_on = false;
  bool waits = false;
  /// The run is over when there is nothing left to do.
  bool draining = false;
  /// Attempts that it was told to store.
  std::uint64_t stores = 0;
};

/// Writes what the node keeps, on a thread of its own because disks block. `writer` must outlive
/// it. A full disk is tried again until it takes the same bytes: no epoch completes meanwhile, and
/// readers pause when theirs is full. When nothing is to be stored for some seconds, what is
/// complete is folded however little it is.
caf::behavior state_actor(caf::stateful_actor<state_actor_state>* self,
                          checkpoint::state_writer* writer);

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_state)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::look_for_rest)
