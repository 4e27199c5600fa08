// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "runtime/base/clock.hpp"
#include "runtime/base/diagnostic.hpp"
#include "runtime/node/kafka_config.hpp"
#include "runtime/node/registry_config.hpp"
#include "runtime/node/reload_desk.hpp"
#include "runtime/topology/plan.hpp"
#include "runtime/view/run_status.hpp"

namespace aisle::node {

struct run_options {
  /// Where sinks and summary.json go; exists, and holds no results.
  std::filesystem::path out;
  /// Every source is read to its end, then the run is over. Otherwise sources are followed, tables
  /// are read again when they change, and the run goes on until it is stopped.
  bool bounded = true;
  /// Shards of each stage.
  std::uint32_t shards = 4;
  /// Threads of the CAF scheduler; readers and writers have their own.
  std::uint32_t workers = 2;
  /// Bytes that all actors may occupy in memory; the least recently used sleep beyond. None:
  /// without limit.
  std::optional<std::size_t> memory;
  /// Where the state is kept, so that a later run goes on from it; made when absent. None: nothing
  /// outlives the run.
  std::optional<std::filesystem::path> state{};
  /// What the state has and this topology has no use for, or cannot go on with, is forgotten.
  bool may_drop = false;
  /// Where sleeping actors lie when no state is kept, in files without a name; must exist.
  std::filesystem::path scratch = "/tmp";
  /// Between the starts of two epochs, when nothing asks for one earlier.
  std::chrono::milliseconds epoch_interval{1000};
  /// Share of the processors' time that epochs may take; where they would take more, they start
  /// less often (checkpoint::pace).
  double max_cost = 0.1;
  /// How it speaks to Kafka, where a log is there.
  kafka_config kafka{};
  /// Who knows the schemas of records that name theirs.
  std::optional<registry_config> registry{};
  /// Set from outside to end the run after one more epoch.
  const std::atomic<bool>* stop_requested = nullptr;
  /// Where a reload is asked for; null: never. `reload` then decides, on the calling thread.
  reload_desk* desk = nullptr;
  std::function<reload_decision()> reload{};
  /// Told what a person should know while the run goes on (a full disk, …). Called on the calling
  /// thread and, by webhooks, on those that write.
  std::function<void(const std::string&)> notice;
};

/// Why a run ended before its time.
enum class errc : std::uint8_t {
  /// Nothing was started: a table or a source cannot be read, an output folder not be written.
  not_started,
  /// Stopped on the way by a fault: what was delivered stays.
  stopped,
};

/// How a run came to its end.
enum class run_end : std::uint8_t {
  /// Everything is delivered, or it was asked to stop.
  over,
  /// It was asked to reload, and has stopped for what takes its place.
  reloading,
  /// A topic has more partitions than it began with: the same plan goes on with them.
  grown,
  /// It was asked to stop while it waited for a broker: nothing was read or written.
  not_begun,
};

struct run_error {
  errc code{};
  /// What is wrong, each with its place where it has one.
  base::diagnostics problems;
};

/// A fault that has no place.
[[nodiscard]] run_error fault_of(std::string code, std::string text);

/// A run with this folder as its state has something to go on from.
[[nodiscard]] bool holds_state(const std::filesystem::path& folder);

/// A status that fits the plan, for `run` to write into.
void name_status(const topology::plan& plan, view::run_status& status);

/// Runs a topology on the calling thread: bounded until everything is delivered, else until it is
/// asked to stop and the epoch that runs then is delivered. Waits at the start for Kafka's brokers
/// (kafka_start.hpp). `plan` and `status` must outlive the
/// call.
[[nodiscard]] std::expected<run_end, run_error> run(const topology::plan& plan,
                                                    const run_options& options,
                                                    view::run_status& status);

}  // namespace aisle::node
