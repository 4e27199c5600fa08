// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

#include "runtime/base/time.hpp"

namespace aisle::view {

/// A number nobody knows.
inline constexpr std::uint64_t unknown = ~std::uint64_t{0};

/// A number that many threads add to and anybody may read; nothing is ordered by it.
class counter {
 public:
  void add(std::uint64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A moment that one thread writes and anybody may read.
class moment {
 public:
  void set(base::event_time at) {
    ms_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
  }
  [[nodiscard]] base::event_time get() const {
    return base::event_time{base::duration{ms_.load(std::memory_order_relaxed)}};
  }

 private:
  std::atomic<std::int64_t> ms_{base::beginning_of_time.time_since_epoch().count()};
};

/// Words that any thread may write and read.
class words {
 public:
  void set(std::string text) {
    const std::scoped_lock hold{lock_};
    text_ = std::move(text);
  }
  [[nodiscard]] std::string get() const {
    const std::scoped_lock hold{lock_};
    return text_;
  }

 private:
  mutable std::mutex lock_;
  std::string text_;
};

struct source_status {
  std::string name;
  counter read;
  counter accepted;
  counter rejected;
  counter duplicate;
  /// Deletions and tombstones in envelopes of changes: no events.
  counter skipped;
  moment highest;
  std::atomic<bool> ended{false};
  /// What lies in the source and is not read yet; 0 of a bounded source.
  counter behind_bytes;
  /// The same in records; `unknown` where a source does not count them.
  counter behind_records;
  std::atomic<bool> follows{false};
  std::atomic<bool> caught_up{false};
  /// Waits for credit, a barrier, sources that are far behind, or the schema of its next record.
  std::atomic<bool> held_up{false};
  counter partitions;
  /// Partitions that are idle at present.
  counter idle;
};

struct stage_status {
  std::string name;
  counter in;
  counter late;
  counter failed;
  counter quarantined;
  counter actors;
  /// Of them; and the bytes of those awake, with what finds them.
  counter asleep;
  counter memory;
};

struct sink_status {
  std::string name;
  /// The log of its topic, as `--log` has it; empty where it writes files or posts.
  std::string log;
  /// Epochs that are complete and not taken by all its lanes; at two no epoch starts, so that
  /// sources pause.
  counter epochs_waiting;
  /// It has taken nothing for so long that a person should know.
  std::atomic<bool> stands{false};
  /// What was last heard of why epochs wait; empty where nothing was.
  words why;
};

/// What a run looks like from outside, while it runs: the one source for the progress line,
/// `--json` and, later, the API. Made before the run starts; its lists do not change after that.
struct run_status {
  std::deque<source_status> sources;
  std::deque<stage_status> stages;
  std::deque<sink_status> sinks;
  counter windows;
  counter decisions;
  counter reports;
  counter late;
  counter dead_letters;
  counter epochs;
  /// How often a partition was declared idle, and a table's new version came into force: such a run
  /// is outside the promise that two runs have the same output bit by bit.
  counter declared_idle;
  counter tables_changed;
  /// Bytes the lanes have written.
  counter bytes_out;
};

}  // namespace aisle::view
