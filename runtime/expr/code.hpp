// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/expr/program.hpp"

namespace aisle::expr {

/// What one instruction does with the stack. Operands come off it, the result goes onto it; where
/// an operand is null, so is the result, unless said otherwise.
enum class opcode : std::uint8_t {
  /// The field `right` of row `left`.
  load,
  load_text,
  /// The literal `target`.
  constant,
  // On 64-bit units, by way of 128 bits. Operands are first brought to a common scale: times
  // 10^left, 10^right.
  exact_add,
  exact_subtract,
  exact_multiply,
  exact_negate,
  /// Fails when a timestamp is outside what events may have.
  check_moment,
  // On doubles. `left` and `right` say what the operands are: units at that scale, or `is_number`.
  number_add,
  number_subtract,
  number_multiply,
  number_divide,
  number_negate,
  // `relation` says which comparison.
  compare_exact,
  compare_number,
  compare_text,
  /// Jumps to `target` when the left operand alone decides; otherwise takes nothing off the stack.
  guard_both,
  guard_either,
  // Three-valued: false and null is false, true or null is true.
  both,
  either,
  invert,
  is_null,
  is_not_null,
};

enum class relation : std::uint8_t {
  equal,
  not_equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal
};

/// An operand of a number_… or compare_number that is a double already.
inline constexpr std::uint8_t is_number = 0xFF;

struct instruction {
  opcode op{};
  std::uint8_t left = 0;
  std::uint8_t right = 0;
  expr::relation relation{};
  std::uint32_t target = 0;
};

/// A value while it is computed. Its type is known to the instruction that reads it.
struct slot {
  union {
    std::int64_t word;
    double number;
  };
  /// Of strings only; not set for the other types.
  const char* text;
  std::uint32_t length;
  bool present;

  [[nodiscard]] std::string_view as_text() const { return {text, length}; }
};

/// Values on the stack at once; deeper expressions are refused when compiled.
inline constexpr std::size_t stack_max = 64;

struct compiled {
  std::vector<instruction> instructions;
  std::vector<slot> constants;
  /// What string literals point into.
  std::deque<std::string> texts;
  base::value_type type;
  std::vector<place> reads;
};

struct program::code : compiled {};

}  // namespace aisle::expr
