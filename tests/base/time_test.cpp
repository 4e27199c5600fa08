// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/time.hpp"

#include <random>
#include <string>

#include <doctest/doctest.h>

namespace aisle::base {
namespace {

using namespace std::chrono_literals;

event_time at(std::int64_t ms) { return event_time{duration{ms}}; }

std::string read(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  return parsed ? to_rfc3339(*parsed) : "no time";
}

TEST_CASE("a moment is written in UTC with milliseconds") {
  CHECK(to_rfc3339(at(0)) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339(at(1'295'341'200'007)) == "2011-01-18T09:00:00.007Z");
  CHECK(to_rfc3339(at(-1)) == "1969-12-31T23:59:59.999Z");
  CHECK(to_rfc3339(earliest_event_time) == "1900-01-01T00:00:00.000Z");
  CHECK(to_rfc3339(latest_event_time - 1ms) == "2199-12-31T23:59:59.999Z");
}

TEST_CASE("a moment is read with its offset, and is the same moment everywhere") {
  for (const auto* const text :
       {"2011-01-18T09:00:00Z", "2011-01-18T10:00:00+01:00", "2011-01-18t03:30:00-05:30",
        "2011-01-18 09:00:00.000z", "2011-01-18T09:00:00.000999999Z"}) {
    CAPTURE(text);
    CHECK(read(text) == "2011-01-18T09:00:00.000Z");
  }
  CHECK(read("2012-02-29T23:59:59.5-00:30") == "2012-03-01T00:29:59.500Z");
  CHECK(read("2016-12-31T23:59:60Z") == "2017-01-01T00:00:00.000Z");
}

TEST_CASE("digits behind the millisecond are cut towards the past, before 1970 too") {
  CHECK(read("2011-01-18T09:00:00.1239999Z") == "2011-01-18T09:00:00.123Z");
  CHECK(read("1969-12-31T23:59:59.9999Z") == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("what is no moment is none") {
  for (const auto* const text : {"",
                                 "2011-01-18",
                                 "2011-01-18T09:00:00",
                                 "2011-01-18T09:00Z",
                                 "2011-02-29T09:00:00Z",
                                 "2011-13-01T09:00:00Z",
                                 "2011-01-32T09:00:00Z",
                                 "2011-00-10T09:00:00Z",
                                 "2011-01-18T24:00:00Z",
                                 "2011-01-18T09:60:00Z",
                                 "2011-01-18T09:00:61Z",
                                 "2011-01-18T09:00:00.Z",
                                 "2011-01-18T09:00:00+0100",
                                 "2011-01-18T09:00:00+24:00",
                                 "2011-01-18T09:00:00+01:60",
                                 "2011-01-18T09:00:00Z ",
                                 " 2011-01-18T09:00:00Z",
                                 "2011-1-18T09:00:00Z",
                                 "11-01-18T09:00:00Z",
                                 "2011-01-18X09:00:00Z",
                                 "noon"}) {
    CAPTURE(text);
    CHECK(read(text) == "no time");
  }
}

TEST_CASE("what is written is read back") {
  std::mt19937_64 chance{1};
  const auto span = (latest_event_time - earliest_event_time).count();
  for (int i = 0; i < 20'000; ++i) {
    const auto moment =
        earliest_event_time + duration{static_cast<std::int64_t>(chance() % std::uint64_t(span))};
    CHECK(parse_rfc3339(to_rfc3339(moment)) == moment);
  }
}

TEST_CASE("a moment is floored towards the past on both sides of 1970") {
  CHECK(floor_to(at(1'234), 1s) == at(1'000));
  CHECK(floor_to(at(1'000), 1s) == at(1'000));
  CHECK(floor_to(at(-1), 1s) == at(-1'000));
  CHECK(floor_to(at(-1'000), 1s) == at(-1'000));
  CHECK(floor_to(at(-1'001), 1s) == at(-2'000));
  CHECK(floor_to(at(0), 24h) == at(0));
}

TEST_CASE("a span is read in its units, joined from large to small") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("30s") == 30s);
  CHECK(parse_duration("5m") == 5min);
  CHECK(parse_duration("1h") == 1h);
  CHECK(parse_duration("28d") == 28 * 24h);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("1d1h1m1s1ms") == 25h + 1min + 1s + 1ms);
  CHECK(parse_duration("90m") == 90min);
  CHECK(parse_duration("0s") == 0s);
}

TEST_CASE("what is no span is none") {
  for (const auto* const text : {"", "5", "m", "5x", "-5m", "+5m", "5 m", "5m ", "30m1h", "1h1h",
                                 "1.5h", "5min", "5M", "99999999999999999999d", "36526d"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a span is written as short as it can be read back") {
  CHECK(to_text(duration{0}) == "0s");
  CHECK(to_text(90min) == "1h30m");
  CHECK(to_text(duration{28 * 24h}) == "28d");
  CHECK(to_text(duration{86'400'001}) == "1d1ms");
  CHECK(to_text(duration{-90'000}) == "-1m30s");
  CHECK(to_text(duration::min()).starts_with("-106751991167d7h12m55s808ms"));
  std::mt19937_64 chance{2};
  for (int i = 0; i < 5'000; ++i) {
    const duration span{static_cast<std::int64_t>(chance() % (1ULL << (chance() % 41)))};
    CHECK(parse_duration(to_text(span)) == span);
  }
}

}  // namespace
}  // namespace aisle::base
