// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "runtime/checkpoint/courier.hpp"
#include "runtime/checkpoint/lane.hpp"
#include "runtime/checkpoint/lane_note.hpp"
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

/// Which lane it is, and from where it goes on.
struct lane_place {
  /// Among all lanes, and among those of its writer.
  std::size_t number = 0;
  std::size_t in_writer = 0;
  control::generation generation{};
  control::attempt from{};
  /// What its epochs change is kept.
  bool keeps = false;
};

struct lane_actor_state {
  static inline const char* name = "lane";
  /// Shared with its writer, which may still write an outbox when this actor is gone.
  std::shared_ptr<checkpoint::lane> lane;
  lane_place at;
  checkpoint::delivery delivery = checkpoint::delivery::exactly_once;
  std::vector<lane_origin> origins;
  lane_neighbours to;
  checkpoint::lane_note note;
  /// Heads of outboxes that are closed and not complete.
  std::map<base::epoch, checkpoint::outbox_head> heads;
};

/// Hosts one lane: receives, steps, carries out. Never touches a file: its writer does.
caf::behavior lane_actor(caf::stateful_actor<lane_actor_state>* self, const wired_lane& wired,
                         lane_place at, const checkpoint::lane_note& note);

/// One lane of a sink, as its writer has it.
struct written_lane {
  std::shared_ptr<io::lane_writer> file;
  /// Brings out what is complete; null where lines go out as they come.
  std::unique_ptr<checkpoint::courier> courier;
  /// Where it is seen why its epochs wait.
  view::sink_status* sink = nullptr;
  caf::actor actor{};
  /// The sink tells of trouble by itself, while its calls are under way.
  bool tells = false;
};

struct writer_actor_state {
  static inline const char* name = "writer";
  std::vector<written_lane> lanes;
  caf::actor supervisor;
  view::run_status* totals = nullptr;
  /// Pieces of lanes that are written as they come, in order.
  std::deque<write_outbox> pieces;
  /// The disk did not take something, and is asked again in a while.
  bool waits = false;
  /// A person has heard of it.
  bool said_so = false;
};

/// Writes the outboxes of a sink's lanes, or of one, on a thread of its own because disks and
/// brokers block. What is full, fails or is away is tried again with the same bytes, until it takes
/// them;
/// meanwhile epochs pile up to their bound and readers pause.
caf::behavior writer_actor(caf::stateful_actor<writer_actor_state>* self,
                           const std::shared_ptr<std::vector<written_lane>>& lanes,
                           caf::actor supervisor, view::run_status* status);

/// Supervisor → writer, once: the actors of its lanes.
struct meet_writer {
  std::vector<caf::actor> lanes;
};

/// Writer → itself: try again what the disk did not take.
struct try_again {};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_lane)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::meet_writer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::try_again)
