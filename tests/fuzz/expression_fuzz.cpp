// SPDX-License-Identifier: Apache-2.0
// Any text: compiling ends in a program or in a place inside the text, and a program has a value or
// a named failure for records of every shape.
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/expr/program.hpp"

using namespace aisle;

namespace {

constexpr std::string_view texts = "north and south";

const expr::scope& names() {
  using base::kind;
  static const expr::scope all{{
      {"i", {0, 0, {kind::integer}}},
      {"d", {0, 1, {kind::decimal, 2}}},
      {"x", {0, 2, {kind::number}}},
      {"b", {0, 3, {kind::boolean}}},
      {"s", {0, 4, {kind::string}}},
      {"at", {0, 5, {kind::timestamp}}},
      {"span", {0, 6, {kind::duration}}},
      {"t.i", {1, 0, {kind::integer}}},
  }};
  return all;
}

std::array<std::uint64_t, 8> record(std::uint64_t present, std::int64_t units, double number) {
  const auto word = static_cast<std::uint64_t>(units);
  return {present,
          word,
          word,
          std::bit_cast<std::uint64_t>(number),
          word & 1,
          expr::text_word(0, 5),
          word % 1'000'000'000'000,
          word};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto p = expr::compile(text, names());
  const auto named = expr::names_in(text);
  if (!p) {
    base::check(p.error().begin <= p.error().end && p.error().end <= size,
                "a diagnostic lies in the text");
    return 0;
  }
  base::check(named.size() == p->reads().size(), "a program reads the names of its text");
  for (const auto& words : {record(0, 0, 0), record(0x7F, 3, 0.5), record(0x55, INT64_MIN, 1e308),
                            record(0x7F, INT64_MAX, -1e308)}) {
    const std::array<expr::row_ref, 2> rows{{{words.data(), texts.data()}, {}}};
    const auto v = p->evaluate(rows);
    base::check(!v || v->is_null() || v->type() == p->type(), "a value has the program's type");
  }
  return 0;
}
