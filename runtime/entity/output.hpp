// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity/decision.hpp"
#include "runtime/entity/decision_filter.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/flow/dead_letter.hpp"
#include "runtime/record/batch.hpp"
#include "runtime/record/key.hpp"

namespace aisle::entity {

/// One finished output: a JSON record without its line end.
struct output {
  output_kind kind = output_kind::window;
  /// Chooses the lane: outputs of one key keep their order.
  std::uint64_t key_hash = 0;
  std::string json;
  /// The same as a record of a topic (topic_record.hpp), where stage::framed says that somebody
  /// wants it; else empty.
  std::string frame{};
  /// Of a decision; null for everything else. Its views live as long as the stage.
  std::unique_ptr<const decision_labels> labels{};
};

/// The outputs of one call, and where they go on from. Grows as far as one unit of work makes it;
/// callers ask `outputs.size()` between units.
using outputs = std::vector<output>;

/// Who speaks: what every record of a stage has in common.
struct speaker {
  std::string_view topology;
  std::string_view stage;
  std::span<const record::key_field> key;
};

[[nodiscard]] inline speaker speaker_of(const stage& of) { return {of.topology, of.name, of.key}; }

/// What caused an output: an event (its position names it, for ever) or a timer.
struct cause {
  base::event_time now;
  /// Empty for a timer.
  std::string_view source;
  record::position position;
  /// The event was a line of a record: its position is that of the line, and differs from the
  /// record's.
  bool of_line = false;
  /// Decisions of the same behaviour and code in the same call before this one.
  std::uint32_t repeat = 0;
  /// The event's unique key as JSON; `null` for a timer or a contract without one.
  std::string_view event_json = "null";
};

/// {stage, key: {}, window, start, end, revision, final, values: {}}
[[nodiscard]] std::string to_json(const speaker& by, std::string_view key,
                                  const window_result& result);

/// {id, kind, code, stage, key: {}, at, until, severity, event, value: {}, why: {text, inputs: {},
/// threshold, rule}}. `name` is what the decision is called under `decides:`.
[[nodiscard]] std::string to_json(const speaker& by, std::string_view key, std::string_view kind,
                                  std::string_view name, const cause& because,
                                  const decision& proposed);

/// The fields of the key, then the members of the report.
[[nodiscard]] std::string to_json(const speaker& by, std::string_view key, const report& made);

/// {source, partition, offset, stage, window, lateness_ms, event}. `lateness_ms` is seen − event
/// time.
[[nodiscard]] std::string late_json(const speaker& by, std::string_view source,
                                    std::string_view window, const record::layout& fields,
                                    record::event_ref event);

/// The dead letter of an event that a stage refused.
[[nodiscard]] output refused(const stage& by_stage, stream_index by, record::event_ref event,
                             std::string_view reason, std::string_view field,
                             std::string_view message);

/// 32 hex digits: the same decision has the same id on every run, whoever makes it.
[[nodiscard]] std::string decision_id(const speaker& by, std::string_view key,
                                      std::string_view kind, std::string_view code,
                                      std::string_view name, const cause& because);

}  // namespace aisle::entity
