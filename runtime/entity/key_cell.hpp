// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {

/// One key's actor with a mailbox of its own. Its shard fills the mailbox, its actor works it off;
/// between the two it belongs to one of them only.
class key_cell {
 public:
  explicit key_cell(const stage& of);

  void take(stream_index by, record::event_ref event, base::event_time after);
  void take_timers(base::event_time until);
  /// Works the mailbox off, in its order. Throws nothing: behaviours' exceptions end in the host.
  void work_off();

  /// Null while the actor sleeps.
  std::unique_ptr<actor_host> host;
  outputs made;

 private:
  friend class key_hosts;
  /// What it occupies besides its mailbox.
  [[nodiscard]] std::size_t memory() const;
  [[nodiscard]] std::size_t rows_bytes() const;

  struct mail {
    base::event_time after;
    /// None: a timer only.
    std::optional<stream_index> by;
    std::size_t row = 0;
  };

  std::vector<mail> mailbox_;
  /// By stream.
  std::vector<record::batch> rows_;
  bool waiting_ = false;
  /// Since the last cut; only where something is cut.
  bool changed_ = false;
  /// Since the hand that looks for somebody to put to sleep went by.
  bool used_ = true;
  base::event_time due_ = base::end_of_time;
  /// Of the latest event.
  base::event_time last_ = base::beginning_of_time;
  stage_counts counts_told_;
  std::vector<std::uint64_t> late_told_;
  std::size_t memory_told_ = 0;
  bool quarantined_told_ = false;
  std::string_view key_;
  std::uint64_t key_hash_ = 0;
};

}  // namespace aisle::entity
