// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/checkpoint/lane.hpp"
#include "runtime/entity/shard.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/flow/ingest.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// Tables, loaded, in the order of plan::tables.
using loaded_tables = std::vector<std::shared_ptr<const table::reference>>;

/// Where a channel into a shard begins: whom to give credit, and how he calls the channel.
struct inlet_origin {
  /// Index of the reader, which is the index of its source.
  std::size_t reader = 0;
  base::partition_id partition;
  std::uint32_t target = 0;
};

/// One shard and its neighbours.
struct wired_shard {
  /// Index in plan::stages.
  std::size_t stage = 0;
  base::shard_id number;
  entity::shard_options options;
  /// For each table its stage knows: which of plan::tables it is.
  std::vector<std::size_t> tables;
  /// By channel.
  std::vector<inlet_origin> origins;
  /// By its own lane index: the lane, as an index into wiring::lanes.
  std::vector<std::size_t> lanes;
};

struct wired_reader {
  flow::ingest_options options;
  /// By target: the shard, as an index into wiring::shards.
  std::vector<std::size_t> shards;
  /// By its own lane index: the lane, as an index into wiring::lanes.
  std::vector<std::size_t> lanes;
};

/// Who sends to a lane, and how he calls it.
struct lane_origin {
  bool is_reader = false;
  /// Index into wiring::readers or wiring::shards.
  std::size_t sender = 0;
  /// The sender's own lane index.
  std::size_t lane = 0;
};

struct wired_lane {
  /// Index in plan::sinks.
  std::size_t sink = 0;
  base::lane_id number;
  checkpoint::delivery delivery = checkpoint::delivery::exactly_once;
  /// Who writes its outboxes: counts from 0. Lanes of a sink share a writer, because a disk does
  /// one thing after the other; in Kafka each has its own, because a transaction is mostly waiting.
  std::size_t writer = 0;
  /// By channel.
  std::vector<lane_origin> origins;
};

/// Who sends what to whom, worked out before anything runs: indices only, no actor.
struct wiring {
  std::vector<entity::stage> stages;
  std::vector<wired_reader> readers;
  std::vector<wired_shard> shards;
  std::vector<wired_lane> lanes;
  std::size_t writers = 0;
};

/// The stages of a plan as a node makes them, in their order, without their tables: for
/// who reads what a node kept of its actors. `plan` must outlive them.
[[nodiscard]] std::vector<entity::stage> stages_of(const topology::plan& plan);

/// Outputs that all shards together may hold back between two barriers.
inline constexpr std::size_t outputs_bytes_max = 64U << 20;

/// `plan` must outlive the wiring: stages point into it. `shards` per stage, at least 1.
/// `partitions` by source; where it is 0 or missing the plan says how many. Partitions go idle only
/// where sources are followed. Not movable afterwards: shards point to stages.
[[nodiscard]] std::unique_ptr<wiring> wire(const topology::plan& plan, const loaded_tables& tables,
                                           std::uint32_t shards, const base::clock& clock,
                                           const std::vector<std::uint32_t>& partitions = {},
                                           bool follow = false);

}  // namespace aisle::node
