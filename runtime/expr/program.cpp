// SPDX-License-Identifier: Apache-2.0
#include "runtime/expr/program.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/expr/code.hpp"

namespace aisle::expr {
namespace {

using base::int128;

std::optional<std::int64_t> narrow(int128 wide) {
  if (wide > std::numeric_limits<std::int64_t>::max() ||
      wide < std::numeric_limits<std::int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(wide);
}

/// At most 2^63 · 10^12 < 2^103, so a sum of two stays within 128 bits.
int128 scaled(std::int64_t units, std::uint8_t shift) {
  return int128{units} * base::power_of_ten(shift);
}

double as_double(const slot& s, std::uint8_t scale) {
  return scale == is_number ? s.number : base::to_double({s.word, scale});
}

template <class Value>
int order(const Value& left, const Value& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

bool holds(relation r, int order) {
  switch (r) {
    case relation::equal:
      return order == 0;
    case relation::not_equal:
      return order != 0;
    case relation::less:
      return order < 0;
    case relation::less_or_equal:
      return order <= 0;
    case relation::greater:
      return order > 0;
    case relation::greater_or_equal:
      return order >= 0;
  }
  return false;
}

bool compare(const instruction& i, const slot& left, const slot& right) {
  switch (i.op) {
    case opcode::compare_text:
      return holds(i.relation, left.as_text().compare(right.as_text()));
    case opcode::compare_number:
      return holds(i.relation, order(as_double(left, i.left), as_double(right, i.right)));
    default:
      return holds(i.relation, order(scaled(left.word, i.left), scaled(right.word, i.right)));
  }
}

std::optional<std::int64_t> exact(const instruction& i, std::int64_t left, std::int64_t right) {
  switch (i.op) {
    case opcode::exact_add:
      return narrow(scaled(left, i.left) + scaled(right, i.right));
    case opcode::exact_subtract:
      return narrow(scaled(left, i.left) - scaled(right, i.right));
    default:
      return narrow(int128{left} * right);
  }
}

std::expected<double, failure> on_doubles(opcode op, double left, double right) {
  double result = 0;
  switch (op) {
    case opcode::number_add:
      result = left + right;
      break;
    case opcode::number_subtract:
      result = left - right;
      break;
    case opcode::number_multiply:
      result = left * right;
      break;
    default:
      if (right == 0) {
        return std::unexpected{failure::division_by_zero};
      }
      result = left / right;
  }
  return std::isfinite(result) ? std::expected<double, failure>{result}
                               : std::unexpected{failure::overflow};
}

bool is_moment(std::int64_t ms) {
  const base::event_time time{base::duration{ms}};
  return time >= base::earliest_event_time && time < base::latest_event_time;
}

/// The stack of one evaluation.
class machine {
 public:
  machine(std::span<const row_ref> rows, std::span<const slot> constants)
      : rows_{rows}, constants_{constants} {}

  std::expected<slot, failure> run(std::span<const instruction> steps) {
    std::size_t at = 0;
    while (at < steps.size()) {
      const auto& step = steps[at];
      ++at;
      if (is_guard(step.op)) {
        at = decided(step.op) ? step.target : at;
      } else if (const auto failed = execute(step)) {
        return std::unexpected{*failed};
      }
    }
    return stack_[0];
  }

 private:
  static bool is_guard(opcode op) { return op == opcode::guard_both || op == opcode::guard_either; }
  bool decided(opcode guard) {
    return top().present && (top().word != 0) == (guard == opcode::guard_either);
  }

  std::optional<failure> execute(const instruction& i) {
    switch (i.op) {
      case opcode::load:
      case opcode::load_text:
        load(i);
        return {};
      case opcode::constant:
        stack_[size_++] = constants_[i.target];
        return {};
      case opcode::exact_add:
      case opcode::exact_subtract:
      case opcode::exact_multiply:
        return exact_operation(i);
      case opcode::exact_negate:
        return exact_negate();
      case opcode::check_moment:
        return top().present && !is_moment(top().word) ? std::optional{failure::overflow}
                                                       : std::nullopt;
      case opcode::number_add:
      case opcode::number_subtract:
      case opcode::number_multiply:
      case opcode::number_divide:
        return number_operation(i);
      case opcode::number_negate:
        top().number = -top().number;
        return {};
      case opcode::compare_exact:
      case opcode::compare_number:
      case opcode::compare_text:
        comparison(i);
        return {};
      case opcode::both:
        join(false);
        return {};
      case opcode::either:
        join(true);
        return {};
      case opcode::invert:
        top().word = top().word == 0 ? 1 : 0;
        return {};
      case opcode::is_null:
        top() = truth(!top().present);
        return {};
      case opcode::is_not_null:
        top() = truth(top().present);
        return {};
      case opcode::guard_both:
      case opcode::guard_either:
        break;
    }
    base::die("an instruction the machine knows");
  }

  static slot truth(bool yes) { return {{.word = yes ? 1 : 0}, nullptr, 0, true}; }
  slot& top() { return stack_[size_ - 1]; }
  /// The right operand, taken off; the left one is then on top.
  const slot& take() { return stack_[--size_]; }

  void load(const instruction& i) {
    const auto row = rows_[i.left];
    auto& to = stack_[size_++];
    to.present = row.words != nullptr && (row.words[0] >> i.right & 1) != 0;
    const auto word = to.present ? row.words[1 + i.right] : 0;
    to.word = static_cast<std::int64_t>(word);
    if (i.op == opcode::load_text) {
      const auto text = to.present ? text_at(row.heap, word) : std::string_view{};
      to.text = text.data();
      to.length = static_cast<std::uint32_t>(text.size());
    }
  }

  std::optional<failure> exact_operation(const instruction& i) {
    const auto& right = take();
    auto& left = top();
    left.present = left.present && right.present;
    if (!left.present) {
      return {};
    }
    const auto result = exact(i, left.word, right.word);
    if (!result) {
      return failure::overflow;
    }
    left.word = *result;
    return {};
  }

  std::optional<failure> exact_negate() {
    if (top().present && top().word == std::numeric_limits<std::int64_t>::min()) {
      return failure::overflow;
    }
    top().word = top().present ? -top().word : 0;
    return {};
  }

  std::optional<failure> number_operation(const instruction& i) {
    const auto& right = take();
    auto& left = top();
    left.present = left.present && right.present;
    if (!left.present) {
      return {};
    }
    const auto result = on_doubles(i.op, as_double(left, i.left), as_double(right, i.right));
    if (!result) {
      return result.error();
    }
    left.number = *result;
    return {};
  }

  void comparison(const instruction& i) {
    const auto& right = take();
    auto& left = top();
    left.present = left.present && right.present;
    left.word = left.present && compare(i, left, right) ? 1 : 0;
  }

  /// Kleene's and (deciding: false) and or (deciding: true).
  void join(bool deciding) {
    const auto& right = take();
    auto& left = top();
    const auto decides = [&](const slot& s) { return s.present && (s.word != 0) == deciding; };
    const bool decided = decides(left) || decides(right);
    left.present = decided || (left.present && right.present);
    left.word = decided == deciding ? 1 : 0;
  }

  std::span<const row_ref> rows_;
  std::span<const slot> constants_;
  std::array<slot, stack_max> stack_;
  std::size_t size_ = 0;
};

base::value value_of(base::value_type type, const slot& s) {
  if (!s.present) {
    return {};
  }
  switch (type.kind) {
    case base::kind::null:
      return {};
    case base::kind::string:
      return base::value::of(s.as_text());
    case base::kind::integer:
      return base::value::of(s.word);
    case base::kind::decimal:
      return base::value::of(base::decimal{s.word, type.scale});
    case base::kind::number:
      return base::value::of(s.number);
    case base::kind::boolean:
      return base::value::of(s.word != 0);
    case base::kind::timestamp:
      return base::value::of(base::event_time{base::duration{s.word}});
    case base::kind::duration:
      return base::value::of(base::duration{s.word});
  }
  return {};
}

}  // namespace

const binding* scope::find(std::string_view name) const {
  const auto found = std::ranges::find(names_, name, &binding::name);
  return found == names_.end() ? nullptr : &*found;
}

std::string_view to_text(failure why) {
  switch (why) {
    case failure::overflow:
      return "the result does not fit";
    case failure::division_by_zero:
      return "division by zero";
  }
  return "";
}

program::program(std::unique_ptr<code> compiled) : code_{std::move(compiled)} {
  const auto& steps = code_->instructions;
  const bool is_field = steps.size() == 1 &&
                        (steps.front().op == opcode::load || steps.front().op == opcode::load_text);
  if (is_field) {
    field_ = code_->reads.front();
  }
}
program::program(program&&) noexcept = default;
program& program::operator=(program&&) noexcept = default;
program::~program() = default;

base::value_type program::type() const { return code_->type; }

const std::vector<place>& program::reads() const { return code_->reads; }

bool program::needs_no_event() const {
  return std::ranges::none_of(code_->reads, [](const place& p) { return p.row == 0; });
}

std::expected<base::value, failure> program::run(std::span<const row_ref> rows) const {
  machine m{rows, code_->constants};
  const auto result = m.run(code_->instructions);
  if (!result) {
    return std::unexpected{result.error()};
  }
  return value_of(code_->type, *result);
}

}  // namespace aisle::expr
