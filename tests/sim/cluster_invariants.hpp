// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/control/records.hpp"
#include "tests/sim/cluster_disk.hpp"
#include "tests/sim/cluster_sinks.hpp"
#include "tests/sim/cluster_workload.hpp"
#include "tests/support/memory_control_log.hpp"

namespace aisle::cluster_sim {

/// An invariant does not hold. Thrown out of a simulation; the text begins with its number.
struct violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The invariants of the protocol (runtime/checkpoint/README.md), told of every step, knowing what
/// no node can know. Throws `violation` at the first that does not hold.
///
///   I1  generations and terms grow; Completes have no gap, and the last Assign's generation; an
///       Assign stands on the last Complete
///   I2  only the holder of the fence appends; nothing that was seen is taken back
///   I3  in a generation one process acts for a shard; an attempt has one content, everywhere
///   I4  every holder of a Complete has the state of an uninterrupted run at its positions
///   I5  a holder of the last Complete has it on its disk from then on, unless the disk is lost
///   I6  a lane's markers go outbox by outbox, each complete, of the attempt that is in the log
///   I7  what is out is a prefix of what the complete outboxes hold, and these are what an
///       uninterrupted run would put out: in order, each once
///   I8  every holder of a lane has each complete outbox that is not out
///   I9  nothing of an abandoned attempt is folded, delivered, or stood on
///   I10 a node's generation, applied offset and kv generation never go back, a shard's watermark
///       neither; nothing is folded before its Complete was read
///   I11 once faults stop, everything comes out (the simulation's end checks it)
class witness {
 public:
  witness(const workload& work, const control::memory_log_store& log,
          const std::vector<sink_system>& sinks)
      : work_{work}, log_{log}, sinks_{sinks}, lanes_(work.lanes) {}

  /// Records that have come into the log since the last call.
  void read_log(const std::vector<disk>& disks);
  void seen(control::log_offset by_anybody);
  void acts(const shard_name& shard, control::generation g, control::incarnation who);
  void has_content(const shard_name& shard, attempt is, const std::string& bytes);
  void stands_on(const shard_name& shard, attempt from, const rows& state);
  void folds(attempt to, attempt read_up_to) const;
  void delivers(attempt outbox) const;
  void sink_moved(std::uint32_t lane);
  void disk_written(const shard_name& shard, const std::vector<disk>& disks) const;
  void node_is_at(std::size_t node, control::generation g, const disk& on);
  void disk_lost(std::size_t node);
  void node_restarted(std::size_t node) { nodes_[node].generation = {}; }
  void merged_watermark(const shard_name& shard, std::int64_t was, std::int64_t is) const;

  [[nodiscard]] attempt last_complete() const { return complete_; }
  [[nodiscard]] const std::vector<std::int64_t>& positions() const { return positions_; }
  /// Everything that is complete is out.
  [[nodiscard]] bool all_delivered() const;
  [[nodiscard]] std::size_t completes() const { return completed_.size(); }

 private:
  struct lane_history {
    /// Outboxes of complete attempts with something in them, and where each one ends.
    std::vector<std::pair<attempt, std::size_t>> outboxes;
    std::string bytes;
    /// How many outboxes the marker has passed.
    std::size_t marked = 0;
    std::uint32_t part = 0;
    std::size_t visible = 0;
  };
  struct node_history {
    control::generation generation;
    control::log_offset applied = control::before_the_log;
    control::generation kv_gen;
  };

  void take(const control::log_entry& entry, const std::vector<disk>& disks);
  void complete(const control::complete_record& record, const std::vector<disk>& disks);
  void check_outputs() const;
  void check_holders(const shard_name& shard, const std::vector<disk>& disks) const;
  void check_rows(const control::shard_holders& shard, const stored_copy& copy) const;
  [[nodiscard]] std::size_t delivered(std::uint32_t lane) const;

  const workload& work_;
  const control::memory_log_store& log_;
  const std::vector<sink_system>& sinks_;

  control::log_offset read_ = control::before_the_log;
  control::log_offset seen_ = control::before_the_log;
  control::generation generation_;
  control::term term_;
  attempt complete_;
  control::complete_record last_;
  std::set<attempt> completed_;
  std::vector<std::int64_t> positions_;
  reference_run reference_;
  std::vector<lane_history> lanes_;
  std::map<std::pair<shard_name, control::generation>, control::incarnation> actors_;
  std::map<std::pair<shard_name, attempt>, std::uint64_t> contents_;
  std::map<std::pair<std::uint32_t, attempt>, std::string> outboxes_;
  std::map<std::size_t, node_history> nodes_;
};

/// An outbox as a lane's copy keeps it, under `outbox/…` of its attempt.
struct stored_outbox {
  checkpoint::outbox_head head;
  std::int64_t start = 0;
  std::vector<std::string> parts;
};
[[nodiscard]] std::string outbox_row(attempt is);
[[nodiscard]] attempt attempt_of(const std::string& outbox_row);
[[nodiscard]] std::string encode(const stored_outbox& box);
[[nodiscard]] stored_outbox decode_outbox(attempt is, const std::string& bytes);

}  // namespace aisle::cluster_sim
