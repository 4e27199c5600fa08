// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/window/windows.hpp"

namespace {

using namespace aisle;
using tests::at;
using tests::of;
using tests::played;
using tests::sliding;
using lines = std::vector<std::string>;
using namespace std::chrono_literals;

const std::vector<tests::kept> count_and_sum{{"n", "count()"}, {"sum", "sum(i)"}};

TEST_CASE("an event is in every window that holds it") {
  support::script life;
  life.event(at("09:07"), of(1)).event(at("09:12"), of(2));
  CHECK(played(*sliding(15min, 5min, 0ms, count_and_sum), life) ==
        lines{R"(09:10 [08:55, 09:10) 0 final {"n":1,"sum":1})",
              R"(09:15 [09:00, 09:15) 0 final {"n":2,"sum":3})",
              R"(09:20 [09:05, 09:20) 0 final {"n":2,"sum":3})",
              R"(09:25 [09:10, 09:25) 0 final {"n":1,"sum":2})"});
}

TEST_CASE("a slide that does not divide the size makes panes of what they have in common") {
  support::script life;
  life.event(at("09:01"), of(1)).event(at("09:06"), of(2)).event(at("09:09"), of(4));
  CHECK(played(*sliding(10min, 4min, 0ms, count_and_sum), life) ==
        lines{R"(09:02 [08:52, 09:02) 0 final {"n":1,"sum":1})",
              R"(09:06 [08:56, 09:06) 0 final {"n":1,"sum":1})",
              R"(09:10 [09:00, 09:10) 0 final {"n":3,"sum":7})",
              R"(09:14 [09:04, 09:14) 0 final {"n":2,"sum":6})",
              R"(09:18 [09:08, 09:18) 0 final {"n":1,"sum":4})"});
}

TEST_CASE("a late event revises the windows that were told and waits for the others") {
  support::script life;
  life.event(at("09:01"), of(1)).event(at("09:02"), of(2), {.seen = at("09:11")});
  CHECK(played(*sliding(10min, 5min, 2min, count_and_sum), life) ==
        lines{R"(09:05 [08:55, 09:05) 0 {"n":1,"sum":1})",
              R"(09:07 [08:55, 09:05) 0 final {"n":1,"sum":1})",
              R"(09:10 [09:00, 09:10) 0 {"n":1,"sum":1})",
              R"(09:11 [09:00, 09:10) 1 {"n":2,"sum":3})",
              R"(09:12 [09:00, 09:10) 1 final {"n":2,"sum":3})"});
}

TEST_CASE("an event too late for one window still counts in the open ones") {
  support::script life;
  life.event(at("09:01"), of(1)).event(at("09:02"), of(2), {.seen = at("09:08")});
  CHECK(played(*sliding(10min, 5min, 2min, count_and_sum), life) ==
        lines{R"(09:05 [08:55, 09:05) 0 {"n":1,"sum":1})",
              R"(09:07 [08:55, 09:05) 0 final {"n":1,"sum":1})",
              R"(09:10 [09:00, 09:10) 0 {"n":2,"sum":3})",
              R"(09:12 [09:00, 09:10) 0 final {"n":2,"sum":3})"});
}

TEST_CASE("the first event of a key is in no window that was closed to it") {
  support::script life;
  life.event(at("09:02"), of(2), {.seen = at("09:08")}).event(at("09:03"), of(1));
  CHECK(played(*sliding(10min, 5min, 2min, count_and_sum), life) ==
        lines{R"(09:10 [09:00, 09:10) 0 {"n":2,"sum":3})",
              R"(09:12 [09:00, 09:10) 0 final {"n":2,"sum":3})"});
}

TEST_CASE("it is late when all its windows are closed") {
  const auto w = sliding(10min, 5min, 2min, count_and_sum);
  CHECK_FALSE(w->is_late(0, at("09:04"), at("09:11:59")));
  CHECK(w->is_late(0, at("09:04"), at("09:12")));
  CHECK_FALSE(w->is_late(0, at("09:05"), at("09:12")));
}

TEST_CASE("a first event after a window's end is told at once, window by window") {
  support::script life;
  life.event(at("09:02"), of(1), {.seen = at("09:06")})
      .event(at("09:03"), of(2), {.seen = at("09:06")});
  CHECK(played(*sliding(10min, 5min, 2min, count_and_sum), life) ==
        lines{R"(09:06 [08:55, 09:05) 0 {"n":1,"sum":1})",
              R"(09:06 [08:55, 09:05) 1 {"n":2,"sum":3})",
              R"(09:07 [08:55, 09:05) 1 final {"n":2,"sum":3})",
              R"(09:10 [09:00, 09:10) 0 {"n":2,"sum":3})",
              R"(09:12 [09:00, 09:10) 0 final {"n":2,"sum":3})"});
}

TEST_CASE("in order of arrival a window that waits for its timer is told by it") {
  support::script life;
  life.in_arrival_order()
      .event(at("09:01"), of(1))
      .event(at("09:02"), of(2), {.seen = at("09:11")})
      .event(at("09:03"), of(4), {.seen = at("09:03")})
      .advance(at("09:05"))
      .advance(at("09:12"));
  CHECK(played(*sliding(10min, 5min, 2min, count_and_sum), life) ==
        lines{R"(09:05 [08:55, 09:05) 0 {"n":2,"sum":5})",
              R"(09:07 [08:55, 09:05) 0 final {"n":2,"sum":5})",
              R"(09:10 [09:00, 09:10) 0 {"n":3,"sum":7})",
              R"(09:12 [09:00, 09:10) 0 final {"n":3,"sum":7})"});
}

TEST_CASE("panes and windows that are over take no memory") {
  const auto w = sliding(60min, 1min, 0ms, {{"p", "quantile(i, 0.5)"}});
  support::script life;
  for (int minute = 0; minute < 600; ++minute) {
    life.event(at("00:00") + std::chrono::minutes{minute}, of(minute));
  }
  const std::vector<support::member> alone{{w.get(), {}}};
  support::fake_actor actor{alone, life, support::handling::plain};
  std::size_t most = 0;
  for (const auto& in : life.inputs()) {
    actor.step(in);
    most = std::max(most, w->heap_bytes(actor.block(0).get()));
  }
  CHECK(most < 64'000);
  actor.end();
  CHECK(w->heap_bytes(actor.block(0).get()) < 16'000);
  CHECK(actor.block(0).due() == base::end_of_time);
}

TEST_CASE("an actor holds at most 65,536 panes and windows, whatever its events") {
  const auto w = sliding(1h, 1min, 0ms, {{"n", "count()"}});
  support::script life;
  life.in_arrival_order();
  for (int minute = 0; minute < 65'540; ++minute) {
    life.event(at("00:00") + std::chrono::minutes{minute}, of(minute));
  }
  const std::vector<support::member> actor{{w.get(), {}}};
  support::fake_actor a{actor, life, support::handling::plain};
  a.play(0, life.inputs().size());
  REQUIRE(a.lines().size() == 4);
  CHECK(a.lines()[0].find("more than 65,536 panes and windows") != std::string::npos);
}

}  // namespace
