// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

#include "runtime/base/ids.hpp"
#include "runtime/control/ids.hpp"

namespace aisle::kv {

using control::attempt;
using control::checksum;
using control::generation;
using control::log_offset;

/// A stage or a sink as this one file numbers it; another node's file numbers it otherwise.
using unit_id = base::named<std::uint32_t, struct unit_tag>;

/// A shard or a lane of which this file holds a copy.
struct copy_id {
  unit_id unit;
  std::uint32_t number = 0;
  friend auto operator<=>(const copy_id&, const copy_id&) = default;
};

/// Hashes of keys from `first` to `last`, both included, of whole slots: what a shard has of its
/// stage.
struct hash_range {
  std::uint64_t first = 0;
  std::uint64_t last = UINT64_MAX;
  friend bool operator==(const hash_range&, const hash_range&) = default;

  [[nodiscard]] constexpr bool holds(std::uint64_t hash) const {
    return first <= hash && hash <= last;
  }
};

/// What a lane and the memory of a reader have: none.
inline constexpr hash_range no_hashes{.first = 1, .last = 0};

/// The hashes whose slots belong to shard `number` of `shards`, as base::shard_of has them.
[[nodiscard]] constexpr hash_range range_of(std::uint32_t number, std::uint32_t shards) {
  const auto first_slot = [&](std::uint64_t n) { return ((n << 16) + shards - 1) / shards; };
  const auto begin = first_slot(number);
  const auto end = first_slot(std::uint64_t{number} + 1);
  return {.first = begin << 48, .last = end == 1U << 16 ? UINT64_MAX : (end << 48) - 1};
}

}  // namespace aisle::kv
