// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/cluster_process.hpp"
#include "tests/sim/cluster_world.hpp"

namespace aisle::cluster_sim {

/// A cluster on one seeded scheduler. Each turn picks something that could happen next: a message
/// arrives, a disk syncs, a node reads the log, somebody crashes. After a while faults stop, and
/// everything has to come out.
class cluster {
 public:
  explicit cluster(const scenario& of);

  /// Runs to the end. Throws `violation`.
  run_counts run();
  void trace_to_end() { world_.tracing = true; }
  [[nodiscard]] const std::deque<std::string>& trace() const { return world_.trace; }
  void count(all_coverage& to) const;

 private:
  struct seat {
    std::unique_ptr<process> runs;
    /// A process that stands still, and does not know.
    bool paused = false;
    std::uint64_t lives = 0;
  };

  void turn();
  void deliver_something();
  void step_something(process& at);
  void break_something();
  void settle();
  void start(std::size_t node);
  void crash(std::size_t node);
  void lose_disk(std::size_t node);
  void lose_message();
  void compact();
  void care_for_leader();
  [[nodiscard]] bool is_stalled(const network::address& channel) const;
  [[nodiscard]] process* some_process();
  [[nodiscard]] process* leader();
  [[nodiscard]] bool is_done() const;
  [[nodiscard]] bool may_lose_disk(std::size_t node) const;

  static constexpr std::uint64_t faulty_turns = 20000;
  static constexpr std::uint64_t turns_max = 150'000;

  world world_;
  /// Between faults: some runs know hardly any peace, others get far.
  std::uint64_t calm_;
  std::vector<seat> seats_;
  all_coverage finished_;
};

}  // namespace aisle::cluster_sim
