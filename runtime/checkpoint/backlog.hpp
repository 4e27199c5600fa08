// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"

namespace aisle::checkpoint {

/// A sink that keeps an epoch waiting for so long is worth a word.
inline constexpr base::duration standing_after{5000};

/// What a person should hear of sinks, by their numbers.
struct backlog_news {
  /// These keep epochs waiting, and one of them has taken nothing for `standing_after`.
  std::vector<std::size_t> stand;
  /// Those of which that was said take epochs again.
  std::vector<std::size_t> go_on;
};

/// Which sinks keep complete epochs waiting, how many and for how long. What stands for the same
/// reason, such as a broker that is away, is told together and once. Decides nothing: that epochs
/// wait at their bound is the leader's doing.
///
/// All times are a monotonic clock of the process.
class backlog {
 public:
  /// `sink_of`: by lane. `from` is complete; what of it is out is known once lanes have said so.
  backlog(std::vector<std::size_t> sink_of, std::size_t sinks, base::epoch from,
          base::duration now);

  /// The epoch is complete: every lane has something to deliver, be it nothing.
  void completed(base::epoch n, base::duration now);
  /// Nothing of this epoch and those before it is left in the lane.
  void delivered(std::size_t lane, base::epoch to, base::duration now);

  /// Epochs that are complete and not delivered by all lanes of the sink; at most as many as may.
  [[nodiscard]] std::uint64_t waiting(std::size_t sink) const;
  /// It has taken nothing for `standing_after`, and more than nothing waits.
  [[nodiscard]] bool stands(std::size_t sink, base::duration now) const;
  /// Each once.
  [[nodiscard]] backlog_news look(base::duration now);

 private:
  std::vector<std::size_t> sink_of_;
  /// By lane.
  std::vector<base::epoch> delivered_;
  struct facts {
    /// When it last took something, or when something first waited.
    base::duration since{0};
    bool was_said = false;
  };
  std::vector<facts> sinks_;
  base::epoch complete_;
};

}  // namespace aisle::checkpoint
