// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include "runtime/window/window.hpp"

namespace {

using namespace aisle;
using expr::errc;
using window::function;
using window::parse_aggregate;

expr::diagnostic refused(std::string_view text) {
  CAPTURE(text);
  const auto parsed = parse_aggregate(text);
  REQUIRE_FALSE(parsed);
  REQUIRE(parsed.error().begin <= parsed.error().end);
  REQUIRE(parsed.error().end <= text.size());
  return parsed.error();
}

std::string pointed(std::string_view text) {
  const auto d = refused(text);
  return std::string{text.substr(d.begin, d.end - d.begin)};
}

TEST_CASE("an aggregate is a function, an expression and where it begins") {
  const auto p95 = parse_aggregate("  quantile( total_amount , 0.95 ) ");
  REQUIRE(p95);
  CHECK(p95->function == function::quantile);
  CHECK(p95->of == "total_amount");
  CHECK(p95->of_begin == 12);
  CHECK(p95->q == 0.95);

  const auto sum = parse_aggregate("sum((a + b) * (c))");
  REQUIRE(sum);
  CHECK(sum->of == "(a + b) * (c)");
  CHECK(sum->of_begin == 4);

  REQUIRE(parse_aggregate("count( )"));
  CHECK(parse_aggregate("count( )")->of.empty());
  CHECK(parse_aggregate("count(a)")->of == "a");
}

TEST_CASE("commas and parentheses in quotes cut nothing") {
  CHECK(parse_aggregate("first('a,b)')")->of == "'a,b)'");
  CHECK(parse_aggregate("sum(`a, (b`)")->of == "`a, (b`");
  CHECK(parse_aggregate(R"(last("a\", (b"))")->of == R"("a\", (b")");
  CHECK(parse_aggregate("quantile(`a,b`, 0.5)")->of == "`a,b`");
}

TEST_CASE("every function has its name") {
  for (const auto f : {function::count, function::sum, function::mean, function::min, function::max,
                       function::stddev, function::first, function::last}) {
    const auto parsed = parse_aggregate(std::string{window::to_text(f)} + "(x)");
    REQUIRE(parsed);
    CHECK(parsed->function == f);
  }
}

TEST_CASE("what is wrong is said with its place") {
  CHECK(refused("summ(x)").suggestion == "sum");
  CHECK(refused("summ(x)").code == errc::unknown_name);
  CHECK(pointed(" summ(x)") == "summ");
  CHECK(refused("").message == "an aggregate begins with its name");
  CHECK(refused("total_amount").code == errc::unknown_name);
  CHECK(refused("sum").message == "`sum` lacks its parentheses");
  CHECK(pointed("sum(x") == "(");
  CHECK(pointed("sum(x) * 2") == "* 2");
  CHECK(refused("sum()").message == "`sum` lacks what it is to aggregate");
  CHECK(pointed("sum(x, y)") == "y");
  CHECK(refused("quantile(x)").expected == "quantile(x, 0.95)");
  CHECK(pointed("quantile(x, 95)") == "95");
  CHECK(pointed("quantile(x, high)") == "high");
  CHECK(pointed("quantile(x, 0.5, 1)") == "1");
  CHECK(refused("quantile(, 0.5)").code == errc::syntax);
  CHECK(refused("sum('x)").message == "the parenthesis is not closed");
  CHECK(refused("quantile(x, nan)").code == errc::out_of_range);
}

}  // namespace
