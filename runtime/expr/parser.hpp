// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expr/program.hpp"

namespace aisle::expr {

/// Longer texts are refused: an expression is a line, not a program.
inline constexpr std::size_t length_max = 4096;
/// Parentheses, minus signs and nots inside one another.
inline constexpr std::size_t nesting_max = 64;

enum class node_kind : std::uint8_t {
  // Operands: the text of the token says which.
  name,
  integer,
  decimal,
  number,
  duration,
  string,
  boolean,
  // Operators, behind their operands.
  add,
  subtract,
  multiply,
  divide,
  negate,
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  conjunction,
  disjunction,
  inversion,
  is_null,
  is_not_null,
  // Between the two operands of `and` and `or`: the right one may not need to be looked at.
  conjunction_guard,
  disjunction_guard,
};

struct node {
  node_kind kind{};
  /// Bytes of the operand, or of the operator's sign.
  std::size_t begin = 0;
  std::size_t end = 0;
  /// What an operand says, as token::text.
  std::string text;
};

/// The expression in postfix order: `a + b` is a, b, add. Only the grammar is checked.
[[nodiscard]] std::expected<std::vector<node>, diagnostic> parse(std::string_view text);

/// The sign of an operator as it is written: `+`, `<=`, `and`.
[[nodiscard]] std::string_view sign_of(node_kind operation);

}  // namespace aisle::expr
