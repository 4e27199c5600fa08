// SPDX-License-Identifier: Apache-2.0
#include "actors/models/velocity.hpp"

#include <algorithm>

#include "actors/models/count_law.hpp"

namespace aisle::models {

velocity::verdict velocity::observe(std::int64_t at_ms, std::int64_t window_ms, std::size_t limit) {
  const auto first = times.begin();
  const auto last = first + held;
  const auto place = std::upper_bound(first, last, at_ms);
  auto newest = place;  // one past the entry for at_ms
  if (held < capacity) {
    std::move_backward(place, last, last + 1);
    *newest++ = at_ms;
    ++held;
  } else if (place != first) {
    std::move(first + 1, place, first);
    *(newest - 1) = at_ms;
  }
  verdict now;
  now.count =
      static_cast<std::size_t>(newest - std::upper_bound(times.begin(), newest, at_ms - window_ms));
  now.exceeded = now.count > limit;
  now.onset = now.exceeded && !above;
  above = now.exceeded;
  return now;
}

std::size_t velocity_limit(std::size_t at_least, double usual_count, double false_rate) {
  const auto chance = count_law::poisson(usual_count).quantile(1 - false_rate);
  const auto limit = std::max(at_least, static_cast<std::size_t>(chance));
  return std::min(limit, velocity::capacity - 1);
}

}  // namespace aisle::models
