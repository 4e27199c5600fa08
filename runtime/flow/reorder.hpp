// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/flow/message.hpp"
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
  /// Drops the front row. Answers the channel of its batch when that was the batch's last row.
  std::optional<channel> pop();

  /// Rows held, ready ones included.
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct held_batch {
    record::batch rows;
    channel from;
    std::uint8_t stream = 0;
    std::uint32_t left = 0;
  };

  std::uint32_t hold(channel from, std::uint8_t stream, record::batch rows);

  mode mode_;
  std::vector<held_batch> batches_;
  std::vector<std::uint32_t> free_;
  /// Rows that wait for the watermark, by `seen`, a few seconds together.
  std::map<std::int64_t, std::vector<waiting_row>> waiting_;
  base::event_time released_ = base::beginning_of_time;
  std::vector<waiting_row> ready_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace aisle::flow
