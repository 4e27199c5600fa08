// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "runtime/expr/program.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/field_rule.hpp"

namespace aisle::record {

/// A condition over the fields of one row that every good record meets.
struct quality_rule {
  std::string name;
  /// As it was written.
  std::string text;
  expr::program holds;
};

/// What the rows of one layout must look like.
struct row_rules {
  /// One per field, by place; for lines only the line's own fields.
  std::vector<field_rule> fields;
  /// A bit per required field.
  std::uint64_t required = 0;
  std::vector<quality_rule> quality;
};

/// What contract::compiled() answers, for the decoders of this room.
struct contract::impl {
  std::string name;
  std::string version;
  std::string description;

  layout record_layout;
  row_rules record;

  /// The one list of records; empty when there is none.
  std::string list;
  std::string list_column;
  bool list_required = false;
  std::size_t items_least = 0;
  std::size_t items_most = std::numeric_limits<std::size_t>::max();
  layout line_layout;
  row_rules line;

  std::optional<std::uint8_t> event_time;
  std::vector<std::uint8_t> partition_key;
  std::vector<std::uint8_t> unique_key;
};

/// Refuses a row for the first required field that is absent, or the first quality rule that does
/// not hold. A rule without a value (an operand is null) holds, as a CHECK in SQL does; one that
/// cannot be computed (overflow) does not.
[[nodiscard]] std::expected<void, reject> check_row(const row_rules& rules, expr::row_ref row);

}  // namespace aisle::record
