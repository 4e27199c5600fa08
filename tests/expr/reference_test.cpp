// SPDX-License-Identifier: Apache-2.0
// Random expressions, written with as many parentheses as it takes, against an evaluator that walks
// a tree and keeps decimals as 128-bit units: slow, and with nothing in common with the machine.
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "tests/expr/names.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::int128;
using base::value;
using expr::failure;

/// What a tree may be worth: null, or an exact number of units at a scale, a double, or a truth.
struct exact {
  int128 units = 0;
  int scale = 0;
  bool is_decimal = false;

  friend bool operator==(const exact&, const exact&) = default;
};
using worth = std::variant<std::monostate, exact, double, bool>;

struct tree {
  /// A field, a literal, or an operator as it is written.
  std::string text;
  worth leaf;
  std::vector<std::unique_ptr<tree>> operands;
};

int128 times_ten(int128 units, int count) {
  for (; count > 0; --count) {
    units *= 10;
  }
  return units;
}

double as_double(const worth& w) {
  if (const auto* e = std::get_if<exact>(&w)) {
    return static_cast<double>(e->units) / static_cast<double>(times_ten(1, e->scale));
  }
  return std::get<double>(w);
}

worth checked(exact e) {
  if (e.units > std::numeric_limits<std::int64_t>::max() ||
      e.units < std::numeric_limits<std::int64_t>::min()) {
    throw failure::overflow;
  }
  return e;
}

worth checked(double d) {
  if (!std::isfinite(d)) {
    throw failure::overflow;
  }
  return d;
}

worth arithmetic(char sign, const worth& l, const worth& r) {
  const auto *a = std::get_if<exact>(&l), *b = std::get_if<exact>(&r);
  if (sign == '/') {
    if (as_double(r) == 0) {
      throw failure::division_by_zero;
    }
    return checked(as_double(l) / as_double(r));
  }
  if (a == nullptr || b == nullptr) {
    const auto x = as_double(l), y = as_double(r);
    return checked(sign == '+' ? x + y : sign == '-' ? x - y : x * y);
  }
  const bool is_decimal = a->is_decimal || b->is_decimal;
  if (sign == '*') {
    return checked(exact{a->units * b->units, a->scale + b->scale, is_decimal});
  }
  const auto scale = std::max(a->scale, b->scale);
  const auto x = times_ten(a->units, scale - a->scale), y = times_ten(b->units, scale - b->scale);
  return checked(exact{sign == '+' ? x + y : x - y, scale, is_decimal});
}

int compared(const worth& l, const worth& r) {
  const auto *a = std::get_if<exact>(&l), *b = std::get_if<exact>(&r);
  if (a != nullptr && b != nullptr) {
    const auto x = times_ten(a->units, b->scale), y = times_ten(b->units, a->scale);
    return x < y ? -1 : x > y ? 1 : 0;
  }
  const auto x = as_double(l), y = as_double(r);
  return x < y ? -1 : x > y ? 1 : 0;
}

worth evaluate(const tree& t);

worth logic(const tree& t) {
  const bool deciding = t.text == "or";
  const auto left = evaluate(*t.operands[0]);
  if (left == worth{deciding}) {
    return deciding;
  }
  const auto right = evaluate(*t.operands[1]);
  if (right == worth{deciding}) {
    return deciding;
  }
  const bool unknown = left.index() == 0 || right.index() == 0;
  return unknown ? worth{} : worth{!deciding};
}

worth binary(const tree& t) {
  const auto left = evaluate(*t.operands[0]);
  const auto right = evaluate(*t.operands[1]);
  if (left.index() == 0 || right.index() == 0) {
    return {};
  }
  if (t.text.size() == 1 && std::string{"+-*/"}.find(t.text) != std::string::npos) {
    return arithmetic(t.text[0], left, right);
  }
  if (std::holds_alternative<bool>(left)) {
    return (left == right) == (t.text == "==");
  }
  const auto order = compared(left, right);
  if (t.text == "==") return order == 0;
  if (t.text == "!=") return order != 0;
  if (t.text == "<") return order < 0;
  if (t.text == "<=") return order <= 0;
  if (t.text == ">") return order > 0;
  return order >= 0;
}

