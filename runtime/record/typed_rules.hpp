// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/record/field_rule.hpp"
#include "runtime/record/row_writer.hpp"
#include "runtime/record/typed_value.hpp"

namespace aisle::record {

/// Whether JSON would accept a value of this kind for the field, before it looks at the value. Not
/// for null.
[[nodiscard]] bool fits(const field_rule& rule, typed_kind found);

/// Puts a value into a row by the field's rule, as JSON would; null puts nothing. Answers why not,
/// with the field's own name in it.
[[nodiscard]] std::optional<reject> put_value(const field_rule& rule, std::size_t place,
                                              const typed_value& value, std::uint64_t* row,
                                              row_writer& to);

}  // namespace aisle::record
