// SPDX-License-Identifier: Apache-2.0
#include "runtime/expr/types.hpp"

#include <algorithm>

namespace aisle::expr {
namespace {

using base::kind;
using base::value_type;

constexpr value_type boolean{kind::boolean};
constexpr value_type number{kind::number};
constexpr value_type span{kind::duration};
constexpr value_type moment{kind::timestamp};
constexpr value_type integer{kind::integer};

value_type exact(int scale) {
  return scale == 0 ? integer : value_type{kind::decimal, static_cast<std::uint8_t>(scale)};
}

/// A decimal without digits behind the point stays a decimal when one of the two was one.
value_type exact(int scale, value_type left, value_type right) {
  const auto decimal = left.kind == kind::decimal || right.kind == kind::decimal;
  return decimal ? value_type{kind::decimal, static_cast<std::uint8_t>(scale)} : exact(scale);
}

std::optional<value_type> result_of_sum(node_kind operation, value_type left, value_type right) {
  if (is_exact(left) && is_exact(right)) {
    return exact(std::max(left.scale, right.scale), left, right);
  }
  if (is_numeric(left) && is_numeric(right)) {
    return number;
  }
  if (left == span && right == span) {
    return span;
  }
  if (left == moment && right == span) {
    return moment;
  }
  if (operation == node_kind::add && left == span && right == moment) {
    return moment;
  }
  if (operation == node_kind::subtract && left == moment && right == moment) {
    return span;
  }
  return std::nullopt;
}

std::optional<value_type> result_of_product(value_type left, value_type right) {
  if (is_exact(left) && is_exact(right)) {
    return exact(left.scale + right.scale, left, right);
  }
  if (is_numeric(left) && is_numeric(right)) {
    return number;
  }
  if ((left == span && right == integer) || (left == integer && right == span)) {
    return span;
  }
  return std::nullopt;
}

std::optional<value_type> result_of_comparison(node_kind operation, value_type left,
                                               value_type right) {
  if (is_numeric(left) && is_numeric(right)) {
    return boolean;
  }
  const bool asks_for_order = operation != node_kind::equal && operation != node_kind::not_equal;
  if (left != right || (left == boolean && asks_for_order)) {
    return std::nullopt;
  }
  return boolean;
}

}  // namespace

bool is_exact(value_type type) { return type.kind == kind::integer || type.kind == kind::decimal; }

bool is_numeric(value_type type) { return is_exact(type) || type.kind == kind::number; }

std::optional<value_type> result_of(node_kind operation, value_type operand) {
  switch (operation) {
    case node_kind::negate:
      return is_numeric(operand) || operand == span ? std::optional{operand} : std::nullopt;
    case node_kind::inversion:
      return operand == boolean ? std::optional{boolean} : std::nullopt;
    case node_kind::is_null:
    case node_kind::is_not_null:
      return boolean;
    default:
      return std::nullopt;
  }
}

std::optional<value_type> result_of(node_kind operation, value_type left, value_type right) {
  switch (operation) {
    case node_kind::add:
    case node_kind::subtract:
      return result_of_sum(operation, left, right);
    case node_kind::multiply:
      return result_of_product(left, right);
    case node_kind::divide: {
      const bool spans = left == span && right == span;
      return spans || (is_numeric(left) && is_numeric(right)) ? std::optional{number}
                                                              : std::nullopt;
    }
    case node_kind::equal:
    case node_kind::not_equal:
    case node_kind::less:
    case node_kind::less_or_equal:
    case node_kind::greater:
    case node_kind::greater_or_equal:
      return result_of_comparison(operation, left, right);
    case node_kind::conjunction:
    case node_kind::disjunction:
      return left == boolean && right == boolean ? std::optional{boolean} : std::nullopt;
    default:
      return std::nullopt;
  }
}

std::string takes(node_kind operation) {
  switch (operation) {
    case node_kind::add:
      return "numbers, durations, or a timestamp and a duration";
    case node_kind::subtract:
      return "numbers, durations, two timestamps, or a timestamp and a duration";
    case node_kind::multiply:
      return "numbers, or a duration and an integer";
    case node_kind::divide:
      return "numbers, or durations";
    case node_kind::negate:
      return "a number or a duration";
    case node_kind::equal:
    case node_kind::not_equal:
      return "numbers, or two of one type";
    case node_kind::less:
    case node_kind::less_or_equal:
    case node_kind::greater:
    case node_kind::greater_or_equal:
      return "numbers, or two strings, timestamps or durations";
    case node_kind::conjunction:
    case node_kind::disjunction:
    case node_kind::inversion:
      return "booleans";
    default:
      return {};
  }
}

}  // namespace aisle::expr
