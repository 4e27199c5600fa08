// SPDX-License-Identifier: Apache-2.0
// What the aggregates come to, value by value; and which specs are refused.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/window/windows.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::value;
using tests::aggregated;
using tests::at;
using tests::tumbling;
using namespace std::chrono_literals;

/// The values of the one window that all rows fall into.
std::string values(const std::vector<tests::kept>& keep,
                   const std::vector<std::vector<value>>& rows) {
  support::script life;
  for (const auto& row : rows) {
    life.event(at("09:00"), row);
  }
  const auto told = support::play(*tumbling(5min, 0ms, keep), life);
  REQUIRE(told.size() == 1);
  return told[0].substr(told[0].find('{'));
}

std::vector<std::vector<value>> integers(const std::vector<std::int64_t>& all) {
  std::vector<std::vector<value>> rows;
  for (const auto n : all) {
    rows.push_back({value::of(n)});
  }
  return rows;
}

std::vector<std::vector<value>> decimals(const std::vector<std::int64_t>& cents) {
  std::vector<std::vector<value>> rows;
  for (const auto n : cents) {
    rows.push_back({value{}, value::of(decimal{n, 2})});
  }
  return rows;
}

TEST_CASE("money is summed to the cent") {
  CHECK(values({{"sum", "sum(d)"}, {"mean", "mean(d)"}},
               decimals(std::vector<std::int64_t>(10, 10))) == R"({"sum":"1.00","mean":0.1})");
  CHECK(values({{"sum", "sum(d * 1.005)"}}, decimals({1, 2})) == R"({"sum":"0.03015"})");
}

TEST_CASE("a sum beyond 64 bits is written out, exactly") {
  CHECK(values({{"sum", "sum(i)"}}, integers({INT64_MAX, INT64_MAX})) ==
        R"({"sum":"18446744073709551614"})");
  CHECK(values({{"sum", "sum(i)"}}, integers({INT64_MIN, INT64_MIN})) ==
        R"({"sum":"-18446744073709551616"})");
  CHECK(values({{"sum", "sum(d)"}}, decimals({INT64_MAX, 1})) ==
        R"({"sum":"92233720368547758.08"})");
  CHECK(values({{"sum", "sum(i)"}}, integers({INT64_MAX, INT64_MAX, INT64_MIN, INT64_MIN, 1})) ==
        R"({"sum":-1})");
  CHECK(values({{"mean", "mean(i)"}}, integers({INT64_MAX, INT64_MAX})) ==
        R"({"mean":9223372036854775808})");
}

TEST_CASE("nulls are left out, and nothing but nulls is null") {
  const std::vector<tests::kept> keep{
      {"rows", "count()"}, {"n", "count(i)"},    {"sum", "sum(i)"},         {"mean", "mean(i)"},
      {"min", "min(i)"},   {"dev", "stddev(i)"}, {"p", "quantile(i, 0.5)"}, {"first", "first(i)"}};
  CHECK(values(keep, {{value{}}, {value{}}}) ==
        R"({"rows":2,"n":0,"sum":null,"mean":null,"min":null,"dev":null,"p":null,"first":null})");
  CHECK(values(keep, {{value{}}, {value::of(std::int64_t{3})}}) ==
        R"({"rows":2,"n":1,"sum":3,"mean":3,"min":3,"dev":null,"p":2.9742334234766927,"first":3})");
}

