// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace aisle::base {

/// A number that cannot be mistaken for another: `Tag` keeps a partition from being passed as a
/// shard.
template <class Number, class Tag>
class named {
 public:
  using number_type = Number;

  constexpr named() = default;
  constexpr explicit named(Number number) : number_{number} {}

  [[nodiscard]] constexpr Number get() const { return number_; }
  [[nodiscard]] constexpr named next() const { return named{static_cast<Number>(number_ + 1)}; }

  friend constexpr auto operator<=>(named, named) = default;

 private:
  Number number_{};
};

/// A source of a topology, numbered in the order of the sources' names.
using source_id = named<std::uint16_t, struct source_tag>;
/// A partition of one source.
using partition_id = named<std::uint32_t, struct partition_tag>;
/// The place of a record in its partition; for files the ordinal of the record in the source.
using offset = named<std::int64_t, struct offset_tag>;
/// The interval between two checkpoint barriers: 1, 2, 3 …; 0 is the empty beginning.
using epoch = named<std::uint64_t, struct epoch_tag>;
/// A keyed stage of a topology, numbered in the order of the stages' names.
using stage_id = named<std::uint16_t, struct stage_tag>;
/// A range of slots of one stage.
using shard_id = named<std::uint32_t, struct shard_tag>;
/// A sink of a topology, numbered in the order of the sinks' names.
using sink_id = named<std::uint16_t, struct sink_tag>;
/// The unit of delivery order of one sink.
using lane_id = named<std::uint32_t, struct lane_tag>;
/// A 16-bit hash of a key: state is ordered by slot, so that the number of shards can change.
using slot = named<std::uint16_t, struct slot_tag>;
/// The place of a message in its channel: 1, 2, 3 …
using sequence = named<std::uint64_t, struct sequence_tag>;

}  // namespace aisle::base

template <class Number, class Tag>
struct std::hash<aisle::base::named<Number, Tag>> {
  std::size_t operator()(aisle::base::named<Number, Tag> id) const noexcept {
    return std::hash<Number>{}(id.get());
  }
};
