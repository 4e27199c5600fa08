// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "runtime/checkpoint/lane.hpp"
#include "runtime/io/file_sink.hpp"
#include "runtime/node/protocol.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

/// Everybody a lane speaks to.
struct lane_neighbours {
  /// By channel: who sends on it.
  std::vector<caf::actor> senders;
  caf::actor writer;
  caf::actor coordinator;
  caf::actor supervisor;
};

/// Supervisor → lane, once, before anything else: whom it speaks to.
struct meet_lane {
  std::shared_ptr<lane_neighbours> neighbours;
};

struct lane_actor_state {
  static inline const char* name = "lane";
  std::unique_ptr<checkpoint::lane> lane;
  /// The lane's place among those of its writer.
  std::size_t place = 0;
  std::vector<lane_origin> origins;
  lane_neighbours to;
};

/// Hosts one lane: receives, steps, carries out. Never touches a file: its writer does.
caf::behavior lane_actor(caf::stateful_actor<lane_actor_state>* self, const wired_lane& wired,
                         std::size_t place);

struct writer_actor_state {
  static inline const char* name = "writer";
  std::vector<std::shared_ptr<io::lane_writer>> files;
  caf::actor supervisor;
  view::run_status* totals = nullptr;
  /// What a full or failing disk has not taken yet, with whom to tell; retried in order.
  struct waiting {
    write_outbox what;
    caf::actor lane;
  };
  std::vector<waiting> queue;
  bool said_waiting = false;
};

/// Writes the outboxes of one sink's lanes, on a thread of its own because disks block. A disk that
/// is full or fails is tried again with the same bytes in the same place, until it takes them;
/// meanwhile epochs pile up to their bound and readers pause.
caf::behavior writer_actor(caf::stateful_actor<writer_actor_state>* self,
                           std::vector<std::shared_ptr<io::lane_writer>> files,
                           caf::actor supervisor, view::run_status* status);

/// Writer → itself: try again what the disk did not take.
struct try_again {};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_lane)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::try_again)
