// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/window/columns.hpp"

namespace aisle::window {

/// What the events of one stretch of time came to. A sliding window is a row of panes.
struct pane {
  base::event_time start;
  /// The first window they count in. Later than the first that holds the pane when they came too
  /// late for that one; a stretch then has a pane for each.
  base::event_time from;
  window::cells cells;

  [[nodiscard]] std::pair<base::event_time, base::event_time> order() const {
    return {start, from};
  }
};

/// Panes in order, of which the first ones go as time passes. A pane that went leaves a hole until
/// holes are half of the row, so that going costs the same however long the row is.
class pane_row {
 public:
  [[nodiscard]] std::span<pane> live() { return std::span{all_}.subspan(holes_); }
  [[nodiscard]] std::span<const pane> live() const { return std::span{all_}.subspan(holes_); }
  [[nodiscard]] std::size_t size() const { return all_.size() - holes_; }

  /// Makes room for one more, so that the next insert cannot fail.
  void make_room();
  void insert(pane p) noexcept;
  /// The first `count` go.
  void drop(std::size_t count) noexcept;

  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  std::vector<pane> all_;
  std::size_t holes_ = 0;
};

/// The panes of `all` that start within [start, end).
[[nodiscard]] std::span<const pane> within(std::span<const pane> all, base::event_time start,
                                           base::event_time end);

}  // namespace aisle::window
