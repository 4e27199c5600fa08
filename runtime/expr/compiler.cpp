// SPDX-License-Identifier: Apache-2.0
// The second pass: walks the postfix nodes with a stack of types, and writes one instruction per
// node.
#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "runtime/base/check.hpp"
#include "runtime/base/diagnostic.hpp"
#include "runtime/expr/code.hpp"
#include "runtime/expr/lexer.hpp"
#include "runtime/expr/parser.hpp"
#include "runtime/expr/types.hpp"

namespace aisle::expr {
namespace {

using base::kind;
using base::value_type;

/// What stands on the stack at this point of the program, and which bytes of the text it came from.
struct operand {
  value_type type;
  std::size_t begin = 0;
  std::size_t end = 0;
};

using outcome = std::expected<void, diagnostic>;

std::uint8_t scale_or_number(value_type type) {
  return type.kind == kind::number ? is_number : type.scale;
}

relation relation_of(node_kind comparison) {
  switch (comparison) {
    case node_kind::equal:
      return relation::equal;
    case node_kind::not_equal:
      return relation::not_equal;
    case node_kind::less:
      return relation::less;
    case node_kind::less_or_equal:
      return relation::less_or_equal;
    case node_kind::greater:
      return relation::greater;
    case node_kind::greater_or_equal:
      return relation::greater_or_equal;
    default:
      base::die("a comparison");
  }
}

opcode arithmetic_of(node_kind operation, bool on_doubles) {
  switch (operation) {
    case node_kind::add:
      return on_doubles ? opcode::number_add : opcode::exact_add;
    case node_kind::subtract:
      return on_doubles ? opcode::number_subtract : opcode::exact_subtract;
    case node_kind::multiply:
      return on_doubles ? opcode::number_multiply : opcode::exact_multiply;
    case node_kind::divide:
      return opcode::number_divide;
    default:
      base::die("an arithmetic operator");
  }
}

class compiler {
 public:
  compiler(const scope& names, compiled& to) : names_{names}, to_{to} {}

  outcome run(const std::vector<node>& nodes) {
    for (const auto& n : nodes) {
      if (auto done = add(n); !done) {
        return done;
      }
    }
    to_.type = stack_.back().type;
    return {};
  }

 private:
  outcome add(const node& n) {
    switch (n.kind) {
      case node_kind::name:
        return name(n);
      case node_kind::integer:
        return integer(n);
      case node_kind::decimal:
        return decimal(n);
      case node_kind::number:
        return number(n);
      case node_kind::duration:
        return literal(n, {kind::duration}, base::parse_duration(n.text)->count());
      case node_kind::boolean:
        return literal(n, {kind::boolean}, n.text == "true" ? 1 : 0);
      case node_kind::string:
        return string(n);
      case node_kind::conjunction_guard:
        return guard(n, opcode::guard_both);
      case node_kind::disjunction_guard:
        return guard(n, opcode::guard_either);
      case node_kind::negate:
      case node_kind::inversion:
      case node_kind::is_null:
      case node_kind::is_not_null:
        return unary(n);
      default:
        return binary(n);
    }
  }

  outcome push(const node& n, value_type type, instruction step) {
    if (stack_.size() == stack_max) {
      return refuse(
          errc::too_complex, n.begin, n.end,
          fmt::format("more than {} values wait for their operators: split the expression",
                      stack_max));
    }
    stack_.push_back({type, n.begin, n.end});
    to_.instructions.push_back(step);
    return {};
  }

  outcome name(const node& n) {
    const auto* found = names_.find(n.text);
    if (found == nullptr) {
      return unknown(n);
    }
    const auto at = found->place;
    if (std::ranges::find(to_.reads, at) == to_.reads.end()) {
      to_.reads.push_back(at);
    }
    const auto op = at.type.kind == kind::string ? opcode::load_text : opcode::load;
    return push(n, at.type, {.op = op, .left = at.row, .right = at.field});
  }

