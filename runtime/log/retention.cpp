// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/retention.hpp"

#include <algorithm>

namespace aisle::log {
namespace {

std::size_t too_old(std::span<const segment_facts> segments, base::duration age,
                    base::event_time now) {
  std::size_t count = 0;
  while (count + 1 < segments.size() && segments[count + 1].created_at + age <= now) {
    ++count;
  }
  return count;
}

std::size_t too_much(std::span<const segment_facts> segments, std::uint64_t bytes) {
  std::uint64_t kept = 0;
  for (auto at = segments.size(); at-- > 1;) {
    kept += segments[at].bytes;
    if (kept >= bytes) return at;
  }
  return 0;
}

}  // namespace

std::size_t segments_to_remove(std::span<const segment_facts> segments, const retention& keep,
                               base::event_time now) {
  std::size_t count = 0;
  if (keep.age) count = std::max(count, too_old(segments, *keep.age, now));
  if (keep.bytes) count = std::max(count, too_much(segments, *keep.bytes));
  return count;
}

}  // namespace aisle::log
