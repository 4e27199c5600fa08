// SPDX-License-Identifier: Apache-2.0
#include "runtime/window/panes.hpp"

#include <algorithm>

#include "runtime/base/heap.hpp"

namespace aisle::window {

void pane_row::make_room() {
  if (all_.size() == all_.capacity()) {
    all_.reserve(all_.size() + std::max<std::size_t>(1, all_.size() / 2));
  }
}

void pane_row::insert(pane p) noexcept {
  const auto first = all_.begin() + static_cast<std::ptrdiff_t>(holes_);
  const auto place = std::ranges::upper_bound(first, all_.end(), p.order(), {}, &pane::order);
  all_.insert(place, std::move(p));
}

void pane_row::drop(std::size_t count) noexcept {
  for (auto& p : live().first(count)) {
    p.cells = cells{};  // gives its memory back, as an empty list would not
  }
  holes_ += count;
  if (2 * holes_ >= all_.size()) {
    all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(holes_));
    holes_ = 0;
  }
}

std::size_t pane_row::heap_bytes() const {
  auto bytes = base::heap_of(all_);
  for (const auto& p : live()) {
    bytes += columns::heap_bytes(p.cells);
  }
  return bytes;
}

std::span<const pane> within(std::span<const pane> all, base::event_time start,
                             base::event_time end) {
  const auto first = std::ranges::lower_bound(all, start, {}, &pane::start);
  const auto last = std::ranges::lower_bound(first, all.end(), end, {}, &pane::start);
  return {first, last};
}

}  // namespace aisle::window
