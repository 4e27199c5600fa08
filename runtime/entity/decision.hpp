// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/base/value.hpp"

namespace aisle::entity {

enum class severity : std::uint8_t { low, medium, high };
[[nodiscard]] std::string_view to_text(severity level);

/// A name and what it stands for, as one member of a JSON object. Owns neither.
struct named_value {
  std::string_view name;
  base::value value;
};

/// Why a decision was made: enough for a person to agree or disagree.
struct reason {
  /// One or two sentences with the numbers that were compared, in the words of the trade.
  std::string text;
  /// The numbers the rule looked at.
  std::vector<named_value> inputs;
  /// What the deciding number was held against; null when there is no single one.
  base::value threshold;
  /// The rule that decided, in the model's own words: `log_amount_z > sigma`.
  std::string_view rule;
};

/// What a behaviour proposes. Its kind, stage, key, time, causing event and id are the runtime's to
/// add. Texts need live only until `context::emit` returns.
struct decision {
  /// The model's word for what it found: the `code` of the record.
  std::string_view code;
  entity::severity severity = severity::medium;
  /// When the proposal stops making sense; none when it does not.
  std::optional<base::event_time> until;
  /// {score}, {quantity}, … as the kind demands.
  std::vector<named_value> value;
  reason why;
};

/// One state of a window: what `count`, `sum` … are when the record is made.
struct window_result {
  std::string_view window;
  base::event_time start;
  base::event_time end;
  std::uint32_t revision = 0;
  bool final = false;
  std::vector<named_value> values;
};

/// One member of a plain record: a value, or (when `members` is not empty) an object of values.
struct member {
  std::string_view name;
  base::value value;
  std::vector<named_value> members;
};

/// A record that is neither a window nor a decision: a score per row, a forecast per day. The
/// runtime puts the fields of the actor's key in front and adds nothing else.
struct report {
  std::vector<member> members;
};

}  // namespace aisle::entity
