// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include <fmt/core.h>

#include "runtime/base/time.hpp"
#include "runtime/checkpoint/messages.hpp"
#include "tests/sim/cluster_disk.hpp"
#include "tests/sim/cluster_invariants.hpp"
#include "tests/sim/cluster_mutations.hpp"
#include "tests/sim/cluster_sinks.hpp"
#include "tests/sim/cluster_workload.hpp"
#include "tests/support/memory_control_log.hpp"

namespace aisle::cluster_sim {

/// Rows, watermark and barrier from a partition or a shard to a shard, in this order.
struct data_message {
  shard_name to;
  /// The sender, as the receiver numbers its channels.
  std::uint32_t channel = 0;
  base::sequence sequence;
  /// Offsets of a partition's events, or finished lines of a shard.
  std::vector<std::int64_t> events;
  std::string lines;
  std::int64_t watermark = 0;
  std::optional<base::epoch> barrier;
};

using payload =
    std::variant<checkpoint::inventory_question, checkpoint::inventory, checkpoint::start_epoch,
                 checkpoint::cut, checkpoint::delta_chunk, checkpoint::prepared,
                 checkpoint::fill_order, checkpoint::fill_chunk, checkpoint::filled,
                 checkpoint::gone, checkpoint::delivered, data_message>;

struct envelope {
  std::size_t from = 0;
  std::size_t to = 0;
  checkpoint::stamp stamp;
  /// 1, 2, 3 … in channels that copy state; 0 elsewhere.
  std::uint64_t number = 0;
  payload what;
};

/// Messages under way. What two nodes send each other on one channel keeps its order, nothing else
/// does; nothing comes twice.
class network {
 public:
  using address = std::tuple<std::size_t, std::size_t, std::string>;

  void send(std::string channel, envelope message) {
    queues_[{message.from, message.to, std::move(channel)}].push_back(std::move(message));
  }
  [[nodiscard]] std::map<address, std::deque<envelope>>& queues() { return queues_; }

 private:
  std::map<address, std::deque<envelope>> queues_;
};

/// How a run is made; everything else follows from the seed.
struct scenario {
  std::uint64_t seed = 0;
  std::size_t nodes = 2;
  std::size_t backups = 1;
  mutation lie = mutation::none;
  bool faults = true;
};

struct run_counts {
  std::uint64_t steps = 0;
  std::uint64_t epochs = 0;
  std::uint64_t generations = 0;
  std::uint64_t crashes = 0;
  std::uint64_t pauses = 0;
  std::uint64_t disks_lost = 0;
  std::uint64_t messages_lost = 0;
  std::uint64_t unknown_appends = 0;
  std::uint64_t unknown_writes = 0;
  std::uint64_t fills = 0;
  std::uint64_t moves = 0;
};

void add(run_counts& to, const run_counts& what);

[[nodiscard]] inline scenario one_node(std::uint64_t seed) {
  return {.seed = seed, .nodes = 1, .backups = 0};
}
/// Two to four, most with a backup for each shard.
[[nodiscard]] inline scenario several_nodes(std::uint64_t seed) {
  return {.seed = seed, .nodes = 2 + seed % 3, .backups = seed % 5 == 0 ? 0U : 1U};
}

/// What all nodes share, and none can look through.
struct world {
  explicit world(const scenario& of);

  [[nodiscard]] std::uint64_t chance(std::uint64_t below) { return random() % below; }
  /// True once in `of` times.
  [[nodiscard]] bool once_in(std::uint64_t of) { return random() % of == 0; }
  void say(const std::string& what) {
    static const bool aloud = std::getenv("AISLE_TRACE") != nullptr;
    if (aloud) {
      fmt::print(stderr, "{}\n", what);
    }
    if (tracing) {
      trace.push_back(what);
      if (trace.size() > trace_max) {
        trace.pop_front();
      }
    }
  }

  static constexpr std::size_t trace_max = 60;

  scenario plan;
  workload work;
  std::mt19937_64 random;
  base::duration now{};
  control::memory_log_store log;
  control::compaction compacts;
  std::vector<sink_system> sinks;
  std::vector<disk> disks;
  network net;
  witness watch;
  run_counts counts;
  /// Suspicions that have not reached a leader: the node that seems to be down.
  std::set<std::size_t> notices;
  bool tracing = false;
  std::deque<std::string> trace;
};

}  // namespace aisle::cluster_sim
