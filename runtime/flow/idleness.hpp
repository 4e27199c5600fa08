// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"

namespace aisle::flow {

/// Says which partitions of a source are idle. Told what its reader does; `now` is of a clock that
/// only goes forward, counted from anywhere.
///
/// A partition goes idle only at a barrier, and only when its reader has been at its end from the
/// first moment it was there to now, for the idle time at least. It is awake again at once when a
/// record of it comes, and when it holds more than was read or nobody knows what it holds.
class idleness {
 public:
  /// Without `after` nothing is ever idle.
  idleness(std::uint32_t partitions, std::optional<base::duration> after)
      : after_{after}, partitions_(partitions) {}

  /// A record of the partition came.
  void record(base::partition_id p) { partitions_[p.get()] = {}; }
  /// Everything the partition holds is read.
  void caught_up(base::partition_id p, base::duration now) {
    auto& at = partitions_[p.get()];
    if (!at.quiet_since) {
      at.quiet_since = now;
    }
  }
  /// The partition holds more than was read, or may: nobody can say.
  void held_up(base::partition_id p) { partitions_[p.get()] = {}; }

  /// Right before a barrier: those whose idle time is over are idle behind it. Answers how many
  /// partitions became idle.
  std::uint32_t declare(base::duration now) {
    std::uint32_t declared = 0;
    for (auto& p : partitions_) {
      const bool goes = !p.idle && after_ && p.quiet_since && now - *p.quiet_since >= *after_;
      p.idle = p.idle || goes;
      declared += goes ? 1U : 0U;
    }
    return declared;
  }

  /// After a restart: it was idle behind the last barrier.
  void go_on_idle(base::partition_id p) { partitions_[p.get()].idle = true; }
  [[nodiscard]] bool is_idle(base::partition_id p) const { return partitions_[p.get()].idle; }

 private:
  struct partition {
    /// Since when its reader has been at its end without a break.
    std::optional<base::duration> quiet_since;
    bool idle = false;
  };

  std::optional<base::duration> after_;
  std::vector<partition> partitions_;
};

}  // namespace aisle::flow
