// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/flow/message.hpp"
#include "runtime/flow/waiting_page.hpp"
#include "runtime/record/batch.hpp"

namespace aisle::flow {

/// A row that waits in a reorder buffer.
struct waiting_row {
  /// When it is seen; of rows that are taken as they come, the watermark they came behind.
  base::event_time after;
  base::source_id source;
  /// A stage that reads a record and its lines is sent both with one position.
  std::uint8_t stream = 0;
  record::position position;
  /// Which held batch, and which row in it.
  std::uint32_t batch = 0;
  std::uint32_t row = 0;

  /// The order of a stage: seen, source, partition, offset, line, stream. No two rows are equal in
  /// all of these.
  friend bool operator<(const waiting_row& a, const waiting_row& b) {
    if (a.after != b.after) {
      return a.after < b.after;
    }
    if (a.source != b.source) {
      return a.source < b.source;
    }
    if (a.position != b.position) {
      return a.position < b.position;
    }
    return a.stream < b.stream;
  }
};

/// Holds batches and gives their rows out one at a time: sorted as the watermark passes, or as they
/// came. Rows are sorted when they become ready, a few seconds of event time at a time, so that an
/// advance touches only what it releases and the few seconds it falls into.
class reorder {
 public:
  enum class mode : std::uint8_t { sorted, as_they_come };

  explicit reorder(mode how) : mode_{how} {}

  /// A row and the stream it came by.
  struct ready_row {
    record::event_ref event;
    std::uint8_t stream = 0;
    /// Timers due up to here come before the row: those up to when it is seen, and of rows that are
    /// taken as they come, those up to the watermark that was released before it came.
    base::event_time after;
  };

  /// `rows` is not empty. A row that is seen before the watermark that was released comes from a
  /// partition that was idle: it is seen at that watermark, here and by its actor.
  void add(channel from, base::source_id source, std::uint8_t stream, record::batch rows);
  /// Rows seen before `watermark` become ready. Never goes back.
  void release(base::event_time watermark);

  [[nodiscard]] bool has_ready() const { return next_ < ready_.size(); }
  /// Valid until `pop`.
  [[nodiscard]] ready_row front() const;
  /// The head of the row that will be the front after so many `pop`s; null when none is ready.
  [[nodiscard]] const record::event_head* ahead(std::size_t rows) const {
    if (next_ + rows >= ready_.size()) {
      return nullptr;
    }
    const auto& row = ready_[next_ + rows];
    return batches_[row.batch].rows[row.row].head;
  }
  /// Drops the front row. Answers the channel of its batch when that was the batch's last row and
  /// came by a channel.
  std::optional<channel> pop();

  /// From now on it is noted which batches come and go, for `freeze`.
  void keep_track() { tracks_ = true; }
  /// Where the rows that wait begin now.
  [[nodiscard]] waits_from waiting() const;
  /// Calls `keep(page, all, waiting)` for every batch that came since the last time and has rows
  /// that wait: a page still without rows, the batch, and which of its rows wait. Answers the pages
  /// kept earlier of which no row waits any more. Costs by what came and went.
  template <class Keep>
  std::vector<std::uint64_t> freeze(Keep&& keep) {
    for (const auto& [number, index] : std::exchange(came_, {})) {
      if (auto& held = batches_[index]; held.number == number) {
        const auto waiting = waiting_of(held);
        keep(page_of(held, waiting), held.rows, waiting);
        held.is_kept = true;
      }
    }
    return std::exchange(gone_, {});
  }
  /// Fills an empty buffer with what was kept. Pages may come in any order.
  void begin(std::vector<waiting_page> pages, const waits_from& from);

  /// Rows held, ready ones included.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct held_batch {
    record::batch rows;
    /// None: it was held before a restart, and nobody waits for credit for it.
    std::optional<channel> from;
    base::source_id source;
    std::uint8_t stream = 0;
    std::uint32_t left = 0;
    /// 0: nothing is held here.
    std::uint64_t number = 0;
    base::event_time after;
    std::uint32_t first_row = 0;
    bool is_kept = false;
  };

  std::uint32_t hold(held_batch held);
  [[nodiscard]] waiting_row row_of(const held_batch& held, std::uint32_t index,
                                   std::uint32_t row) const;
  [[nodiscard]] bool still_waits(const waits_from& from, const held_batch& held,
                                 std::uint32_t row) const;
  /// Which rows of a batch wait.
  [[nodiscard]] std::vector<std::uint32_t> waiting_of(const held_batch& held) const;
  [[nodiscard]] static waiting_page page_of(const held_batch& held,
                                            const std::vector<std::uint32_t>& waiting);

  mode mode_;
  std::vector<held_batch> batches_;
  std::vector<std::uint32_t> free_;
  /// Rows that wait for the watermark, by `seen`, a few seconds together.
  std::map<std::int64_t, std::vector<waiting_row>> waiting_;
  base::event_time released_ = base::beginning_of_time;
  std::vector<waiting_row> ready_;
  std::size_t next_ = 0;
  std::uint64_t newest_ = 0;
  bool tracks_ = false;
  /// Since the last freeze: numbers and places of batches that came, and kept ones that are gone.
  std::vector<std::pair<std::uint64_t, std::uint32_t>> came_;
  std::vector<std::uint64_t> gone_;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace aisle::flow
