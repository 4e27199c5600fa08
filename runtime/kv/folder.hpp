// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kv/preparation.hpp"
#include "runtime/kv/rows.hpp"
#include "runtime/kv/snapshot.hpp"
#include "runtime/kv/txn.hpp"

namespace aisle::kv {

/// Chunks that leave the deltas in one step. Each may change a leaf of the deltas, one of the base
/// and two of the timers, and split three of them.
inline constexpr std::size_t fold_rows_max = 8192;
/// A last row may be as large as a row can be, and replace one as large: two chunks a page.
static_assert(fold_rows_max * 7 + payload_bytes_max / 1024 <= 2 * dirty_pages_max);

/// The copy's chain has `up_to`, and something before or at it is not in the base.
[[nodiscard]] bool can_fold(const copy_facts& copy, attempt up_to);

/// What a fold could get wrong about several rows of one place. Tests let it, to see that they
/// would notice.
enum class fold_mistake : std::uint8_t {
  none,
  /// The oldest row of a place goes into the base, not the newest.
  older_row_wins,
  /// A tombstone takes the place's newer row with it.
  tombstone_wins,
  /// The newest row leaves the deltas in a step before those below it.
  newest_leaves_first,
};

/// Moves rows from deltas into the base, in one transaction: those of all attempts of a chain, in
/// the order of their places.
class folder {
 public:
  folder(txn& in, std::size_t rows_max, fold_mistake mistake = fold_mistake::none);

  void fold(const copy_facts& copy, attempt up_to);
  /// No row may be moved any more.
  [[nodiscard]] bool is_spent() const { return left_ == 0; }
  [[nodiscard]] bool is_idle() const { return idle_; }

 private:
  /// One attempt of the chain.
  struct source {
    std::string prefix;
    /// Of its first rows, which are read and are to leave.
    std::size_t chunks = 0;
  };
  /// The newest row of a place, its chunks one behind the other in `bytes_`.
  struct moved_row {
    std::string place;
    value_head head;
    std::size_t first_chunk = 0;
    std::size_t chunks = 0;
  };
  struct moved_chunk {
    std::size_t begin = 0;
    std::size_t size = 0;
    std::uint64_t sum = 0;
  };
  struct old_row {
    std::size_t chunks = 0;
    base::event_time due = no_timer;
  };

  /// False when the rows are not all moved yet.
  bool fold_links(copy_id id, copy_row& copy, std::span<const copy_facts::link> links);
  /// Reads rows, place by place, until as many are read as may leave, or all: true.
  bool read_rows(copy_row& copy);
  /// Reads the rows of the place that `holders_` stand on; false when the step was full before the
  /// last one's turn.
  bool read_place(copy_row& copy, std::span<row_cursor> rows);
  void keep_row(copy_row& copy, row_cursor& rows, source& from);
  /// It only leaves. Answers its kind.
  value_kind drop_row(copy_row& copy, row_cursor& rows, source& from);
  void count(copy_row& copy, source& from, std::uint64_t sum);
  void erase_rows();
  void put_row(copy_id id, copy_row& copy, const moved_row& row);
  [[nodiscard]] old_row old_at(std::string_view place, copy_row& copy);
  void replace_timer(copy_id id, copy_row& copy, std::string_view place, base::event_time before,
                     base::event_time now);

  txn& in_;
  std::size_t left_;
  fold_mistake mistake_;
  bool idle_ = true;
  cursor base_;
  std::string base_key_;
  /// Oldest first.
  std::vector<source> sources_;
  /// Those with a row of the least place.
  std::vector<std::size_t> holders_;
  std::vector<moved_row> rows_;
  std::vector<moved_chunk> chunks_;
  std::string bytes_;
};

}  // namespace aisle::kv
