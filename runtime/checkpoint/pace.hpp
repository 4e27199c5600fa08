// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/base/time.hpp"

namespace aisle::checkpoint {

/// However much epochs cost, one starts this long after the last one did (or after `interval`,
/// where that is longer): it bounds what a crash makes the sources read again.
inline constexpr base::duration longest_interval{60'000};

/// Least share of the time that may be asked for: below it every epoch would take the longest
/// interval.
inline constexpr double max_cost_least = 0.001;

struct pace_options {
  /// From the start of an epoch to that of the next, while they are cheap enough. At least 1 ms.
  base::duration interval{1000};
  /// Share of all processor time that epochs may take, max_cost_least to 1.
  double max_cost = 0.1;
  /// Threads that share the work; at least 1.
  std::uint32_t processors = 1;
};

/// What an epoch took from the events: base::clock::ticks() after, less before. Processor time
/// would be the truth, but a shard is not a thread; and where the two differ (the writer waits for
/// its disk) an epoch that keeps the disk busy is none to repeat more often. Whole milliseconds do:
/// what is shorter is told as 0 or 1, and right on average.
struct epoch_cost {
  /// How long shards stood still to cut their deltas, all shards together.
  base::duration frozen{0};
  /// How long the writer was busy: committing, syncing, folding.
  base::duration written{0};
};

/// When the next epoch starts. An epoch is paid for with time: one that cost c milliseconds takes
/// c / (max_cost × processors) to pay, and the next one starts when all is paid, but
/// not before `interval` and not after `longest_interval`. So
///
///   between two starts epochs cost at most max_cost of the time there was, whatever each cost,
///   unless some were started early or the longest interval was reached;
///
/// and nothing is saved up: after a quiet hour epochs may not cost more than before it.
///
/// All times are a monotonic clock of the process.
class pace {
 public:
  pace(pace_options options, base::duration now);

  /// An epoch has started, because it was due or because somebody could not wait for it: his part
  /// was full, a table had changed. One that ran before is over.
  void started(base::duration now);
  /// A cost has become known: of the running epoch, of one that is over, in one piece or many.
  /// Less than nothing counts as nothing.
  void spent(const epoch_cost& cost);
  /// The running epoch is complete, or was abandoned.
  void ended() { running_ = false; }

  /// An epoch should start now. Never while one is running: what it costs is not known yet.
  [[nodiscard]] bool due(base::duration now) const { return !running_ && now >= next_start(); }
  /// When to ask `due` again. Costs that become known may move it, later only.
  [[nodiscard]] base::duration next_start() const {
    return std::max(started_ + options_.interval, paid_);
  }
  /// From the last start to the next, as things stand.
  [[nodiscard]] base::duration spacing() const { return next_start() - started_; }
  /// Epochs cost so much that they start less often than `interval` says.
  [[nodiscard]] bool stretched() const { return spacing() > options_.interval; }

 private:
  [[nodiscard]] base::duration latest() const;

  pace_options options_;
  base::duration started_;
  /// When everything that was spent is paid.
  base::duration paid_;
  bool running_ = false;
};

}  // namespace aisle::checkpoint
