// SPDX-License-Identifier: Apache-2.0
// What an expression costs per event, beside the same thing written in C++.
#include <array>
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "runtime/expr/program.hpp"
#include "tests/support/rows.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::value;

const expr::scope& names() {
  using base::kind;
  static const expr::scope all{{{"quantity", {0, 0, {kind::integer}}},
                                {"unit_cost", {0, 1, {kind::decimal, 3}}},
                                {"weight", {0, 2, {kind::number}}},
                                {"region", {0, 3, {kind::string}}}}};
  return all;
}

std::vector<support::row> rows() {
  std::vector<support::row> all;
  for (std::int64_t n = 0; n < 1024; ++n) {
    all.emplace_back(std::vector<value>{
        value::of(n % 7), value::of(decimal{n * 37, 3}), value::of(static_cast<double>(n) / 3),
        value::of(std::string_view{n % 3 == 0 ? "north" : "south"})});
  }
  return all;
}

void evaluate(benchmark::State& state, const char* text) {
  const auto program = expr::compile(text, names());
  const auto events = rows();
  std::size_t i = 0;
  for (auto _ : state) {
    const std::array row{events[i++ % events.size()].ref()};
    benchmark::DoNotOptimize(program->evaluate(row));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(evaluate, field, "quantity");
BENCHMARK_CAPTURE(evaluate, product, "quantity * unit_cost");
BENCHMARK_CAPTURE(evaluate, ratio, "unit_cost / (weight + 1)");
BENCHMARK_CAPTURE(evaluate, condition,
                  "quantity > 3 and unit_cost * quantity >= 10.00 or region == 'north'");

void by_hand(benchmark::State& state) {
  const auto events = rows();
  std::size_t i = 0;
  for (auto _ : state) {
    const std::array row{events[i++ % events.size()].ref()};
    const auto quantity = expr::load(row[0], 0, {base::kind::integer}).as_integer();
    const auto cost = expr::load(row[0], 1, {base::kind::decimal, 3}).as_decimal();
    benchmark::DoNotOptimize(decimal{quantity * cost.units, 3});
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(by_hand)->Name("product by hand");

void compile(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(expr::compile(
        "quantity > 3 and unit_cost * quantity >= 10.00 or region == 'north'", names()));
  }
}
BENCHMARK(compile);

}  // namespace
