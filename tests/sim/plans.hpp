// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/topology/plan.hpp"
#include "tests/flow/visits.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {

struct source_shape {
  std::uint32_t partitions = 1;
  base::duration disorder{5'000};

  std::size_t records = 800;
  /// Event time between two records, on average.
  std::int64_t step_ms = 400;
  /// Records are late by up to this; beyond the disorder when it is larger.
  std::int64_t jitter_ms = 4'000;
  std::int64_t begin_ms = 1'000'000;
  std::size_t keys = 12;
  /// Lines of a record, at most.
  std::size_t lines = 3;
  /// Of a thousand records, so many cannot be read, and so many come twice.
  std::uint64_t bad = 20;
  std::uint64_t twice = 20;
};

struct plan_shape {
  std::vector<source_shape> sources{3};
  topology::order order = topology::order::event_time;
  /// Offsets at which a behaviour of stage by_part throws; 0: never.
  std::int64_t throws_at = 0;
  std::uint32_t max_failures = 3;
  /// Bit k: the k-th sink delivers at once.
  std::uint32_t immediate = 0;
};

/// A topology over visits (tests/flow/visits.hpp), made by hand:
///   stage by_key   every source's records, and the lines of the first besides
///   stage by_part  the lines of all sources
///   stage last     the records of the last source only
/// each with a tumbling window of a minute (20 s lateness) and a digest; by_part has a sliding
/// window of two minutes, too. Sinks windows, decisions, reports, late, rejects, and nothing, which
/// takes nothing.
[[nodiscard]] topology::plan make_plan(const plan_shape& shape);

/// Any shape: one to three sources of one to three partitions, in and out of order.
[[nodiscard]] plan_shape any_shape(std::uint64_t seed);

/// What goes into a run: by source the records as they stand in its file, and what they say
/// (nothing for a record that cannot be read).
struct input {
  std::vector<feed> feeds;
  std::vector<std::vector<std::optional<flow::visit>>> visits;
};

/// Records for the sources of the shape, decided by it and the seed.
[[nodiscard]] input make_input(const plan_shape& shape, std::uint64_t seed);

/// The partition a visit falls into.
[[nodiscard]] std::uint32_t partition_of(const flow::visit& v, std::uint32_t partitions);

/// The same records with those of different partitions shuffled among each other. What cannot be
/// read is of partition 0.
[[nodiscard]] feed interleaved_anew(const input& from, std::size_t source, std::uint32_t partitions,
                                    std::uint64_t seed);

}  // namespace aisle::sim
