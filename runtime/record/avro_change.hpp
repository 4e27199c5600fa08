// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "runtime/record/avro_binding.hpp"
#include "runtime/record/avro_cursor.hpp"
#include "runtime/record/change.hpp"

namespace aisle::record {

/// What a Debezium envelope says, and where its rows begin; nothing for a row that is null.
struct avro_change {
  std::optional<avro_cursor> before;
  std::optional<avro_cursor> after;
  change_facts facts;
};

/// Walks over the envelope, rows included. Its texts live as long as the record's bytes and the
/// schema. False when it is no envelope of this schema; `in` has why.
[[nodiscard]] bool read_change(const avro_binding& by, avro_cursor& in, avro_change& into);

}  // namespace aisle::record
