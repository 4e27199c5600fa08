// SPDX-License-Identifier: Apache-2.0
#include "tools/world/calendar.hpp"

#include <array>

#include <doctest/doctest.h>

#include "tests/world/recorder.hpp"
#include "tools/world/money.hpp"
#include "tools/world/text.hpp"

using namespace aisle::world;
using namespace std::chrono_literals;

namespace {

calendar berlin() {
  constexpr std::array<std::string_view, 1> zones{"Europe/Berlin"};
  return calendar::open(zones).value();
}

std::string shown(const local_day& day, instant moment) {
  std::string text;
  put_local_time(text, moment, day.offset_at(moment));
  return text;
}

}  // namespace

TEST_CASE("the day the clock goes forward has 23 hours and no half past two") {
  const auto day = berlin().day(0, day_of(2026, 3, 29));
  CHECK(day.end - day.begin == 23h);
  CHECK(shown(day, day.begin) == "2026-03-29T00:00:00.000+01:00");
  CHECK(shown(day, day.turn - 1ms) == "2026-03-29T01:59:59.999+01:00");
  CHECK(shown(day, day.turn) == "2026-03-29T03:00:00.000+02:00");
  CHECK(day.at(2h + 30min) == day.turn);
  CHECK(shown(day, day.at(10h)) == "2026-03-29T10:00:00.000+02:00");
}

TEST_CASE("the day the clock goes back has 25 hours, and half past two is the first one") {
  const auto day = berlin().day(0, day_of(2026, 10, 25));
  CHECK(day.end - day.begin == 25h);
  CHECK(shown(day, day.at(2h + 30min)) == "2026-10-25T02:30:00.000+02:00");
  CHECK(shown(day, day.at(2h + 30min) + 1h) == "2026-10-25T02:30:00.000+01:00");
  CHECK(shown(day, day.at(10h)) == "2026-10-25T10:00:00.000+01:00");
}

TEST_CASE("an ordinary day has one offset") {
  const auto day = berlin().day(0, day_of(2026, 1, 5));
  CHECK(day.turn == day.end);
  CHECK(day.offset_at(day.end - 1ms) == 1h);
  CHECK(day_of_week(day.date) == 0);
}

TEST_CASE("an unknown zone is an error that says what to install") {
  constexpr std::array<std::string_view, 1> zones{"Europe/Atlantis"};
  const auto opened = calendar::open(zones);
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().code == errc::no_time_zones);
  CHECK(opened.error().message.find("Europe/Atlantis") != std::string::npos);
  CHECK(opened.error().message.find("tzdata") != std::string::npos);
}

TEST_CASE("text has every digit") {
  std::string text;
  put_utc_time(text, instant{} + 7ms);
  CHECK(text == "1970-01-01T00:00:00.007Z");
  CHECK(as_text(money{-5}) == "-0.05");
  CHECK(as_text(money{123'456}) == "1234.56");
  CHECK(as_text(money{}) == "0.00");
  text.clear();
  put_digits(text, 1'234'567, 6);
  CHECK(text == "1234567");
}

TEST_CASE("charm prices end as a shop's do") {
  CHECK(charm_price({1}) == money{9});
  CHECK(charm_price({55}) == money{59});
  CHECK(charm_price({104}) == money{109});
  CHECK(charm_price({1'230}) == money{1'249});
  CHECK(charm_price({7'340}) == money{7'299});
  CHECK(charm_price({7'399}) == money{7'399});
}
