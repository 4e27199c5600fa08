// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "runtime/base/value.hpp"
#include "runtime/expr/parser.hpp"

namespace aisle::expr {

/// Integer, decimal or number.
[[nodiscard]] bool is_numeric(base::value_type type);
/// Integer or decimal: a count of units, never rounded.
[[nodiscard]] bool is_exact(base::value_type type);

/// What a unary operator makes of its operand; none when it does not take it.
[[nodiscard]] std::optional<base::value_type> result_of(node_kind operation,
                                                        base::value_type operand);
/// What a binary operator makes of its operands; none when it does not take them. The scale of a
/// product may be beyond base::decimal_scale_max.
[[nodiscard]] std::optional<base::value_type> result_of(node_kind operation, base::value_type left,
                                                        base::value_type right);
/// What the operator takes, for people.
[[nodiscard]] std::string takes(node_kind operation);

}  // namespace aisle::expr
