// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/checkpoint/copy.hpp"
#include "runtime/checkpoint/leader.hpp"
#include "runtime/checkpoint/node_protocol.hpp"

namespace aisle::checkpoint {

/// A delta to be stored.
struct wanted_store {
  shard_name shard;
  version is;
  control::attempt base;
  shared_bytes bytes;
};

/// What a node that is alone asks to be done, in this order, after a step.
struct sole_effects {
  /// Make empty copies of these.
  std::vector<shard_name> create;
  /// A generation begins: everybody stands on `from`, and what is of older generations above it is
  /// abandoned.
  struct entered {
    control::generation generation;
    control::attempt from;
    control::cut_state state;
    /// Where the Assign stands.
    control::log_offset at;
  };
  std::optional<entered> generation;
  /// Commit this; `appended` is the answer.
  std::optional<append_record> append;
  /// Everything this node keeps of the running attempt; `stored` is the answer.
  std::vector<wanted_store> store;
  /// The attempt is complete: lanes deliver. Where its record stands goes with what is folded.
  std::optional<control::placed<control::attempt>> complete;
  /// `folded` is the answer.
  bool fold = false;
  /// Readers put this barrier into all their channels.
  std::optional<base::epoch> start;
  /// Everything that was read is delivered: the run is over.
  bool done = false;
  /// The process has to end.
  std::optional<std::string> broken;
};

/// A cluster whose only member is this process: its leader, its view of the log and its copies,
/// which speak to each other at once and to the rest of the world by effects. It decides nothing
/// that they do not; beside them it knows only when a run is over, and that it keeps what all
/// copies have of an attempt together, for one commit.
class sole_member {
 public:
  /// `found`: what the disk holds of each shard of the shape.
  sole_member(member self, const cluster_shape& shape,
              const std::map<shard_name, copy_image>& found, control::log_follower log);

  /// A record of the log, in order; the first ones until its end, then each that was appended.
  void read(const control::log_entry& entry, sole_effects& effects);
  /// Fenced, and everything before `end` was read.
  void lead(control::log_offset end, base::duration now, sole_effects& effects);
  void appended(const control::log_entry& entry, base::duration now, sole_effects& effects);

  /// No epoch starts until `release`: not everybody can be told of it yet.
  void hold() { held_ = true; }
  void release(base::duration now, sole_effects& effects) {
    held_ = false;
    start_if_possible(now, effects);
  }

  /// It is time for an epoch, or somebody's part of the running one is full. Kept until one can
  /// start.
  void want_epoch(base::duration now, sole_effects& effects);
  /// What the tables are, from the next epoch on.
  void tables_are(std::vector<control::table_state> tables) { tables_ = std::move(tables); }
  /// A reader has put the barrier of the running epoch into all channels of a partition.
  void cut(const control::source_state& at, sole_effects& effects);
  /// What the running epoch changed in a shard, lane or reader.
  void frozen(const shard_name& shard, shared_bytes bytes, sole_effects& effects);
  void stored(attempt is, base::duration now, sole_effects& effects);
  void folded(attempt to);
  /// Nothing of this epoch and those before it is left in the lane.
  void delivered(const shard_name& lane, base::epoch to, base::duration now, sole_effects& effects);

  /// A reader has come to the end of its bounded source; once for each.
  void reader_ended(base::duration now, sole_effects& effects);
  /// Nothing will come out of a shard any more; once for each.
  void shard_finished(base::duration now, sole_effects& effects);
  /// One more epoch brings out what is left, then the run is over: at the end of all input, or when
  /// asked to stop before.
  void finish(base::duration now, sole_effects& effects);
  [[nodiscard]] bool finishing() const { return finishing_; }
  /// An epoch is wanted, and starts once every sink has taken one of those that wait for it.
  [[nodiscard]] bool waits_for_sinks() const;

  [[nodiscard]] leader_state state() const { return leader_.state(); }
  [[nodiscard]] control::generation generation() const { return leader_.generation(); }
  /// The last complete attempt.
  [[nodiscard]] attempt complete() const { return node_.log().stood_on(); }
  /// The epoch that was started last, complete or not.
  [[nodiscard]] base::epoch newest() const { return newest_; }
  [[nodiscard]] const control::log_follower& log() const { return node_.log(); }

 private:
  void carry_out(const node_effects& from, base::duration now, sole_effects& to);
  void carry_out(const leader_effects& from, base::duration now, sole_effects& to);
  void carry_out(const shard_name& shard, const copy_effects& from, base::duration now,
                 sole_effects& to);
  void answer(const inventory_question& question, base::duration now, sole_effects& to);
  void enter(const enter_generation& what, base::duration now, sole_effects& to);
  void completed(attempt is, base::duration now, sole_effects& to);
  void start_if_possible(base::duration now, sole_effects& to);
  void finish_if_all_ended(base::duration now, sole_effects& to);
  void done_if_delivered(sole_effects& to) const;
  [[nodiscard]] std::size_t count_of(control::shard_kind kind) const;
  [[nodiscard]] stamp own() const { return node_.own_stamp(); }

  node_protocol node_;
  leader leader_;
  std::map<shard_name, copy> copies_;
  std::vector<control::table_state> tables_;
  /// Deltas of the running attempt, until all are there.
  std::vector<wanted_store> storing_;
  std::map<shard_name, base::epoch> delivered_;
  base::epoch newest_;
  std::size_t ended_readers_ = 0;
  std::size_t finished_shards_ = 0;
  bool held_ = false;
  bool wanted_ = false;
  bool finishing_ = false;
  /// The epoch after which the run is over.
  std::optional<base::epoch> last_;
};

}  // namespace aisle::checkpoint
