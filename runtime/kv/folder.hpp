// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kv/preparation.hpp"
#include "runtime/kv/snapshot.hpp"
#include "runtime/kv/txn.hpp"

namespace aisle::kv {

/// Chunks that one step moves. Each may change a leaf of the deltas, one of the base and two of the
/// timers, and split three of them.
inline constexpr std::size_t fold_rows_max = 8192;
/// A last row may be as large as a row can be, and replace one as large: two chunks a page.
static_assert(fold_rows_max * 7 + payload_bytes_max / 1024 <= 2 * dirty_pages_max);

/// The copy's chain has `up_to`, and something before or at it is not in the base.
[[nodiscard]] bool can_fold(const copy_facts& copy, attempt up_to);

/// Moves rows from deltas into the base, in one transaction.
class folder {
 public:
  folder(txn& in, std::size_t rows_max);

  void fold(const copy_facts& copy, attempt up_to);
  /// No row may be moved any more.
  [[nodiscard]] bool is_spent() const { return left_ == 0; }
  [[nodiscard]] bool is_idle() const { return idle_; }

 private:
  struct chunk {
    std::string key;
    std::string value;
    std::uint64_t sum = 0;
  };
  struct old_row {
    std::size_t chunks = 0;
    base::event_time due = no_timer;
  };

  /// False when the rows are not all moved yet.
  bool fold_attempt(copy_id id, copy_row& copy, const copy_facts::link& link);
  /// Takes the row at the cursor out of the deltas, chunk by chunk.
  void take_row(copy_row& copy);
  void put_row(copy_id id, copy_row& copy);
  [[nodiscard]] old_row old_at(std::string_view place, copy_row& copy);
  void replace_timer(copy_id id, copy_row& copy, base::event_time before, base::event_time now);

  txn& in_;
  std::size_t left_;
  bool idle_ = true;
  cursor deltas_;
  cursor base_;
  std::string prefix_;
  std::string place_;
  std::string base_key_;
  value_head head_;
  std::vector<chunk> chunks_;
};

}  // namespace aisle::kv