  outcome unknown(const node& n) const {
    std::vector<std::string> known;
    for (const auto& [name, place] : names_.names()) {
      known.push_back(name);
    }
    constexpr std::size_t listed_max = 12;
    const auto expected = known.empty() || known.size() > listed_max
                              ? std::string{}
                              : fmt::format("{}", fmt::join(known, ", "));
    return refuse(errc::unknown_name, n.begin, n.end, fmt::format("there is no field `{}`", n.text),
                  expected, base::nearest(n.text, known));
  }

  outcome push_constant(const node& n, value_type type, slot value) {
    to_.constants.push_back(value);
    return push(
        n, type,
        {.op = opcode::constant, .target = static_cast<std::uint32_t>(to_.constants.size() - 1)});
  }

  outcome literal(const node& n, value_type type, std::int64_t word) {
    return push_constant(n, type, {{.word = word}, nullptr, 0, true});
  }

  outcome integer(const node& n) {
    std::int64_t word = 0;
    const auto read = std::from_chars(n.text.data(), n.text.data() + n.text.size(), word);
    if (read.ec != std::errc{}) {
      return refuse(errc::out_of_range, n.begin, n.end,
                    fmt::format("{} does not fit 64 bits", n.text),
                    "at most 9223372036854775807, or a number with an exponent");
    }
    return literal(n, {kind::integer}, word);
  }

  outcome decimal(const node& n) {
    const auto scale = n.text.size() - n.text.find('.') - 1;
    if (scale > base::decimal_scale_max) {
      return refuse(
          errc::out_of_range, n.begin, n.end, fmt::format("{} digits behind the point", scale),
          fmt::format("at most {}, or a number with an exponent", base::decimal_scale_max));
    }
    const auto type = value_type{kind::decimal, static_cast<std::uint8_t>(scale)};
    const auto parsed = base::parse_decimal(n.text, type.scale);
    if (!parsed) {
      return refuse(errc::out_of_range, n.begin, n.end,
                    fmt::format("{} does not fit 64 bits", n.text),
                    "fewer digits, or a number with an exponent");
    }
    return literal(n, type, parsed->value.units);
  }

  outcome number(const node& n) {
    double value = 0;
    const auto read = std::from_chars(n.text.data(), n.text.data() + n.text.size(), value);
    if (read.ec != std::errc{}) {
      return refuse(errc::out_of_range, n.begin, n.end,
                    fmt::format("{} is beyond what a number holds", n.text),
                    "at most 1.797e308, at least 4.94e-324");
    }
    return push_constant(n, {kind::number}, {{.number = value}, nullptr, 0, true});
  }

  outcome string(const node& n) {
    const auto& text = to_.texts.emplace_back(n.text);
    const auto length = static_cast<std::uint32_t>(text.size());
    return push_constant(n, {kind::string}, {{.word = 0}, text.data(), length, true});
  }

  outcome guard(const node& n, opcode op) {
    const auto& left = stack_.back();
    if (left.type.kind != kind::boolean) {
      return refuse(errc::type_mismatch, left.begin, left.end,
                    fmt::format("`{}` does not take {}", sign_of(n.kind), to_text(left.type)),
                    takes(node_kind::conjunction));
    }
    guards_.push_back(to_.instructions.size());
    to_.instructions.push_back({.op = op});
    return {};
  }

  outcome unary(const node& n) {
    auto& top = stack_.back();
    const auto type = result_of(n.kind, top.type);
    if (!type) {
      return refuse(errc::type_mismatch, n.begin, top.end,
                    fmt::format("`{}` does not take {}", sign_of(n.kind), to_text(top.type)),
                    takes(n.kind));
    }
    to_.instructions.push_back({.op = unary_opcode(n.kind, top.type)});
    top = {*type, std::min(n.begin, top.begin), std::max(n.end, top.end)};
    return {};
  }

  static opcode unary_opcode(node_kind operation, value_type operand) {
    switch (operation) {
      case node_kind::inversion:
        return opcode::invert;
      case node_kind::is_null:
        return opcode::is_null;
      case node_kind::is_not_null:
        return opcode::is_not_null;
      default:
        return operand.kind == kind::number ? opcode::number_negate : opcode::exact_negate;
    }
  }

