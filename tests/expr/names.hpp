// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/expr/program.hpp"
#include "tests/support/rows.hpp"

namespace aisle::tests {

/// Field `i` of row `row`, as a name in scope.
inline expr::binding bound(std::string name, base::value_type type, int field, int row = 0) {
  return {std::move(name),
          {static_cast<std::uint8_t>(row), static_cast<std::uint8_t>(field), type}};
}

/// One field of each type, twice, and a table.
inline const expr::scope& all_types() {
  using base::kind;
  static const expr::scope scope{{
      bound("i", {kind::integer}, 0),
      bound("j", {kind::integer}, 1),
      bound("d2", {kind::decimal, 2}, 2),
      bound("d4", {kind::decimal, 4}, 3),
      bound("x", {kind::number}, 4),
      bound("y", {kind::number}, 5),
      bound("b", {kind::boolean}, 6),
      bound("c", {kind::boolean}, 7),
      bound("s", {kind::string}, 8),
      bound("t", {kind::string}, 9),
      bound("at", {kind::timestamp}, 10),
      bound("until", {kind::timestamp}, 11),
      bound("span", {kind::duration}, 12),
      bound("pause", {kind::duration}, 13),
      bound("Unit Cost", {kind::decimal, 3}, 14),
      bound("table.cost", {kind::decimal, 2}, 0, 1),
  }};
  return scope;
}

inline expr::program compiled(std::string_view text) {
  CAPTURE(text);
  auto p = expr::compile(text, all_types());
  if (!p) {
    FAIL(p.error().message);
  }
  return std::move(*p);
}

/// What the text is refused with; the test fails when it is not.
inline expr::diagnostic refused(std::string_view text) {
  CAPTURE(text);
  const auto p = expr::compile(text, all_types());
  REQUIRE_FALSE(p);
  return p.error();
}

/// The result as JSON, `overflow` or `division by zero`.
inline std::string shown(const std::expected<base::value, expr::failure>& result) {
  if (!result) {
    return result.error() == expr::failure::overflow ? "overflow" : "division by zero";
  }
  std::string json;
  base::append_json(json, *result);
  return json;
}

}  // namespace aisle::tests
