// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/window/windows.hpp"

namespace {

using namespace aisle;
using base::value;
using std::chrono::minutes;
using tests::at;
using tests::of;
using tests::played;
using tests::tumbling;
using lines = std::vector<std::string>;
using namespace std::chrono_literals;

const std::vector<tests::kept> count_and_sum{{"n", "count()"}, {"sum", "sum(i)"}};

TEST_CASE("without lateness a window is told once, when the watermark passes its end") {
  support::script life;
  life.event(at("09:00"), of(1)).event(at("09:04:59"), of(2)).event(at("09:05"), of(4));
  CHECK(played(*tumbling(5min, 0ms, count_and_sum), life) ==
        lines{R"(09:05 [09:00, 09:05) 0 final {"n":2,"sum":3})",
              R"(09:10 [09:05, 09:10) 0 final {"n":1,"sum":4})"});
}

TEST_CASE("starts belong to a window, ends to the next") {
  support::script life;
  life.event(at("08:59:59"), of(1)).event(at("09:00"), of(2)).event(at("09:05"), of(3));
  const auto told = played(*tumbling(5min, 0ms, count_and_sum), life);
  REQUIRE(told.size() == 3);
  CHECK(told[1] == R"(09:05 [09:00, 09:05) 0 final {"n":1,"sum":2})");
}

TEST_CASE("an empty window has no record") {
  support::script life;
  life.event(at("09:00"), of(1)).event(at("10:00"), of(2)).advance(at("12:00"));
  CHECK(support::play(*tumbling(5min, 0ms, count_and_sum), life).size() == 2);
}

TEST_CASE("a late sale within the lateness is a revision, and the last record says final") {
  support::script life;
  life.event(at("09:01"), of(1))
      .event(at("09:02"), of(2), {.seen = at("09:06")})
      .event(at("09:03"), of(4), {.seen = at("09:06:30")});
  CHECK(played(*tumbling(5min, 2min, count_and_sum), life) ==
        lines{R"(09:05 [09:00, 09:05) 0 {"n":1,"sum":1})",
              R"(09:06 [09:00, 09:05) 1 {"n":2,"sum":3})",
              R"(09:06:30 [09:00, 09:05) 2 {"n":3,"sum":7})",
              R"(09:07 [09:00, 09:05) 2 final {"n":3,"sum":7})"});
}

TEST_CASE("the final record is written even if nothing changed") {
  support::script life;
  life.event(at("09:01"), of(1));
  CHECK(played(*tumbling(5min, 2min, count_and_sum), life) ==
        lines{R"(09:05 [09:00, 09:05) 0 {"n":1,"sum":1})",
              R"(09:07 [09:00, 09:05) 0 final {"n":1,"sum":1})"});
}

TEST_CASE("a late sale after the lateness is counted, not applied") {
  support::script life;
  life.event(at("09:01"), of(1)).event(at("09:02"), of(2), {.seen = at("09:07")});
  CHECK(played(*tumbling(5min, 2min, count_and_sum), life) ==
        lines{R"(09:05 [09:00, 09:05) 0 {"n":1,"sum":1})",
              R"(09:07 [09:00, 09:05) 0 final {"n":1,"sum":1})", "09:07 late for member 0"});
}

TEST_CASE("lateness is judged by seen alone") {
  const auto w = tumbling(5min, 2min, count_and_sum);
  CHECK(w->judges_lateness());
  CHECK_FALSE(w->is_late(0, at("09:04:59"), at("09:06:59")));
  CHECK(w->is_late(0, at("09:04:59"), at("09:07")));
  CHECK(w->is_late(0, at("09:00"), at("09:07")));
  CHECK_FALSE(w->is_late(0, at("09:05"), at("09:07")));
}

TEST_CASE("a first event after a window's end, but within its lateness, is told at once") {
  support::script life;
  life.event(at("09:01"), of(1), {.seen = at("09:06")})
      .event(at("09:02"), of(2), {.seen = at("09:06")});
  CHECK(played(*tumbling(5min, 2min, count_and_sum), life) ==
        lines{R"(09:06 [09:00, 09:05) 0 {"n":1,"sum":1})",
              R"(09:06 [09:00, 09:05) 1 {"n":2,"sum":3})",
              R"(09:07 [09:00, 09:05) 1 final {"n":2,"sum":3})"});
}

TEST_CASE("in order of arrival a window waits for its timer, and events for it may still come") {
  support::script life;
  life.in_arrival_order()
      .event(at("09:01"), of(1))
      .event(at("09:30"), of(2))                         // of a partition far ahead
      .event(at("09:02"), of(4), {.seen = at("09:06")})  // ended by seen, timer not fired
      .event(at("09:03"), of(8), {.seen = at("09:03")})  // of a partition behind
      .advance(at("09:05"))
      .event(at("09:04"), of(16), {.seen = at("09:05")})
      .advance(at("09:30"));
  CHECK(played(*tumbling(5min, 10min, count_and_sum), life) ==
        lines{R"(09:05 [09:00, 09:05) 0 {"n":3,"sum":13})",
              R"(09:05 [09:00, 09:05) 1 {"n":4,"sum":29})",
              R"(09:15 [09:00, 09:05) 1 final {"n":4,"sum":29})",
              R"(09:35 [09:30, 09:35) 0 {"n":1,"sum":2})",
              R"(09:45 [09:30, 09:35) 0 final {"n":1,"sum":2})"});
}

TEST_CASE("a window that was told early takes what a partition behind still brings") {
  support::script life;
  life.in_arrival_order()
      .event(at("09:01"), of(1), {.seen = at("09:06")})
      .event(at("09:02"), of(2), {.seen = at("09:02")})
      .advance(at("09:20"));
  CHECK(played(*tumbling(5min, 10min, count_and_sum), life) ==
        lines{R"(09:06 [09:00, 09:05) 0 {"n":1,"sum":1})",
              R"(09:02 [09:00, 09:05) 1 {"n":2,"sum":3})",
              R"(09:15 [09:00, 09:05) 1 final {"n":2,"sum":3})"});
}

TEST_CASE("windows stand on the UTC grid, before 1970 too") {
  support::script life;
  life.event(base::event_time{-1ms}, of(1));
  const auto told = support::play(*tumbling(24h, 0ms, count_and_sum), life);
  REQUIRE(told.size() == 1);
  CHECK(told[0].find("[1969-12-31T00:00:00.000Z, 1970-01-01T00:00:00.000Z)") != std::string::npos);
}

TEST_CASE("streams without a field feed only the aggregates they have the fields of") {
  const auto w = tumbling(5min, 0ms, {{"n", "count()"}, {"sum", "sum(i)"}, {"of_d", "count(d)"}});
  support::script life;
  life.event(at("09:00"), {value::of(std::int64_t{1}), value::of(base::decimal{100, 2})})
      .event(at("09:01"), {value{}, value::of(std::int64_t{10})},
             {.stream = 1, .seen = at("09:01")});
  CHECK(played(*w, life) == lines{R"(09:05 [09:00, 09:05) 0 final {"n":2,"sum":11,"of_d":1})"});
}

TEST_CASE("a window reads the streams that feed one of its aggregates") {
  const auto by_field = tumbling(5min, 0ms, {{"n", "count()"}, {"sum", "sum(d)"}});
  CHECK(by_field->reads(0));
  CHECK_FALSE(by_field->reads(1));
  const auto rows = tumbling(5min, 0ms, {{"n", "count()"}});
  CHECK(rows->reads(0));
  CHECK(rows->reads(1));
}

}  // namespace
