// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/pattern.hpp"
#include "runtime/record/time_format.hpp"

namespace aisle::record {

/// How a timestamp stands in the data.
enum class time_notation : std::uint8_t {
  /// A text with date, time and offset.
  rfc3339,
  /// A number of seconds since 1970-01-01T00:00:00Z; a fraction is cut to milliseconds towards the
  /// past.
  epoch_seconds,
  /// The same in milliseconds.
  epoch_milliseconds,
  /// A text in a format the contract states.
  stated,
};

/// What one field of a record must look like: compiled from a contract, asked for every value.
struct field_rule {
  /// As the topology knows it.
  std::string name;
  /// As the data calls it.
  std::string column;
  base::value_type type;
  bool required = false;
  /// Messages do not show what was found.
  bool pii = false;

  time_notation notation = time_notation::rfc3339;
  /// For time_notation::stated.
  std::optional<time_format> format;

  /// Both inclusive, in the units of the field: the integer, decimal units, milliseconds.
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  /// The same for a number.
  double least_number = std::numeric_limits<double>::lowest();
  double most_number = std::numeric_limits<double>::max();
  /// Characters of a text.
  std::size_t length_least = 0;
  std::size_t length_most = std::numeric_limits<std::size_t>::max();
  std::optional<pattern> shape;
  /// The values a text may have; empty: any.
  std::vector<std::string> words;
};

/// Reads a value of any type but string from its text, and checks its range. Decimals that had to
/// be rounded are added to `rounded`. The word is as expr::row_ref has it.
[[nodiscard]] std::expected<std::uint64_t, reject_code> read_word(const field_rule& rule,
                                                                  std::string_view text,
                                                                  std::uint32_t& rounded);

/// True when a value of this type can be made one of the rule's: an integer becomes a decimal or a
/// number, a decimal one of another scale or a number; everything else stays what it is.
[[nodiscard]] bool converts(base::value_type from, const field_rule& rule);

/// The word of a computed value that is no text, converted and checked. Not for null.
[[nodiscard]] std::expected<std::uint64_t, reject_code> word_of(const field_rule& rule,
                                                                const base::value& computed,
                                                                std::uint32_t& rounded);

/// Checks length, pattern and values of a text. Nothing when it is right.
[[nodiscard]] std::optional<reject_code> check_text(const field_rule& rule, std::string_view text);

/// Says why `found` (as it stands in the data) is refused. `path` names the field in the record.
[[nodiscard]] reject refuse(const field_rule& rule, std::string path, reject_code code,
                            std::string_view found);
/// A required field that is absent or null.
[[nodiscard]] reject refuse_missing(std::string path);

/// What a value must be, for messages: `an integer from 1 to 99`.
[[nodiscard]] std::string expectation(const field_rule& rule);

}  // namespace aisle::record
