// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/expr/row.hpp"
#include "runtime/record/layout.hpp"

namespace aisle::record {

/// Where an event stands in its source: with the source, the name of the event.
struct position {
  base::partition_id partition;
  base::offset offset;
  /// The line of a list when the stage reads `.items`; 0 otherwise.
  std::uint32_t item = 0;

  friend auto operator<=>(const position&, const position&) = default;
};

/// What the runtime knows of an event beside its fields.
struct event_head {
  /// The contract's event time.
  base::event_time at;
  /// max(at, the partition's watermark before it): the time lateness is judged by, the same on
  /// every run.
  base::event_time seen;
  record::position position;
  /// base::hash64 of the encoded key of the stage the event goes to.
  std::uint64_t key_hash = 0;
};

/// An event in a batch. Lives as long as the batch, and until the batch is changed.
struct event_ref {
  const event_head* head = nullptr;
  expr::row_ref row;
};

/// Events of one layout, one behind the other: heads, words, and a heap for their texts. Grows by
/// append, is moved between threads, never shared.
class batch {
 public:
  batch() = default;
  /// `words` as layout::words() says.
  explicit batch(std::size_t words) : words_per_row_{words} {}

  [[nodiscard]] std::size_t size() const { return heads_.size(); }
  [[nodiscard]] bool empty() const { return heads_.empty(); }
  [[nodiscard]] std::size_t words_per_row() const { return words_per_row_; }
  /// What the batch occupies, for budgets.
  [[nodiscard]] std::size_t bytes() const;

  [[nodiscard]] event_ref operator[](std::size_t i) const {
    return {&heads_[i], {words_.data() + i * words_per_row_, heap_.data()}};
  }

  /// Copies an event and its texts in. `texts` has a bit set for every field that is a text.
  void append(const event_head& head, expr::row_ref row, std::uint64_t texts);
  void clear();
  /// The event is seen later than its partition said: see flow::reorder::add.
  void see_at(std::size_t i, base::event_time seen) { heads_[i].seen = seen; }

 private:
  std::size_t words_per_row_ = 1;
  std::vector<event_head> heads_;
  std::vector<std::uint64_t> words_;
  std::string heap_;
};

/// The mask `batch::append` asks for: a bit per field of the layout that holds a text.
[[nodiscard]] std::uint64_t text_fields(const layout& of);

}  // namespace aisle::record
