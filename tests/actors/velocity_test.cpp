// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/workbench.hpp"
#include "tests/support/torture.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

workbench store() { return workbench{"store"}.stream("transactions", {string("terminal_id")}); }

/// `count` sales of a till, `apart` from each other.
void ring_up(support::script& day, base::event_time from, std::string_view till, int count,
             milliseconds apart) {
  for (int i = 0; i < count; ++i) {
    day.event(from + i * apart, {text(till)});
  }
}

const auto nine = at("2026-03-02T09:00:00Z");

TEST_CASE("each sale beyond ten within a minute is told, and names the till") {
  const auto b = store().decides("anomaly", "velocity", {{"by", "terminal_id"}});
  support::script day;
  ring_up(day, nine, "T1", 13, seconds{5});
  const auto lines = support::play(*b, day);
  REQUIRE(lines.size() == 3);  // the 11th, 12th and 13th; a minute holds twelve of them
  CHECK(lines[0].find("Till T1 rang up 11 sales") != std::string::npos);
  CHECK(lines[2].find("Till T1 rang up 12 sales") != std::string::npos);
}

TEST_CASE("the window is exact: the eleventh sale 59.999 s after the first is one too many") {
  const auto b = store().decides("anomaly", "velocity", {{"by", "terminal_id"}});
  support::script close;
  ring_up(close, nine, "T1", 10, seconds{1});
  close.event(nine + milliseconds{59'999}, {text("T1")});
  const auto lines = support::play(*b, close);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("Till T1 rang up 11 sales within 1 min; more than 10 is not plausible.") !=
        std::string::npos);
  CHECK(lines[0].find("\"score\":1.1}") != std::string::npos);
  CHECK(lines[0].find(" against 10 by ") != std::string::npos);

  support::script apart;
  ring_up(apart, nine, "T1", 10, seconds{1});
  apart.event(nine + seconds{60}, {text("T1")});
  CHECK(support::play(*b, apart).empty());
}

TEST_CASE("tills are counted apart") {
  const auto b = store().decides("anomaly", "velocity", {{"by", "terminal_id"}});
  support::script day;
  for (int i = 0; i < 20; ++i) {
    day.event(nine + i * seconds{2}, {text(i % 2 == 0 ? "T1" : "T2")});
  }
  CHECK(support::play(*b, day).empty());
}

TEST_CASE("a till that has been busy at this hour for three weeks may be busier") {
  const auto b = store().decides("anomaly", "velocity", {{"by", "terminal_id"}});
  support::script weeks;
  for (int week = 0; week < 4; ++week) {
    // 360 an hour, 6 a minute: by chance more than 17 once in 10,000 minutes.
    ring_up(weeks, nine + week * hours{168}, "T1", 360, seconds{10});
    weeks.event(nine + week * hours{168} + hours{1}, {text("T1")});
  }
  const auto fourth = nine + 4 * hours{168};
  ring_up(weeks, fourth, "T1", 18, seconds{1});
  ring_up(weeks, fourth, "T2", 12, seconds{1});  // new here: ten are the limit
  const auto lines = support::play(*b, weeks);
  CHECK(lines_with(lines, "Till T1").size() == 1);
  CHECK(lines_with(lines, "Till T1 rang up 18 sales within 1 min; more than 17").size() == 1);
  CHECK(lines_with(lines, "Till T2").size() == 2);
}

TEST_CASE("one burst is told twenty times at most, the next one again") {
  const auto b = store().decides("anomaly", "velocity", {{"by", "terminal_id"}});
  support::script day;
  ring_up(day, nine, "T1", 60, seconds{1});
  ring_up(day, nine + hours{1}, "T1", 12, seconds{1});
  const auto lines = support::play(*b, day);
  CHECK(lines.size() == 22);
  CHECK(lines_with(lines, "\"alarm_of_burst\":20").size() == 1);
}

TEST_CASE("beyond the bound the till that was silent longest is forgotten") {
  const auto b =
      store().decides("anomaly", "velocity", {{"by", "terminal_id"}, {"tills_max", "2"}});
  support::script day;
  ring_up(day, nine, "T1", 6, seconds{1});
  ring_up(day, nine + seconds{10}, "T2", 6, seconds{1});
  ring_up(day, nine + seconds{20}, "T3", 1, seconds{1});  // takes the place of T1
  ring_up(day, nine + seconds{21}, "T2", 5, seconds{1});
  const auto lines = support::play(*b, day);
  CHECK(lines_with(lines, "Till T2").size() == 1);
  ring_up(day, nine + seconds{30}, "T1", 5, seconds{1});
  CHECK(lines_with(support::play(*b, day), "Till T1").empty());
}

TEST_CASE("velocity stands the torture") {
  const auto b =
      store().decides("anomaly", "velocity", {{"by", "terminal_id"}, {"tills_max", "2"}});
  support::script day;
  ring_up(day, nine, "till number one of the upper floor", 13, seconds{1});
  day.event(nine + seconds{20}, {base::value{}});
  ring_up(day, nine + seconds{20}, "T2", 3, seconds{20});
  day.event(nine + seconds{50}, {text("T2")}, {.stream = 0, .seen = nine + seconds{130}});
  ring_up(day, nine + hours{2}, "T3", 3, seconds{20});
  support::torture(*b, day);
}

}  // namespace
