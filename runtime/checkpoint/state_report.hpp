// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint/lane_note.hpp"
#include "runtime/control/log_follower.hpp"
#include "runtime/entity/shard_delta.hpp"
#include "runtime/kv/node_state.hpp"

// What a stopped node's state says of itself, as plain values for people and tools.
namespace aisle::checkpoint {

/// Where a copy stands: what is folded, and what is prepared on top of it.
struct copy_standing {
  control::shard_name shard;
  kv::copy_id copy;
  attempt base;
  attempt tip;
  /// Attempts above the base, oldest first.
  std::vector<attempt> chain;
  /// Of keys and values of the chain.
  std::uint64_t chain_bytes = 0;
};

/// The copy of one shard of a stage, at the last complete attempt.
struct shard_report {
  copy_standing at;
  std::uint64_t actors = 0;
  /// In the base.
  std::uint64_t timers = 0;
  entity::shard_facts facts;
  /// Pages of rows that wait.
  std::uint64_t pages = 0;
};

/// The copy of one lane, at the last complete attempt.
struct lane_report {
  copy_standing at;
  lane_note note;
  /// Complete outboxes that are not out beyond doubt, oldest first; the first may be out.
  std::vector<attempt> waiting;
  std::uint64_t waiting_bytes = 0;
};

/// What a reader remembers. Where it stands is in the control log.
struct reader_report {
  copy_standing at;
  std::vector<control::source_state> positions;
  /// Pages of keys that it has seen.
  std::uint64_t pages = 0;
};

/// An epoch that some copy holds.
struct epoch_report {
  attempt of;
  /// False: prepared at most; the next start abandons it.
  bool complete = false;
  /// Copies that hold it.
  std::uint64_t copies = 0;
  /// Of keys and values that it changed, where it is not folded everywhere.
  std::uint64_t bytes = 0;
  /// The lowest merged watermark of all shards.
  base::event_time watermark = base::end_of_time;
  /// By stage.
  std::map<std::string, std::uint64_t> actors;
};

struct state_report {
  control::kv_id id;
  kv::progress_row progress;
  kv::file_stats file;
  std::vector<kv::schema> schemas;
  /// Everything it holds, read to its end.
  control::log_follower log{control::compaction::possible, {}};
  std::uint64_t records = 0;
  /// Who ordered the generation, when it began by a Reset.
  std::optional<std::string> ordered_by;
  /// Oldest first.
  std::vector<epoch_report> epochs;
  std::vector<shard_report> shards;
  std::vector<lane_report> lanes;
  std::vector<reader_report> readers;

  [[nodiscard]] attempt complete() const { return log.stood_on(); }
};

/// Reads the control log and all notes; actors are counted, and read only where a copy has a chain.
/// `damaged` when something does not unpack, or the log breaks its rules.
[[nodiscard]] kv::result<state_report> report_state(kv::node_state& state);

/// The control log of a state, read by its rules.
struct read_log {
  control::log_follower log;
  std::uint64_t records = 0;
  /// Who ordered the last generation, when it began by a Reset.
  std::optional<std::string> ordered_by;
};
[[nodiscard]] kv::result<read_log> follow_log(kv::node_state& state);

/// A lane's copy as it is: what waits there at its tip.
[[nodiscard]] kv::result<lane_report> report_lane(const kv::snapshot& view,
                                                  const kv::copy_facts& of, attempt complete);

}  // namespace aisle::checkpoint