worth evaluate(const tree& t) {
  if (t.operands.empty()) {
    return t.leaf;
  }
  if (t.text == "and" || t.text == "or") {
    return logic(t);
  }
  if (t.operands.size() == 2) {
    return binary(t);
  }
  const auto only = evaluate(*t.operands[0]);
  if (t.text == "is null") {
    return only.index() == 0;
  }
  if (only.index() == 0) {
    return {};
  }
  if (t.text == "not") {
    return !std::get<bool>(only);
  }
  if (const auto* e = std::get_if<exact>(&only)) {
    return checked(exact{-e->units, e->scale, e->is_decimal});
  }
  return -std::get<double>(only);
}

std::string written(const tree& t) {
  if (t.operands.empty()) {
    return t.text;
  }
  const auto first = '(' + written(*t.operands[0]) + ')';
  if (t.operands.size() == 2) {
    return first + ' ' + t.text + " (" + written(*t.operands[1]) + ')';
  }
  return t.text == "is null" ? first + " is null" : t.text + ' ' + first;
}

std::string shown(const worth& w) {
  std::string json;
  if (const auto* e = std::get_if<exact>(&w)) {
    const auto units = static_cast<std::int64_t>(e->units);
    base::append_json(json, e->is_decimal
                                ? value::of(decimal{units, static_cast<std::uint8_t>(e->scale)})
                                : value::of(units));
  } else if (const auto* d = std::get_if<double>(&w)) {
    base::append_json(json, value::of(*d));
  } else if (const auto* b = std::get_if<bool>(&w)) {
    json = *b ? "true" : "false";
  } else {
    json = "null";
  }
  return json;
}

/// Grows random trees and the row they read.
class grower {
 public:
  explicit grower(std::uint64_t seed) : random_{seed} {
    for (int field = 0; field < 8; ++field) {
      fields_.push_back(one_in(6) ? value{} : field_value(field));
    }
  }

  [[nodiscard]] const std::vector<value>& fields() const { return fields_; }

  std::unique_ptr<tree> truth(int depth) {
    if (depth == 0) {
      return one_in(2) ? leaf(one_in(2) ? "true" : "false") : field(one_in(2) ? 6 : 7);
    }
    switch (below(5)) {
      case 0:
        return node("not", truth(depth - 1));
      case 1:
        return node("is null", one_in(2) ? truth(depth - 1) : numeric(depth - 1));
      case 2:
        return node(one_in(2) ? "and" : "or", truth(depth - 1), truth(depth - 1));
      case 3:
        return node(one_in(2) ? "==" : "!=", truth(depth - 1), truth(depth - 1));
      default: {
        constexpr std::array signs{"==", "!=", "<", "<=", ">", ">="};
        return node(signs[below(signs.size())], numeric(depth - 1), numeric(depth - 1));
      }
    }
  }

