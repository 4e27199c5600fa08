// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/window/columns.hpp"
#include "runtime/window/panes.hpp"

namespace aisle::window {

/// Folds the panes of one window after the other in a number of merges that does not depend on how
/// many panes a window has: two per pane and one per window, on average. Two stacks (Tangwongsan,
/// Hirzel, Schneider, DEBS 2017):
///
///        front: each entry holds its pane and all to `middle`      back: one sum
///   …    [p3 p4 p5 p6) [p4 p5 p6) [p5 p6) [p6)      middle          [p7 p8)        end
///
/// A slide drops entries from the front and merges new panes into the back; when the front is used
/// up, it is made anew from the panes of the whole window. The fold holds nothing that the panes do
/// not: it can be thrown away at any time, is never saved, and changes no result.
class fold {
 public:
  /// The panes within [start, end), merged. `panes` are all of the actor, by start; starts and ends
  /// never go back. When it throws, the fold has to be cleared.
  [[nodiscard]] cells of(std::span<const pane> panes, base::event_time start, base::event_time end,
                         const columns& kept);
  /// True when a pane that starts at `start` may be in a sum.
  [[nodiscard]] bool covers(base::event_time start) const { return start < end_; }
  void clear() noexcept;
  [[nodiscard]] std::size_t heap_bytes() const;

 private:
  void rebuild(std::span<const pane> panes, base::event_time start, base::event_time end);
  void extend(std::span<const pane> panes, base::event_time end);

  /// Ends with the earliest.
  std::vector<pane> front_;
  std::optional<cells> back_;
  base::event_time middle_ = base::beginning_of_time;
  base::event_time end_ = base::beginning_of_time;
};

}  // namespace aisle::window
