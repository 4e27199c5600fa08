// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/entity/stage.hpp"
#include "runtime/flow/ingest.hpp"
#include "tests/sim/plans.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {

/// What a topology of plans.hpp must come to, worked out from the visits alone: a loop over all of
/// them, without channels, watermarks, order or shards.
struct expectation {
  std::vector<flow::source_counts> sources;
  /// By stage: events that reach it, and those of them that no window of it takes.
  std::vector<std::uint64_t> in;
  std::vector<std::uint64_t> late;
  /// `stage key window start` → events in that window, of the windows called `minute`.
  std::map<std::string, std::int64_t> minutes;
};

[[nodiscard]] expectation expect_of(const plan_shape& shape, const input& from);

/// The same, read from the final window records of a run.
[[nodiscard]] std::map<std::string, std::int64_t> minutes_of(const outcome& of);

/// Everything the expectation says, and the sums that hold of every run that went to its end.
void check_against(const expectation& wanted, const outcome& got);
/// The sums alone: what was read is in the outputs, as an event or as a dead letter.
void check_sums(const outcome& got);

}  // namespace aisle::sim
