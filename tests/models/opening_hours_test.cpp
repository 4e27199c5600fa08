// SPDX-License-Identifier: Apache-2.0
#include "actors/models/opening_hours.hpp"

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

constexpr int at(int hour, int minute = 0) { return hour * 60 + minute; }

TEST_CASE("minutes outside opening hours are counted to the nearer edge") {
  CHECK(minutes_outside(at(8), at(8), at(20)) == 0);
  CHECK(minutes_outside(at(19, 59), at(8), at(20)) == 0);
  CHECK(minutes_outside(at(20), at(8), at(20)) == 1);
  CHECK(minutes_outside(at(20, 14), at(8), at(20)) == 15);
  CHECK(minutes_outside(at(7, 50), at(8), at(20)) == 10);
  CHECK(minutes_outside(at(2), at(8), at(20)) == 360);
}

TEST_CASE("a bar that closes at two in the morning is open at one") {
  CHECK(minutes_outside(at(1), at(18), at(2)) == 0);
  CHECK(minutes_outside(at(18), at(18), at(2)) == 0);
  CHECK(minutes_outside(at(2), at(18), at(2)) == 1);
  CHECK(minutes_outside(at(17), at(18), at(2)) == 60);
}

TEST_CASE("closing at midnight, and never closing") {
  CHECK(minutes_outside(at(23, 59), at(8), at(24)) == 0);
  CHECK(minutes_outside(at(0), at(8), at(24)) == 1);
  CHECK(minutes_outside(at(3), at(0), at(24)) == 0);
  CHECK(minutes_outside(at(3), at(6), at(6)) == 0);
}

TEST_CASE("opening hours are learned from three weeks of counts") {
  weekly_profile profile;
  testing::chance draw(3);
  for (int hour = 0; hour < 3 * 168; ++hour) {
    const auto slot = static_cast<std::size_t>(hour % 168);
    if (hour == 2 * 168) CHECK_FALSE(learned_open(profile, 12).has_value());
    const int of_day = hour % 24;
    profile.learn(slot, static_cast<double>(draw.count(of_day >= 8 && of_day < 20 ? 9 : 0, 2)));
  }
  CHECK(learned_open(profile, 3) == false);
  CHECK(learned_open(profile, 12) == true);
  CHECK(learned_open(profile, 7) == true);  // the hour before opening
  CHECK(learned_open(profile, 22) == false);
  CHECK(learned_open(profile, 167) == false);
}

}  // namespace
}  // namespace aisle::models
