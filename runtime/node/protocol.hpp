// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "runtime/checkpoint/lane.hpp"
#include "runtime/checkpoint/lane_owner.hpp"
#include "runtime/checkpoint/pace.hpp"
#include "runtime/checkpoint/sole_member.hpp"
#include "runtime/checkpoint/state_writer.hpp"
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

/// What an epoch changed in a shard, a lane or a reader's memory, as bytes for its copy; null where
/// nothing is kept.
using frozen = std::shared_ptr<const std::string>;

/// Reader → coordinator: barrier n is in all my channels, and these are my counts before it.
struct cut {
  std::size_t reader = 0;
  base::epoch epoch;
  flow::source_counts counts;
  node::frozen frozen;
  /// Of each partition, where positions are kept.
  std::vector<control::source_state> positions;
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

/// Reader → supervisor: what I read has more partitions than it began with, this many by now. Said
/// once.
struct grown {
  std::size_t reader = 0;
  std::uint32_t partitions = 0;
};

/// Coordinator → readers: epoch n is complete, and so are the positions of its barrier.
struct epoch_complete {
  base::epoch epoch;
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
  node::frozen frozen;
};

/// Shard, state writer → coordinator: what epochs have taken of the time since I said so last.
struct spent {
  checkpoint::epoch_cost cost;
};

/// Reader → coordinator: my bounded source is read to its end.
struct ended {};

/// Shard → coordinator: nothing will come out of me any more.
struct finished {};

/// Lane → coordinator: my outbox of n is closed (`delivery: immediate`: is out already).
struct prepared {
  std::size_t lane = 0;
  base::epoch epoch;
  node::frozen frozen;
};

/// Coordinator → lanes: the epoch is complete; deliver your outbox.
struct complete {
  control::attempt attempt;
};

/// Lane → writer: the attempt is complete, and this is what it brought to the writer's lane `lane`.
/// The lane keeps it until `written`, and whoever has it keeps the lane.
struct deliver_outbox {
  std::size_t lane = 0;
  control::attempt attempt;
  /// Nothing: the epoch brought nothing.
  std::optional<checkpoint::outbox_head> head;
  std::shared_ptr<const checkpoint::outbox> box;
};

/// Lane → writer, `delivery: immediate`: write this piece of lane `lane` and answer with `written`.
struct write_outbox {
  std::size_t lane = 0;
  std::shared_ptr<const checkpoint::outbox> box;
};

/// Writer → lane: everything up to the outbox of n is durable.
struct written {
  base::epoch epoch;
  /// As the lane's next epoch keeps it.
  control::attempt delivered_to;
  bool born = false;
};

/// Lane → coordinator: everything up to the outbox of n is out.
struct delivered {
  std::size_t lane = 0;
  base::epoch epoch;
  control::attempt delivered_to;
};

/// Coordinator → state writer: commit this record.
struct append_order {
  checkpoint::append_record record;
};
/// State writer → coordinator: it is committed.
struct appended {
  control::log_entry entry;
};

/// Coordinator → state writer: commit all of this attempt.
struct store_order {
  control::attempt attempt;
  std::shared_ptr<std::vector<checkpoint::store_delta>> deltas;
};
/// State writer → coordinator and shards: it is committed, and the state answers for it.
struct stored {
  control::attempt attempt;
};

/// Coordinator → state writer: the attempt is complete; bring it into the base when there is time.
struct fold_order {
  control::attempt attempt;
  control::log_offset applied;
};
/// State writer → coordinator: it is.
struct folded {
  control::attempt attempt;
};

/// Coordinator → state writer: outboxes of the lane up to this one are out beyond doubt.
struct trim_order {
  kv::copy_id lane;
  control::attempt delivered_to;
};

/// Coordinator → state writer, at the end of a run: finish what you have to do, and answer with
/// `drained`. What a disk without room does not take is left: the next run finds it.
struct drain {};
/// State writer → coordinator.
struct drained {};

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

/// Supervisor → coordinator: everybody knows everybody; from now on epochs may start.
struct everybody_met {};

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
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::grown)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::epoch_complete)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::drift_limit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::look)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::table_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::tables_in_force)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::passed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::finished)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::prepared)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::complete)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::deliver_outbox)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::write_outbox)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::written)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::delivered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::append_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::appended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::store_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::fold_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::folded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::trim_order)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::drain)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::drained)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::fault)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::spent)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::notice)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::run_over)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::stop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::everybody_met)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::dismissed)
