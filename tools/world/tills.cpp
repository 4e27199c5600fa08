// SPDX-License-Identifier: Apache-2.0
#include "tools/world/tills.hpp"

#include <algorithm>

namespace aisle::world {
namespace {

constexpr milliseconds least_service{12'000};
constexpr milliseconds per_line{2'500};

}  // namespace

tills::tills(int count, std::span<const reservation> reserved)
    : busy_until_(static_cast<std::size_t>(count), instant::min()), reserved_(reserved) {}

instant tills::free_at(std::size_t till, instant ready) const {
  auto free = std::max(busy_until_[till], ready);
  // Reservations of one till do not overlap, but one may end where another begins.
  for (auto moved = true; moved;) {
    moved = false;
    for (const auto& each : reserved_) {
      if (each.terminal == till + 1 && each.from <= free && free < each.until) {
        free = each.until;
        moved = true;
      }
    }
  }
  return free;
}

served tills::serve(random_stream& random, instant ready, int lines) {
  const auto count = busy_until_.size();
  const auto first = random.below(count);
  std::size_t best = 0;
  auto best_at = instant::max();
  for (std::size_t i = 0; i < count && best_at > ready; ++i) {
    const auto till = (first + i) % count;
    const auto at = free_at(till, ready);
    if (at < best_at) {
      best = till;
      best_at = at;
    }
  }
  busy_until_[best] = best_at + least_service + lines * per_line;
  return {static_cast<std::uint16_t>(best + 1), best_at};
}

}  // namespace aisle::world
