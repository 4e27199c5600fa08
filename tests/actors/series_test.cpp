// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/workbench.hpp"
#include "tests/support/torture.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::days;
using std::chrono::minutes;

workbench points() { return workbench{"series"}.stream("points", {number("value")}); }

workbench sales() { return workbench{"item"}.stream("sales", {integer("units")}); }

std::unique_ptr<entity::behaviour> monthly() {
  return sales().reports("forecast", "horizon", {{"of", "units"}});
}

support::script wobbling_series() {
  support::script life;
  for (int i = 0; i < 600; ++i) {
    const auto value = i == 500 ? 90.0 : 20.0 + i * 37 % 11 * 0.1;
    life.event(at("2026-03-02") + minutes{5 * i}, {base::value::of(value)});
  }
  return life;
}

TEST_CASE("each value is scored from 0 to 1, and only the odd one alarms") {
  const auto b = points().reports("score", "series", {{"of", "value"}});
  const auto lines = support::play(*b, wobbling_series());
  REQUIRE(lines.size() == 600);
  CHECK(lines_with(lines, "alarm=true").size() == 1);
  CHECK(lines[500].find("report at=\"2026-03-03T17:40:00.000Z\" value=90 score=0.") !=
        std::string::npos);
  CHECK(lines[500].ends_with("alarm=true "));
}

TEST_CASE("a value that is absent is not scored") {
  const auto b = points().reports("score", "series", {{"of", "value"}});
  support::script life;
  life.event(at("2026-03-02"), {base::value{}});
  CHECK(support::play(*b, life).empty());
}

TEST_CASE("score: series stands the torture") {
  const auto b = points().reports("score", "series", {{"of", "value"}});
  support::script life;
  for (int i = 0; i < 60; ++i) {
    life.event(at("2026-03-02") + minutes{60 * i}, {base::value::of(i % 7 * 1.25)});
  }
  support::torture(*b, life);
}

/// Five a day from one day to another, both included.
support::script five_a_day(base::event_time first, base::event_time last) {
  support::script life;
  for (auto day = first; day <= last; day += days{1}) {
    life.event(day, {units(5)});
  }
  return life;
}

TEST_CASE("a forecast is made every 28 days of the calendar, of the days known by then") {
  // Day 20,524, 2026-03-12, is a multiple of 28.
  static_assert(20'524 % 28 == 0);
  const auto lines = support::play(*monthly(), five_a_day(at("2026-02-01"), at("2026-03-12")));
  const auto first = lines_with(lines, "made=\"2026-03-11\"");
  REQUIRE(first.size() == 28);
  CHECK(
      first[0].starts_with("2026-03-12T00:00:00.000Z report made=\"2026-03-11\" "
                           "day=\"2026-03-12\" mean="));
  CHECK(first[27].find("day=\"2026-04-08\"") != std::string::npos);
}

TEST_CASE("the last forecast stands on the last day of the whole input") {
  const auto lines = support::play(*monthly(), five_a_day(at("2026-02-20"), at("2026-03-05")));
  REQUIRE(lines.size() == 28);
  CHECK(lines_with(lines, "made=\"2026-03-05\"").size() == 28);
  CHECK(lines[0].find("day=\"2026-03-06\"") != std::string::npos);
}

double number_behind(const std::string& line, const std::string& word) {
  return std::stod(line.substr(line.find(word) + word.size()));
}

TEST_CASE("days without a row are days without sales, the last ones too") {
  auto life = five_a_day(at("2026-02-20"), at("2026-03-05"));
  const auto selling = support::play(*monthly(), life);
  CHECK(number_behind(selling[0], "mean=") == doctest::Approx(5).epsilon(0.1));
  life.event(at("2026-03-11"), {units(0)});
  const auto silent = support::play(*monthly(), life);
  CHECK(silent[0].find("made=\"2026-03-11\"") != std::string::npos);
  CHECK(number_behind(silent[0], "mean=") < 0.9 * number_behind(selling[0], "mean="));
}

TEST_CASE("the nine quantiles ascend and hold the mean between them") {
  const auto lines = support::play(*monthly(), five_a_day(at("2026-02-20"), at("2026-03-05")));
  for (const auto& line : lines) {
    double before = 0;
    for (const auto* name : {"\"0.005\":", "\"0.025\":", "\"0.165\":", "\"0.25\":", "\"0.5\":",
                             "\"0.75\":", "\"0.835\":", "\"0.975\":", "\"0.995\":"}) {
      const auto quantile = number_behind(line, name);
      CHECK(quantile >= before);
      before = quantile;
    }
    CHECK(number_behind(line, "\"0.025\":") < number_behind(line, "mean="));
    CHECK(number_behind(line, "\"0.975\":") > number_behind(line, "mean="));
  }
}

TEST_CASE("nothing is learned before the first sale; a series that never sells will sell nothing") {
  support::script never;
  never.event(at("2026-03-01"), {units(0)}).event(at("2026-03-05"), {units(-1)});
  const auto nothing = support::play(*monthly(), never);
  REQUIRE(nothing.size() == 28);
  CHECK(nothing[0].find("mean=0 quantiles={\"0.005\":0,") != std::string::npos);

  support::script late;
  late.event(at("2026-01-20"), {units(0)});
  auto direct = support::script{};
  for (auto day = at("2026-02-20"); day < at("2026-03-01"); day += days{1}) {
    late.event(day, {units(4)});
    direct.event(day, {units(4)});
  }
  CHECK(lines_with(support::play(*monthly(), late), "made=\"2026-02-28\"") ==
        lines_with(support::play(*monthly(), direct), "made=\"2026-02-28\""));
}

TEST_CASE("spans that are not whole days are refused") {
  const auto made = sales().make(entity::section::reports, "forecast", "horizon",
                                 {{"of", "units"}, {"every", "36h"}});
  REQUIRE(!made.has_value());
  CHECK(made.error().parameter == "every");
  const auto short_one = sales().make(entity::section::reports, "forecast", "horizon",
                                      {{"of", "units"}, {"horizon", "36h"}});
  REQUIRE(!short_one.has_value());
  CHECK(short_one.error().parameter == "horizon");
}

TEST_CASE("forecast: horizon stands the torture") {
  const auto b =
      sales().reports("forecast", "horizon", {{"of", "units"}, {"every", "2d"}, {"horizon", "3d"}});
  support::script life;
  for (int day = 0; day < 12; ++day) {
    life.event(at("2026-03-01") + days{day}, {units(day % 4)});
  }
  life.event(at("2026-03-10"), {units(7)}, {.stream = 0, .seen = at("2026-03-13")});
  life.event(at("2026-03-20"), {base::value{}}).advance(at("2026-03-21"));
  support::torture(*b, life);
}

}  // namespace