  std::unique_ptr<tree> numeric(int depth) {
    if (depth == 0) {
      return one_in(3) ? literal() : field(static_cast<int>(below(6)));
    }
    if (one_in(6)) {
      return node("-", numeric(depth - 1));
    }
    constexpr std::array signs{"+", "-", "*", "/"};
    return node(signs[below(signs.size())], numeric(depth - 1), numeric(depth - 1));
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  /// Small, so that there is something to cancel; huge now and then, so that there is something to
  /// overflow.
  std::int64_t some_integer() {
    const auto small = static_cast<std::int64_t>(below(2001)) - 1000;
    return one_in(5) ? static_cast<std::int64_t>(random_()) : small;
  }
  value field_value(int field) {
    switch (field) {
      case 0:
      case 1:
        return value::of(some_integer());
      case 2:
        return value::of(decimal{some_integer(), 2});
      case 3:
        return value::of(decimal{some_integer(), 4});
      case 4:
      case 5:
        return value::of(static_cast<double>(some_integer()) / 8);
      default:
        return value::of(one_in(2));
    }
  }
  std::unique_ptr<tree> field(int i) {
    constexpr std::array names{"i", "j", "d2", "d4", "x", "y", "b", "c"};
    auto made = leaf(names[static_cast<std::size_t>(i)]);
    made->leaf = worth_of(fields_[static_cast<std::size_t>(i)]);
    return made;
  }
  static worth worth_of(const value& v) {
    switch (v.type().kind) {
      case base::kind::integer:
        return exact{v.as_integer(), 0, false};
      case base::kind::decimal:
        return exact{v.as_decimal().units, v.as_decimal().scale, true};
      case base::kind::number:
        return v.as_number();
      case base::kind::boolean:
        return v.as_boolean();
      default:
        return {};
    }
  }
  std::unique_ptr<tree> literal() {
    const auto units = static_cast<std::int64_t>(below(100'000));
    auto made = std::make_unique<tree>();
    if (one_in(2)) {
      made->text = std::to_string(units);
      made->leaf = exact{units, 0, false};
    } else {
      made->text = base::to_text(decimal{units, 3});
      made->leaf = exact{units, 3, true};
    }
    return made;
  }
  static std::unique_ptr<tree> leaf(std::string text) {
    auto made = std::make_unique<tree>();
    made->leaf = text == "true" ? worth{true} : text == "false" ? worth{false} : worth{};
    made->text = std::move(text);
    return made;
  }
  template <class... Operands>
  static std::unique_ptr<tree> node(std::string sign, Operands... operands) {
    auto made = std::make_unique<tree>();
    made->text = std::move(sign);
    (made->operands.push_back(std::move(operands)), ...);
    return made;
  }

  std::mt19937_64 random_;
  std::vector<value> fields_;
};

TEST_CASE("20,000 random expressions come to what a naive evaluator says") {
  int values = 0;
  int nulls = 0;
  int failures = 0;
  for (std::uint64_t seed = 1; seed <= 20'000; ++seed) {
    grower g{seed};
    const auto t = seed % 2 == 0 ? g.truth(4) : g.numeric(4);
    const auto text = written(*t);
    CAPTURE(seed);
    CAPTURE(text);
    const auto p = expr::compile(text, tests::all_types());
    if (!p) {
      // Products beyond twelve digits behind the point are refused by type; nothing else may be.
      REQUIRE(p.error().message.find("exact product") != std::string::npos);
      continue;
    }
    std::string wanted;
    try {
      wanted = shown(evaluate(*t));
      ++(wanted == "null" ? nulls : values);
    } catch (failure f) {
      wanted = f == failure::overflow ? "overflow" : "division by zero";
      ++failures;
    }
    const support::row event{g.fields()};
    const std::array rows{event.ref()};
    REQUIRE(tests::shown(p->evaluate(rows)) == wanted);
  }
  // The seeds reach all three outcomes often enough to mean something.
  CHECK(values > 5'000);
  CHECK(nulls > 2'000);
  CHECK(failures > 500);
}

TEST_CASE("any bytes are an expression or are refused with a place inside them") {
  std::mt19937_64 random{7};
  constexpr std::string_view alphabet = "ijdxb24 .+-*/()<>=!'\"`\\andornotis5meE_\xC3\xA4\x00";
  for (int n = 0; n < 50'000; ++n) {
    std::string text;
    for (auto length = random() % 24; length > 0; --length) {
      text += alphabet[random() % alphabet.size()];
    }
    CAPTURE(text);
    const auto p = expr::compile(text, tests::all_types());
    if (!p) {
      REQUIRE(p.error().begin <= p.error().end);
      REQUIRE(p.error().end <= text.size());
      REQUIRE_FALSE(p.error().message.empty());
    }
  }
}

}  // namespace
