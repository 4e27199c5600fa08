// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/record/batch.hpp"

// What a checkpoint keeps of the rows that wait in a reorder buffer.
namespace aisle::flow {

/// Rows of one message, as they waited at the first cut behind their coming. Written once; which of
/// them still wait at a later cut is told by `waits_from`.
struct waiting_page {
  /// 1, 2, 3 … in the order the messages came in; never used again.
  std::uint64_t number = 0;
  base::source_id source;
  std::uint8_t stream = 0;
  /// The watermark they came behind; counts where rows are taken as they come.
  base::event_time after;
  /// The place the first of `rows` had in its message.
  std::uint32_t first_row = 0;
  record::batch rows;
};

/// Where the rows that wait begin. All kept rows before it have been worked off.
struct waits_from {
  /// A row by its place in the order of the buffer.
  struct row {
    base::event_time after;
    base::source_id source;
    std::uint8_t stream = 0;
    record::position position;
    std::uint64_t page = 0;
    std::uint32_t row_in_message = 0;
    friend bool operator==(const row&, const row&) = default;
  };
  /// The watermark up to which rows are released.
  base::event_time released = base::beginning_of_time;
  /// The next row to be worked off; none: every released row has been.
  std::optional<row> front;
  /// The number of the newest message.
  std::uint64_t newest_page = 0;
  friend bool operator==(const waits_from&, const waits_from&) = default;
};

}  // namespace aisle::flow
