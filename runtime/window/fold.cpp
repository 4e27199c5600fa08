// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/fold.hpp"

#include <ranges>
#include <utility>

#include "runtime/base/heap.hpp"

namespace aisle::window {

void fold::clear() noexcept {
  front_.clear();
  back_.reset();
  middle_ = end_ = base::beginning_of_time;
}

void fold::rebuild(std::span<const pane> panes, base::event_time start, base::event_time end) {
  clear();
  for (const auto& p : within(panes, start, end) | std::views::reverse) {
    auto sum = p.cells;
    if (!front_.empty()) {
      columns::merge(sum, front_.back().cells);
    }
    front_.push_back({p.start, p.from, std::move(sum)});
  }
  middle_ = end_ = end;
}

void fold::extend(std::span<const pane> panes, base::event_time end) {
  for (const auto& p : within(panes, end_, end)) {
    if (back_) {
      columns::merge(*back_, p.cells);
    } else {
      back_ = p.cells;
    }
  }
  end_ = end;
}

cells fold::of(std::span<const pane> panes, base::event_time start, base::event_time end,
               const columns& kept) {
  if (start >= middle_) {
    rebuild(panes, start, end);
  } else {
    while (!front_.empty() && front_.back().start < start) {
      front_.pop_back();
    }
    extend(panes, end);
  }
  auto sum = front_.empty() ? kept.empty() : front_.back().cells;
  if (back_) {
    columns::merge(sum, *back_);
  }
  return sum;
}

std::size_t fold::heap_bytes() const {
  auto bytes = base::heap_of(front_);
  for (const auto& p : front_) {
    bytes += columns::heap_bytes(p.cells);
  }
  return bytes + (back_ ? columns::heap_bytes(*back_) : 0);
}

}  // namespace aisle::window
