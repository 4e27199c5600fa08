// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "runtime/checkpoint/lane.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/flow/ingest.hpp"
#include "runtime/flow/message.hpp"
#include "runtime/table/table.hpp"

namespace aisle::node {

// Every message between the actors of a node. Contents that are large travel behind a shared
// pointer and are taken by their one receiver. All go at normal priority over one pair of actors
// per channel, so barriers stay in line.

/// Reader → shard: rows, watermark, barrier, end.
struct events {
  std::shared_ptr<flow::event_message> content;
};

/// Shard, reader → lane: finished records, barrier.
struct lines {
  std::shared_ptr<flow::line_message> content;
};

/// Shard → reader: so many more messages may come on this channel.
struct event_credit {
  base::partition_id partition;
  std::uint32_t target = 0;
  std::uint32_t messages = 0;
};

/// Lane → shard, reader: the same, for the receiver's lane of this index.
struct line_credit {
  std::size_t lane = 0;
  std::uint32_t messages = 0;
};

/// Shard → itself: there is more to do; other messages may come first.
struct go_on {};

/// Coordinator → readers: put this barrier into all your channels.
struct start_epoch {
  base::epoch epoch;
};

/// Reader, shard → coordinator: I wait for a barrier; an epoch should start soon.
struct epoch_full {};

/// Reader → coordinator: barrier n is in all my channels, and these are my counts before it.
struct cut {
  std::size_t reader = 0;
  base::epoch epoch;
  flow::source_counts counts;
  /// Partitions that are idle behind the barrier; of these so many became so with it.
  std::vector<base::partition_id> idle;
  std::uint32_t declared_idle = 0;
};

/// Reader → coordinator, where sources may drift apart only so far: how far I am, and whether there
/// is more to read.
struct progress {
  std::size_t reader = 0;
  base::event_time at;
  bool has_more = true;
};

/// Coordinator → readers: pause beyond this event time.
struct drift_limit {
  base::event_time at;
};

/// Source watcher → reader: what you follow was written to, look. One at most is under way.
struct look {};

/// Table watcher → coordinator: this table's file holds a new version, and it is good.
struct table_changed {
  std::size_t table = 0;
  std::shared_ptr<const table::reference> rows;
};

/// Coordinator → shards, before the readers hear of the epoch and so before its barrier can come:
/// behind barrier n these tables are in force, by their number in the plan.
struct tables_in_force {
  base::epoch epoch;
  std::shared_ptr<const std::vector<std::shared_ptr<const table::reference>>> tables;
};

/// Shard → coordinator: I have passed barrier n on, and these are my counts before it.
struct passed {
  std::size_t shard = 0;
  base::epoch epoch;
  entity::stage_counts counts;
};

/// Reader → coordinator: my bounded source is read to its end.
struct ended {};

/// Shard → coordinator: nothing will come out of me any more.
struct finished {};

/// Lane → coordinator: my outbox of n is closed (`delivery: immediate`: is out already).
struct prepared {
  base::epoch epoch;
};

/// Coordinator → lanes: epoch n is complete; deliver your outbox.
struct complete {
  base::epoch epoch;
};

/// Lane → writer: write this outbox of lane `lane` and answer with `written`. It lives until the
/// answer came.
struct write_outbox {
  std::size_t lane = 0;
  const checkpoint::outbox* box = nullptr;
};

/// Writer → lane: the outbox of n is durable.
struct written {
  base::epoch epoch;
};

/// Lane → coordinator: the outbox of n is out.
struct delivered {
  base::epoch epoch;
};

/// Anybody → supervisor: the topology cannot go on, and why.
struct fault {
  std::string reason;
};

/// Anybody → supervisor: something a person should know; the topology goes on.
struct notice {
  std::string text;
};

/// Coordinator → supervisor: everything that was read is delivered.
struct run_over {};

/// Supervisor → coordinator: one more epoch, then the run is over.
struct stop {};

/// Coordinator → itself: it is time for an epoch.
struct tick {};

/// Supervisor → readers: the run is over, leave.
struct dismissed {};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::events)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::lines)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::event_credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::line_credit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::go_on)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::start_epoch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::epoch_full)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::cut)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::progress)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::drift_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::look)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::table_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::tables_in_force)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::passed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::prepared)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::complete)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::write_outbox)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::delivered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::fault)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::notice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::run_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::stop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::dismissed)