  outcome binary(const node& n) {
    const auto right = stack_.back();
    const auto left = stack_[stack_.size() - 2];
    const auto type = result_of(n.kind, left.type, right.type);
    if (!type) {
      return refuse(errc::type_mismatch, left.begin, right.end,
                    fmt::format("`{}` does not take {} and {}", sign_of(n.kind), to_text(left.type),
                                to_text(right.type)),
                    takes(n.kind));
    }
    if (type->scale > base::decimal_scale_max) {
      return refuse(
          errc::type_mismatch, left.begin, right.end,
          fmt::format("the exact product has {} digits behind the point", type->scale),
          fmt::format("at most {}; times 1e0 makes a number of it", base::decimal_scale_max));
    }
    stack_.pop_back();
    stack_.back() = {*type, left.begin, right.end};
    emit(n.kind, left.type, right.type, *type);
    return {};
  }

  void emit(node_kind operation, value_type left, value_type right, value_type result) {
    switch (operation) {
      case node_kind::conjunction:
        close_guard(opcode::both);
        return;
      case node_kind::disjunction:
        close_guard(opcode::either);
        return;
      case node_kind::add:
      case node_kind::subtract:
      case node_kind::multiply:
      case node_kind::divide:
        emit_arithmetic(operation, left, right, result);
        return;
      default:
        emit_comparison(operation, left, right);
        return;
    }
  }

  void close_guard(opcode op) {
    to_.instructions.push_back({.op = op});
    to_.instructions[guards_.back()].target = static_cast<std::uint32_t>(to_.instructions.size());
    guards_.pop_back();
  }

  void emit_arithmetic(node_kind operation, value_type left, value_type right, value_type result) {
    const bool on_doubles = result.kind == kind::number;
    instruction step{.op = arithmetic_of(operation, on_doubles)};
    if (on_doubles) {
      step.left = scale_or_number(left);
      step.right = scale_or_number(right);
    } else if (operation != node_kind::multiply) {
      align(step, left, right);
    }
    to_.instructions.push_back(step);
    if (result.kind == kind::timestamp) {
      to_.instructions.push_back({.op = opcode::check_moment});
    }
  }

  void emit_comparison(node_kind operation, value_type left, value_type right) {
    instruction step{.op = opcode::compare_exact, .relation = relation_of(operation)};
    if (left.kind == kind::string) {
      step.op = opcode::compare_text;
    } else if (left.kind == kind::number || right.kind == kind::number) {
      step.op = opcode::compare_number;
      step.left = scale_or_number(left);
      step.right = scale_or_number(right);
    } else {
      align(step, left, right);
    }
    to_.instructions.push_back(step);
  }

  static void align(instruction& step, value_type left, value_type right) {
    const auto scale = std::max(left.scale, right.scale);
    step.left = static_cast<std::uint8_t>(scale - left.scale);
    step.right = static_cast<std::uint8_t>(scale - right.scale);
  }

  const scope& names_;
  compiled& to_;
  std::vector<operand> stack_;
  /// Guards whose right operand is being compiled.
  std::vector<std::size_t> guards_;
};

}  // namespace

std::expected<program, diagnostic> compile(std::string_view text, const scope& names) {
  const auto nodes = parse(text);
  if (!nodes) {
    return std::unexpected{nodes.error()};
  }
  auto made = std::make_unique<program::code>();
  if (auto done = compiler{names, *made}.run(*nodes); !done) {
    return std::unexpected{std::move(done.error())};
  }
  return program{std::move(made)};
}

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  const auto nodes = parse(text);
  if (nodes) {
    for (const auto& n : *nodes) {
      if (n.kind == node_kind::name && std::ranges::find(names, n.text) == names.end()) {
        names.push_back(n.text);
      }
    }
  }
  return names;
}

}  // namespace aisle::expr
