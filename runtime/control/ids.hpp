// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "runtime/base/hash.hpp"
#include "runtime/base/ids.hpp"

namespace aisle::control {

/// The place of a record in the control log. Grows; may skip numbers.
using log_offset = base::named<std::int64_t, struct log_offset_tag>;
/// What the first record of a log comes after.
inline constexpr log_offset before_the_log{-1};

/// Who leads: the offset of a Claim.
using term = base::named<std::int64_t, struct term_tag>;
/// Who may act where: the offset of an Assign. 0 is before the first one, because the first record
/// of a log is never an Assign.
using generation = base::named<std::int64_t, struct generation_tag>;

[[nodiscard]] constexpr term term_at(log_offset claim) { return term{claim.get()}; }
[[nodiscard]] constexpr generation generation_at(log_offset assign) {
  return generation{assign.get()};
}

/// The name of an epoch in everything that is kept or sent: a number alone is used again when its
/// epoch was abandoned. Later attempts compare greater.
struct attempt {
  control::generation generation;
  base::epoch epoch;
  friend auto operator<=>(const attempt&, const attempt&) = default;
};
/// The empty state, which everybody holds before the first Complete.
inline constexpr attempt the_beginning{};

/// Random, new at each start of a process: what an Assign names is this process and no later one.
using incarnation = base::named<std::uint64_t, struct incarnation_tag>;

/// 128 random bits that cannot be mistaken for another kind's.
template <class Tag>
struct random_id {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const random_id&, const random_id&) = default;
};
/// Made with a node's LMDB: the same name with another kv id is an empty node.
using kv_id = random_id<struct kv_id_tag>;
/// Made with the control log: another one is another history.
using log_id = random_id<struct log_id_tag>;
using cluster_id = random_id<struct cluster_id_tag>;

/// How people call a node.
struct node_name {
  std::string text;
  friend auto operator<=>(const node_name&, const node_name&) = default;
};

/// XXH3 of contents: two copies that say the same hold the same.
using checksum = base::named<std::uint64_t, struct checksum_tag>;
/// Which state of a reference table counts: a hash of its rows.
using table_version = base::named<std::uint64_t, struct table_version_tag>;

/// `(12,5)`: generation and number.
[[nodiscard]] std::string to_text(attempt of);
/// 32 lower-case hex digits.
template <class Tag>
[[nodiscard]] std::string to_text(const random_id<Tag>& id) {
  return base::to_hex({.high = id.high, .low = id.low});
}

}  // namespace aisle::control
