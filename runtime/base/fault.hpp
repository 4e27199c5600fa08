// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace aisle::base {

/// Moments at which a test may want a process to die, as kill -9 would end it. The names say what
/// has just been done or, with `wanted`, what comes next.
enum class fault_point : std::uint8_t {
  log_locked,
  log_half_written,
  log_written,
  log_synced,
  log_published,
  log_segment_half_made,
  log_segment_made,
  log_segment_named,
  log_tail_cut,
  log_tail_adopted,
  log_segment_removed,
  log_topic_half_made,
  kv_file_made,
  kv_identified,
  kv_part_written,
  kv_part_synced,
  kv_prepared,
  kv_record_appended,
  kv_generation_begun,
  kv_fold_written,
  kv_fold_synced,
  kv_swept,
  kv_outbox_trimmed,
  io_half_written,
  io_written,
  io_synced,
  entity_aligning,
  checkpoint_store_wanted,
  checkpoint_record_wanted,
  checkpoint_trim_wanted,
  checkpoint_lane_assigned,
  checkpoint_lane_fenced,
  checkpoint_marker_read,
  checkpoint_part_delivered,
  kafka_fence_wanted,
  kafka_fenced,
  kafka_begun,
  kafka_half_produced,
  kafka_commit_wanted,
  kafka_commit_in_doubt,
  kafka_committed,
  node_log_read,
  node_assigned,
  node_epoch_started,
  node_barrier_sent,
  node_shard_frozen,
  node_complete_read,
};

/// The names, in the order of the points.
inline constexpr std::array<std::string_view, 47> fault_points{
    "log.locked",
    "log.half_written",
    "log.written",
    "log.synced",
    "log.published",
    "log.segment_half_made",
    "log.segment_made",
    "log.segment_named",
    "log.tail_cut",
    "log.tail_adopted",
    "log.segment_removed",
    "log.topic_half_made",
    "kv.file_made",
    "kv.identified",
    "kv.part_written",
    "kv.part_synced",
    "kv.prepared",
    "kv.record_appended",
    "kv.generation_begun",
    "kv.fold_written",
    "kv.fold_synced",
    "kv.swept",
    "kv.outbox_trimmed",
    "io.half_written",
    "io.written",
    "io.synced",
    "entity.aligning",
    "checkpoint.store_wanted",
    "checkpoint.record_wanted",
    "checkpoint.trim_wanted",
    "checkpoint.lane_assigned",
    "checkpoint.lane_fenced",
    "checkpoint.marker_read",
    "checkpoint.part_delivered",
    "kafka.fence_wanted",
    "kafka.fenced",
    "kafka.begun",
    "kafka.half_produced",
    "kafka.commit_wanted",
    "kafka.commit_in_doubt",
    "kafka.committed",
    "node.log_read",
    "node.assigned",
    "node.epoch_started",
    "node.barrier_sent",
    "node.shard_frozen",
    "node.complete_read",
};

namespace detail {
struct armed_fault {
  fault_point at{};
  /// Passes left until it strikes; atomic access is not needed to die somewhere around the n-th.
  std::uint32_t passes = 0;
  /// It stops the process and does not kill it.
  bool stops = false;
};
/// Null unless a fault is armed.
extern armed_fault* armed;
[[nodiscard]] bool count_down();
}  // namespace detail

/// `NAME` or `NAME:N`: the process dies at the N-th pass of the point (1 when left out).
/// `NAME:N:stop`: it stands still there until somebody sends SIGCONT; where it has left something
/// half done it dies then. An unknown name ends the process with the list of names. The environment
/// variable AISLE_FAULT does the same at start; "" disarms.
void arm_fault(std::string_view text);

/// True when the process shall die at this pass: for a caller that has something to leave half
/// done first.
[[nodiscard]] inline bool fault_due(fault_point here) {
  return detail::armed != nullptr && detail::armed->at == here && detail::count_down();
}

/// Ends the process as kill -9 does: nothing is flushed, no destructor runs. For a caller that
/// has left something half done, and cannot go on; a fault that stops does so first.
[[noreturn]] void die_of_fault();

/// Ends the process so, or stops it; then it returns when the process goes on.
void strike_fault();

/// The process dies or stops here when this point is armed. Costs one look at a pointer.
inline void pass_fault(fault_point here) {
  if (fault_due(here)) [[unlikely]] {
    strike_fault();
  }
}

}  // namespace aisle::base
