// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/entity/behaviour.hpp"
#include "runtime/entity/decision.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/key.hpp"
#include "runtime/table/table.hpp"

namespace aisle::entity {

/// One way events come into a stage.
struct stream {
  std::string source;
  base::source_id source_id;
  /// Whole records, or the lines of their list.
  record::row_kind rows = record::row_kind::record;
  const record::contract* contract = nullptr;
  /// Places of the key's fields, in the order of the key.
  std::vector<std::uint8_t> key;

  [[nodiscard]] const record::layout& layout() const {
    return rows == record::row_kind::line ? contract->line_fields() : contract->fields();
  }
};

/// A table whose row for the actor's key stands beside every event.
struct known_table {
  std::shared_ptr<const table::reference> rows;
  /// For each field of the table's key: which field of the stage's key it is.
  std::vector<std::size_t> key;
};

/// Tables as they are at one time, in the order of stage::tables.
using known_tables = std::vector<std::shared_ptr<const table::reference>>;

/// A behaviour at its place in the order of calls.
struct placed_behaviour {
  std::string name;
  /// The `kind` of its decisions; empty when it makes none.
  std::string kind;
  const behaviour* logic = nullptr;
  /// Behaviours it reads, as indices; all smaller than its own.
  std::vector<std::size_t> inputs;
};

/// What an output is, and so which sinks take it.
enum class output_kind : std::uint8_t { window, decision, report, late, dead_letter };
inline constexpr std::size_t output_kinds = 5;

/// Which outputs of a stage go out: all of them, unless old input is read again from its middle.
struct output_span {
  /// Windows that begin at or after this, and end at or before `to`.
  base::event_time windows_from = base::beginning_of_time;
  /// Everything else that is of a moment in [from, to): when a decision was made, when a late or
  /// refused event happened.
  base::event_time from = base::beginning_of_time;
  base::event_time to = base::end_of_time;

  [[nodiscard]] bool has(base::event_time moment) const { return from <= moment && moment < to; }
  [[nodiscard]] bool has(const window_result& window) const {
    return windows_from <= window.start && window.end <= to;
  }
  friend bool operator==(const output_span&, const output_span&) = default;
};

/// Everything a host must know of its stage; the same for all shards of it, never changes, outlives
/// them.
struct stage {
  std::string topology;
  std::string name;
  base::stage_id id;
  std::vector<record::key_field> key;
  std::vector<stream> streams;
  std::vector<known_table> tables;
  std::vector<placed_behaviour> behaviours;
  /// Failures after which an actor is quarantined.
  std::uint32_t max_failures = 3;
  output_span outputs{};
  /// By output kind: a sink wants it as a record of a topic, with a key and headers.
  std::array<bool, output_kinds> framed{};

  [[nodiscard]] bool frames(output_kind kind) const {
    return framed[static_cast<std::size_t>(kind)];
  }
};

/// What became of the events of a stage. in = applied + late + failed + quarantined, always.
struct stage_counts {
  std::uint64_t in = 0;
  std::uint64_t applied = 0;
  /// Late for every window that reads it: no behaviour saw it.
  std::uint64_t late = 0;
  /// A behaviour threw; the event is a dead letter.
  std::uint64_t failed = 0;
  /// Its actor is quarantined; the event is a dead letter.
  std::uint64_t quarantined = 0;

  stage_counts& operator+=(const stage_counts& other);
  stage_counts& operator-=(const stage_counts& other);
  friend bool operator==(const stage_counts&, const stage_counts&) = default;
};

}  // namespace aisle::entity
