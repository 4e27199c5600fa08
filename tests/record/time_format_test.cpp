// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/time_format.hpp"

#include <string>

#include <doctest/doctest.h>

namespace {

using aisle::base::zone;
using aisle::record::time_format;

std::string parsed(std::string_view format, const zone* where, std::string_view text) {
  const auto time = time_format::compile(format, where).value().parse(text);
  return time ? aisle::base::to_rfc3339(*time) : "nothing";
}

const zone* utc() { return zone::find("Etc/UTC"); }

}  // namespace

TEST_CASE("a stated format is read in its stated zone") {
  constexpr auto format = "%Y-%m-%d %H:%M:%S";
  CHECK(parsed(format, utc(), "2010-12-01 08:26:00") == "2010-12-01T08:26:00.000Z");
  CHECK(parsed(format, zone::find("Europe/Berlin"), "2026-07-05 11:00:00") ==
        "2026-07-05T09:00:00.000Z");
}

TEST_CASE("what a format leaves out is zero") {
  CHECK(parsed("%Y-%m-%d", utc(), "2026-01-05") == "2026-01-05T00:00:00.000Z");
  CHECK(parsed("%m/%d/%Y %H:%M", utc(), "12/1/2010 8:26") == "2010-12-01T08:26:00.000Z");
}

TEST_CASE("a fraction is cut to the millisecond") {
  constexpr auto format = "%Y%m%d%H%M%S.%f";
  CHECK(parsed(format, utc(), "20260105101233.5") == "2026-01-05T10:12:33.500Z");
  CHECK(parsed(format, utc(), "20260105101233.123999999") == "2026-01-05T10:12:33.123Z");
  CHECK(parsed(format, utc(), "20260105101233.1234567890") == "nothing");
}

TEST_CASE("an offset in the text makes a zone needless") {
  constexpr auto format = "%d.%m.%Y %H:%M %z";
  CHECK(parsed(format, nullptr, "05.01.2026 10:12 +01:00") == "2026-01-05T09:12:00.000Z");
  CHECK(parsed(format, nullptr, "05.01.2026 10:12 -0530") == "2026-01-05T15:42:00.000Z");
  CHECK(parsed(format, nullptr, "05.01.2026 10:12 Z") == "2026-01-05T10:12:00.000Z");
  CHECK(parsed(format, nullptr, "05.01.2026 10:12") == "nothing");
}

TEST_CASE("what is not written so, or does not exist, is nothing") {
  constexpr auto format = "%Y-%m-%d %H:%M:%S";
  for (const auto* text : {"", "2010-12-01", "2010-12-01 08:26:00 ", " 2010-12-01 08:26:00",
                           "2010-13-01 08:26:00", "2011-02-29 08:26:00", "2010-12-01 24:00:00",
                           "2010-12-01 08:60:00", "10-12-01 08:26:00", "2010-12-01T08:26:00"}) {
    CHECK_MESSAGE(parsed(format, utc(), text) == "nothing", text);
  }
}

TEST_CASE("a percent sign stands for itself when doubled") {
  CHECK(parsed("%%%Y%%%m%%%d", utc(), "%2026%01%05") == "2026-01-05T00:00:00.000Z");
}

TEST_CASE("a format that cannot be is refused") {
  const auto refusal = [](std::string_view format, const zone* where) {
    return time_format::compile(format, where).error();
  };
  CHECK(refusal("%Y-%m-%q", utc()).starts_with("\"%q\" is no directive"));
  CHECK(refusal("%Y-%m-%d %", utc()).starts_with("\"%\" is no directive"));
  CHECK(refusal("%Y-%m", utc()) == "%d must stand in the format once");
  CHECK(refusal("%Y-%m-%d %H %H", utc()) == "%H must stand in the format at most once");
  CHECK(refusal("%Y-%m-%d", nullptr) == "a format has either a %z or a zone beside it");
  CHECK(refusal("%Y-%m-%d %z", utc()) == "a format has either a %z or a zone beside it");
}
