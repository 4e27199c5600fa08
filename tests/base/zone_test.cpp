// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/zone.hpp"

#include <doctest/doctest.h>

namespace {

using aisle::base::event_time;
using aisle::base::local_time;
using aisle::base::zone;

event_time utc(std::string_view text) { return aisle::base::parse_rfc3339(text).value(); }

/// The wall's reading, written as if it were UTC.
local_time wall(std::string_view text) { return local_time{utc(text).time_since_epoch()}; }

const zone& berlin() { return *zone::find("Europe/Berlin"); }

}  // namespace

TEST_CASE("a zone the database does not know is none") {
  CHECK(zone::find("Europe/Atlantis") == nullptr);
  CHECK(zone::find("") == nullptr);
  CHECK(zone::find("../../etc/passwd") == nullptr);
  REQUIRE(zone::find("Europe/Berlin") != nullptr);
  CHECK(zone::find("Europe/Berlin") == zone::find("Europe/Berlin"));
}

TEST_CASE("winter and summer have their offsets, both ways") {
  CHECK(berlin().to_local(utc("2026-01-05T09:00:00Z")) == wall("2026-01-05T10:00:00Z"));
  CHECK(berlin().to_local(utc("2026-07-05T09:00:00Z")) == wall("2026-07-05T11:00:00Z"));
  CHECK(berlin().to_utc(wall("2026-01-05T10:00:00Z")) == utc("2026-01-05T09:00:00Z"));
  CHECK(berlin().to_utc(wall("2026-07-05T11:00:00Z")) == utc("2026-07-05T09:00:00Z"));
}

TEST_CASE("UTC is itself") {
  const auto& universal = *zone::find("Etc/UTC");
  CHECK(universal.to_utc(wall("2026-03-29T02:30:00.123Z")) == utc("2026-03-29T02:30:00.123Z"));
}

TEST_CASE("a time in the gap of spring is read with the offset from before it") {
  CHECK(berlin().to_utc(wall("2026-03-29T01:59:59.999Z")) == utc("2026-03-29T00:59:59.999Z"));
  CHECK(berlin().to_utc(wall("2026-03-29T02:30:00Z")) == utc("2026-03-29T01:30:00Z"));
  CHECK(berlin().to_utc(wall("2026-03-29T03:00:00Z")) == utc("2026-03-29T01:00:00Z"));
}

TEST_CASE("a time that stands twice in autumn means the first") {
  CHECK(berlin().to_utc(wall("2026-10-25T02:00:00Z")) == utc("2026-10-25T00:00:00Z"));
  CHECK(berlin().to_utc(wall("2026-10-25T02:59:59.999Z")) == utc("2026-10-25T00:59:59.999Z"));
  CHECK(berlin().to_utc(wall("2026-10-25T03:00:00Z")) == utc("2026-10-25T02:00:00Z"));
}

TEST_CASE("times outside the range take the nearest known offset") {
  CHECK(zone::find("Etc/UTC")->to_local(utc("1899-12-31T23:00:00Z")) ==
        wall("1899-12-31T23:00:00Z"));
}

TEST_CASE("every hour of three decades comes back, but the second of those that stand twice") {
  using std::chrono::hours;
  int repeated = 0;
  for (auto time = utc("2000-01-01T00:00:00Z"); time < utc("2030-01-01T00:00:00Z");
       time += hours{1}) {
    const auto back = berlin().to_utc(berlin().to_local(time));
    REQUIRE((back == time || back == time - hours{1}));
    repeated += back == time ? 0 : 1;
  }
  CHECK(repeated == 30);
}
