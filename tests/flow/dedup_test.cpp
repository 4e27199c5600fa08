// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/dedup.hpp"

#include <string>

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

base::hash128 key(std::string_view text) { return base::hash_128(text); }
base::event_time at(base::duration span) { return base::event_time{span}; }

TEST_CASE("a key is new once") {
  dedup known;
  CHECK(known.insert(key("a"), at(hours{1})));
  CHECK(known.insert(key("b"), at(hours{1})));
  CHECK_FALSE(known.insert(key("a"), at(hours{1})));
  CHECK_FALSE(known.insert(key("a"), at(hours{2})));
  CHECK(known.size() == 2);
}

/// A partition with an event every minute, so that turns fall where they fall.
void live(dedup& known, base::duration from, base::duration to) {
  for (auto now = from; now < to; now += std::chrono::minutes{1}) {
    known.insert(key("minute " + std::to_string(now.count())), at(now));
  }
}

TEST_CASE("a repeat within the horizon is found, wherever in a turn it began") {
  for (base::duration begin = hours{0}; begin < hours{50}; begin += std::chrono::minutes{90}) {
    dedup known;
    live(known, hours{-30}, begin);
    REQUIRE(known.insert(key("one"), at(begin)));
    live(known, begin, begin + dedup::horizon);
    CHECK_FALSE(known.insert(key("one"), at(begin + dedup::horizon - milliseconds{1})));
  }
}

TEST_CASE("a repeat after twice the horizon is a new record") {
  for (base::duration begin = hours{0}; begin < hours{50}; begin += std::chrono::minutes{90}) {
    for (const bool busy : {true, false}) {
      dedup known;
      live(known, hours{-30}, begin);
      REQUIRE(known.insert(key("one"), at(begin)));
      // A lone event just before the second turn ends must not make the turn last longer.
      if (busy) {
        live(known, begin, begin + 2 * dedup::horizon);
      } else {
        known.insert(key("alone"), at(begin + 2 * dedup::horizon - milliseconds{1}));
      }
      CHECK(known.insert(key("one"), at(begin + 2 * dedup::horizon)));
    }
  }
}

TEST_CASE("a partition that is silent for long forgets everything at once") {
  dedup known;
  live(known, hours{0}, hours{40});
  CHECK(known.insert(key("next"), at(hours{1000})));
  CHECK(known.size() == 1);
}

TEST_CASE("what is remembered is bounded by what comes in two horizons") {
  dedup known;
  std::size_t most = 0;
  for (int minute = 0; minute < 10 * 24 * 60; ++minute) {
    known.insert(key(std::to_string(minute)), at(std::chrono::minutes{minute}));
    most = std::max(most, known.size());
  }
  CHECK(most <= 2 * 24 * 60);
}

}  // namespace
}  // namespace aisle::flow