TEST_CASE("a standard deviation is the sample's, and does not cancel") {
  CHECK(values({{"dev", "stddev(i)"}}, integers({2, 4, 4, 4, 5, 5, 7, 9})) ==
        R"({"dev":2.138089935299395})");
  CHECK(values({{"dev", "stddev(i)"}}, integers({5, 5, 5})) == R"({"dev":0})");
  // A billion and one to three: the textbook formula in doubles says 0.
  CHECK(values({{"dev", "stddev(i)"}}, integers({1'000'000'000'000'001, 1'000'000'000'000'002,
                                                 1'000'000'000'000'003})) == R"({"dev":1})");
  CHECK(values({{"dev", "stddev(x)"}},
               {{value{}, value{}, value::of(1e200)}, {value{}, value{}, value::of(3e200)}}) ==
        R"({"dev":1.414213562373095e+200})");
}

TEST_CASE("sums of numbers do not depend on their order") {
  const auto rows = [](std::vector<double> all) {
    std::vector<std::vector<value>> made;
    for (const auto x : all) {
      made.push_back({value{}, value{}, value::of(x)});
    }
    return made;
  };
  CHECK(values({{"sum", "sum(x)"}}, rows({1e16, 1, 1, -1e16})) == R"({"sum":2})");
  CHECK(values({{"sum", "sum(x)"}}, rows({1, -1e16, 1, 1e16})) == R"({"sum":2})");
}

TEST_CASE("first and last go by the order of the stage, min and max by value") {
  const std::vector<tests::kept> keep{
      {"first", "first(s)"}, {"last", "last(s)"}, {"min", "min(s)"}, {"max", "max(s)"}};
  const auto word = [](std::string_view s) {
    return std::vector<value>{value{}, value{}, value{}, value::of(s)};
  };
  CHECK(values(keep, {word("m"), word("z"), word("a"), word("n")}) ==
        R"({"first":"m","last":"n","min":"a","max":"z"})");
}

TEST_CASE("times and spans have a least and a greatest, and spans a sum") {
  const auto row = [](std::string_view clock, base::duration span) {
    return std::vector<value>{
        value{}, value{}, value{}, value{}, value{}, value::of(at(clock)), value::of(span)};
  };
  CHECK(values({{"a", "min(t)"}, {"b", "max(t)"}, {"c", "sum(span)"}, {"d", "max(span)"}},
               {row("09:03", 5s), row("09:01", 2min)}) ==
        R"({"a":"2011-01-18T09:01:00.000Z","b":"2011-01-18T09:03:00.000Z","c":"2m5s","d":"2m"})");
}

TEST_CASE("an aggregate knows the type of its value") {
  using base::kind;
  const auto type = [](std::string_view text) { return window::type_of(aggregated("a", text)); };
  CHECK(type("count()") == base::value_type{kind::integer});
  CHECK(type("count(s)") == base::value_type{kind::integer});
  CHECK(type("sum(d * i)") == base::value_type{kind::decimal, 2});
  CHECK(type("mean(i)") == base::value_type{kind::number});
  CHECK(type("quantile(d, 0.5)") == base::value_type{kind::number});
  CHECK(type("last(t)") == base::value_type{kind::timestamp});
}

using spec = window::spec;

spec usual() {
  return {"w", window::kind::tumbling, 5min, 0ms, 0ms, tests::aggregates({{"n", "count()"}})};
}

/// `field: message` of everything that is wrong.
std::vector<std::string> refused(const spec& of) {
  std::vector<std::string> all;
  for (const auto& [field, message] : window::validate(of)) {
    all.push_back(field + ": " + message);
  }
  return all;
}

bool refuses(const spec& of, std::string_view field) {
  const auto all = window::validate(of);
  return std::ranges::any_of(all, [&](const entity::refusal& r) { return r.parameter == field; });
}

TEST_CASE("a usual window is taken") { CHECK(refused(usual()).empty()); }

TEST_CASE("times that make no window are refused, all of them at once") {
  auto w = usual();
  w.name = "";
  w.size = 0ms;
  w.lateness = -1ms;
  w.aggregates.clear();
  CHECK(refused(w) ==
        std::vector<std::string>{"name: a window needs a name",
                                 "size: a window is longer than nothing and at most 400d",
                                 "lateness: lateness is at most 400d",
                                 "aggregates: a window keeps at least one aggregate"});
  w = usual();
  w.slide = 1min;
  CHECK(refuses(w, "slide"));
  w = usual();
  w.size = window::span_max + 1ms;
  CHECK(refuses(w, "size"));
}

TEST_CASE("a slide is a useful part of the size") {
  auto w = usual();
  w.kind = window::kind::sliding;
  for (const auto slide : {0ms, -1ms, 300'001ms}) {
    w.slide = slide;
    CHECK(refuses(w, "slide"));
  }
  w.size = 1h;
  w.slide = 1s;
  CHECK(refused(w) ==
        std::vector<std::string>{"slide: every event would fall into 3600 windows, 1024 at "
                                 "most: slide by 3s516ms or more"});
  w.slide = 3'517ms;
  CHECK(refused(w) ==
        std::vector<std::string>{
            "slide: size and slide have only 1ms in common, so a window would have 3600000 "
            "panes, 4096 at most: slide by a part of the size"});
  w.slide = 4s;
  CHECK(refused(w).empty());
}

TEST_CASE("lateness that would keep too many windows open is refused") {
  auto w = usual();
  w.size = 1s;
  w.lateness = 24h;
  CHECK(refuses(w, "lateness"));
  w.lateness = 4h;
  CHECK(refused(w).empty());
}

TEST_CASE("aggregates of the wrong type are refused by name") {
  auto w = usual();
  w.aggregates = tests::aggregates({{"a", "sum(s)"},
                                    {"b", "mean(t)"},
                                    {"c", "max(b)"},
                                    {"d", "quantile(span, 0.5)"},
                                    {"e", "stddev(b)"},
                                    {"f", "sum(both)"},
                                    {"g", "first(b)"},
                                    {"h", "min(s)"}});
  CHECK(refused(w) ==
        std::vector<std::string>{
            "aggregates.a: `sum` takes an integer, a decimal, a number or a duration, not string",
            "aggregates.b: `mean` takes an integer, a decimal or a number, not timestamp",
            "aggregates.c: `max` takes anything but a boolean, not boolean",
            "aggregates.d: `quantile` takes an integer, a decimal or a number, not duration",
            "aggregates.e: `stddev` takes an integer, a decimal or a number, not boolean",
            "aggregates.f: the expression is integer in one stream and number in another"});
  w.aggregates = tests::aggregates({{"a", "sum(nowhere)"}, {"a", "count()"}});
  CHECK(refused(w) == std::vector<std::string>{
                          "aggregates.a: no stream of the stage has the fields of its expression",
                          "aggregates.a: two aggregates have this name"});
}

TEST_CASE("aggregates have a bound, and what they need") {
  auto w = usual();
  w.aggregates.clear();
  for (std::size_t i = 0; i <= window::aggregates_max; ++i) {
    w.aggregates.push_back({"a" + std::to_string(i), window::function::count, {}, 0.5});
  }
  CHECK(refused(w) == std::vector<std::string>{"aggregates: a window keeps at most 64 aggregates"});
  w.aggregates.resize(1);
  w.aggregates[0].function = window::function::sum;
  CHECK(refused(w) == std::vector<std::string>{"aggregates.a0: `sum` needs an expression"});
  w = usual();
  w.aggregates.push_back(aggregated("q", "quantile(i, 0.5)"));
  w.aggregates[1].q = 95;
  CHECK(refused(w) == std::vector<std::string>{"aggregates.q: a quantile is a number from 0 to 1"});
}

}  // namespace
