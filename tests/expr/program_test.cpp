// SPDX-License-Identifier: Apache-2.0
#include "runtime/expr/program.hpp"

#include <array>
#include <limits>
#include <thread>

#include <doctest/doctest.h>

#include "tests/expr/names.hpp"
#include "tests/support/allocation_faults.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::kind;
using base::value;
using tests::compiled;
using tests::shown;

constexpr base::event_time noon{base::duration{1'295'352'000'000}};  // 2011-01-18T12:00Z

std::vector<value> usual() {
  return {value::of(std::int64_t{7}),
          value::of(std::int64_t{-2}),
          value::of(decimal{1250, 2}),
          value::of(decimal{10'005, 4}),
          value::of(1.5),
          value::of(-0.25),
          value::of(true),
          value::of(false),
          value::of(std::string_view{"north"}),
          value::of(std::string_view{"nord"}),
          value::of(noon),
          value::of(noon + std::chrono::minutes{90}),
          value::of(base::duration{60'000}),
          value::of(base::duration{1'500}),
          value::of(decimal{2'550, 3})};
}

std::string result(std::string_view text, const std::vector<value>& fields = usual()) {
  CAPTURE(text);
  const support::row event{fields};
  const support::row table{{value::of(decimal{999, 2})}};
  const std::array rows{event.ref(), table.ref()};
  return shown(compiled(text).evaluate(rows));
}

std::string without(std::string_view text, std::size_t absent) {
  auto fields = usual();
  fields[absent] = {};
  return result(text, fields);
}

base::value_type type(std::string_view text) { return compiled(text).type(); }

TEST_CASE("fields, literals and tables have their values") {
  CHECK(result("i") == "7");
  CHECK(result("d2") == "\"12.50\"");
  CHECK(result("x") == "1.5");
  CHECK(result("s") == "\"north\"");
  CHECK(result("at") == "\"2011-01-18T12:00:00.000Z\"");
  CHECK(result("table.cost") == "\"9.99\"");
  CHECK(result("`Unit Cost`") == "\"2.550\"");
  CHECK(result("`i` + 1") == "8");
  CHECK(result("12.50") == "\"12.50\"");
  CHECK(result(".5") == "\"0.5\"");
  CHECK(result("1.25e2") == "125");
  CHECK(result("5m") == "\"5m\"");
  CHECK(result("1h30m") == "\"1h30m\"");
  CHECK(result("'it is \"so\"'") == R"("it is \"so\"")");
  CHECK(result(R"("a \" and a \\")") == R"("a \" and a \\")");
  CHECK(result("true") == "true");
}

TEST_CASE("integers and decimals stay exact") {
  CHECK(result("i + j * 3") == "1");
  CHECK(result("(i + j) * 3") == "15");
  CHECK(result("0.1 + 0.2") == "\"0.3\"");
  CHECK(result("d2 + d4") == "\"13.5005\"");
  CHECK(result("d2 * `Unit Cost`") == "\"31.87500\"");
  CHECK(result("i * d2") == "\"87.50\"");
  CHECK(result("d2 - i") == "\"5.50\"");
  CHECK(result("-d2") == "\"-12.50\"");
  CHECK(result("-i - -j") == "-9");
  CHECK(result("- -i") == "7");
}

TEST_CASE("a quotient is a number, and so is all that a number touches") {
  CHECK(result("i / 2") == "3.5");
  CHECK(result("d2 / 4") == "3.125");
  CHECK(result("d2 * 1e0") == "12.5");
  CHECK(result("x + i") == "8.5");
  CHECK(result("-x") == "-1.5");
  CHECK(result("i - x / y") == "13");
}

TEST_CASE("times take part in arithmetic") {
  CHECK(result("until - at") == "\"1h30m\"");
  CHECK(result("at + 5m") == "\"2011-01-18T12:05:00.000Z\"");
  CHECK(result("5m + at") == "\"2011-01-18T12:05:00.000Z\"");
  CHECK(result("at - span") == "\"2011-01-18T11:59:00.000Z\"");
  CHECK(result("span + pause") == "\"1m1s500ms\"");
  CHECK(result("span * 3") == "\"3m\"");
  CHECK(result("span / 1s") == "60");
  CHECK(result("until > at + 1h") == "true");
}

TEST_CASE("the type of a result is known before there is an event") {
  CHECK(type("i + j") == base::value_type{kind::integer});
  CHECK(type("i + d2") == base::value_type{kind::decimal, 2});
  CHECK(type("d2 + d4") == base::value_type{kind::decimal, 4});
  CHECK(type("d2 * d4") == base::value_type{kind::decimal, 6});
  CHECK(type("i / j") == base::value_type{kind::number});
  CHECK(type("x * d2") == base::value_type{kind::number});
  CHECK(type("until - at") == base::value_type{kind::duration});
  CHECK(type("at + span") == base::value_type{kind::timestamp});
  CHECK(type("i < x") == base::value_type{kind::boolean});
  CHECK(type("s") == base::value_type{kind::string});
}

TEST_CASE("comparisons between exact types are exact") {
  CHECK(result("9007199254740993 > 9007199254740992") == "true");
  CHECK(result("9007199254740993 == 9007199254740992.0") == "false");
  CHECK(result("12.5 == 12.50000") == "true");
  CHECK(result("92233720368547758.07 > 9223372036854775807") == "false");
  CHECK(result("9223372036854775807 > 0.000000000001") == "true");
  CHECK(result("x == 1.50") == "true");
  CHECK(result("s < t") == "false");
  CHECK(result("s >= 'nord'") == "true");
  CHECK(result("b != c") == "true");
}

TEST_CASE("an exact result that does not fit is a failure, not a wrong number") {
  CHECK(result("9223372036854775807 + 1") == "overflow");
  CHECK(result("-9223372036854775808 - 1") == "overflow");
  CHECK(result("- (-9223372036854775808)") == "overflow");
  CHECK(result("9223372036854775807 * 2") == "overflow");
  CHECK(result("9223372036854775807 + 0.01") == "overflow");
  CHECK(result("9223372036854775807 - 1 + 1") == "9223372036854775807");
  CHECK(result("1e308 * 10") == "overflow");
  CHECK(result("at + 36500d + 36500d + 36500d") == "overflow");
}

TEST_CASE("a division by zero is a failure, unless it need not be done") {
  CHECK(result("i / 0") == "division by zero");
  CHECK(result("i / 0.00") == "division by zero");
  CHECK(result("i / (x - 1.5)") == "division by zero");
  CHECK(result("j + 2 != 0 and i / (j + 2) > 1") == "false");
  CHECK(result("j + 2 == 0 or i / (j + 2) > 1") == "true");
  CHECK(without("j != 0 and i / j > 1", 1) == "null");
}

TEST_CASE("null runs through arithmetic and comparison") {
  CHECK(without("i + 1", 0) == "null");
  CHECK(without("-i", 0) == "null");
  CHECK(without("d2 * i", 0) == "null");
  CHECK(without("x / i", 0) == "null");
  CHECK(without("i == i", 0) == "null");
  CHECK(without("s == 'north'", 8) == "null");
  CHECK(without("at + 5m", 10) == "null");
  CHECK(without("i / 0 + 1", 0) == "null");
}

TEST_CASE("logic has three values") {
  const auto logic = [](std::string_view text) { return without(text, 6); };  // b is null
  CHECK(logic("b and true") == "null");
  CHECK(logic("true and b") == "null");
  CHECK(logic("b and false") == "false");
  CHECK(logic("false and b") == "false");
  CHECK(logic("b and b") == "null");
  CHECK(logic("b or true") == "true");
  CHECK(logic("true or b") == "true");
  CHECK(logic("b or false") == "null");
  CHECK(logic("false or b") == "null");
  CHECK(logic("not b") == "null");
  CHECK(result("true and true") == "true");
  CHECK(result("true and false") == "false");
  CHECK(result("false or false") == "false");
  CHECK(result("not false") == "true");
}

TEST_CASE("is null answers whatever else is null") {
  CHECK(without("i is null", 0) == "true");
  CHECK(without("i is not null", 0) == "false");
  CHECK(result("i is null") == "false");
  CHECK(without("i + j is null", 1) == "true");
  CHECK(without("s is null or s == 'x'", 8) == "true");
}

TEST_CASE("operators bind as in school") {
  CHECK(result("2 + 3 * 4 - 1") == "13");
  CHECK(result("10 - 4 - 3") == "3");
  CHECK(result("100 / 10 / 5") == "2");
  CHECK(result("not i == 7") == "false");
  CHECK(result("false and false or true") == "true");
  CHECK(result("true or true and false") == "true");
  CHECK(result("-2 * -3") == "6");
  CHECK(result("1 < 2 and not 2 < 1") == "true");
}

TEST_CASE("a null record has every field absent") {
  const std::array<expr::row_ref, 2> rows{};
  CHECK(shown(compiled("i is null and table.cost is null").evaluate(rows)) == "true");
  CHECK(shown(compiled("s").evaluate(rows)) == "null");
}

TEST_CASE("a program tells what it reads, and whether it needs an event") {
  const auto p = compiled("i + i * table.cost");
  REQUIRE(p.reads().size() == 2);
  CHECK(p.reads()[0] == expr::place{0, 0, {kind::integer}});
  CHECK(p.reads()[1] == expr::place{1, 0, {kind::decimal, 2}});
  CHECK_FALSE(p.needs_no_event());
  CHECK(compiled("table.cost * 2").needs_no_event());
  CHECK(compiled("5m").needs_no_event());
}

TEST_CASE("the names of an expression are found before their types are known") {
  using names = std::vector<std::string>;
  CHECK(expr::names_in("a * b.c + a - `d e`") == names{"a", "b.c", "d e"});
  CHECK(expr::names_in("'a' + 1 is not null and true").empty());
  CHECK(expr::names_in("a +").empty());
}

TEST_CASE("evaluating allocates nothing") {
  const auto p = compiled("d2 * i > 10.00 and s == 'north' and until - at < 2h or x / y > 1e3");
  const support::row event{usual()};
  const std::array rows{event.ref()};
  std::expected<value, expr::failure> v;
  {
    const support::allocation_faults none{0};
    v = p.evaluate(rows);
  }
  CHECK(shown(v) == "true");
}

TEST_CASE("one program serves many threads") {
  const auto p = compiled("i * 2 + j");
  std::array<std::int64_t, 4> wrong{};
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < wrong.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t n = 0; n < 10'000; ++n) {
        const support::row event{{value::of(n), value::of(static_cast<std::int64_t>(t))}};
        const std::array rows{event.ref()};
        const auto v = p.evaluate(rows);
        const auto wanted = n * 2 + static_cast<std::int64_t>(t);
        wrong[t] += v && v->as_integer() == wanted ? 0 : 1;
      }
    });
  }
  for (auto& t : threads) {
    t.join();
  }
  CHECK(wrong == std::array<std::int64_t, 4>{});
}

}  // namespace
