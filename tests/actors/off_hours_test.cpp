// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/workbench.hpp"
#include "tests/support/torture.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

workbench store() {
  return workbench{"store"}
      .stream("transactions", {decimal("total_amount")})
      .table("stores", {string("opens"), string("closes"), string("zone")});
}

std::unique_ptr<entity::behaviour> by_the_table() {
  return store().decides(
      "anomaly", "off_hours",
      {{"opens", "stores.opens"}, {"closes", "stores.closes"}, {"zone", "stores.zone"}});
}

/// What is told of one sale at `when` in a shop with this row.
std::vector<std::string> sale(std::string_view when, std::string_view opens,
                              std::string_view closes, std::string_view zone) {
  support::script day;
  day.knows({{text(opens), text(closes), text(zone)}});
  day.event(at(std::string{when}), {money(999)});
  return support::play(*by_the_table(), day);
}

TEST_CASE("a sale at night is told by the clock on the shop's wall") {
  // Berlin is an hour ahead in March, before the 29th.
  const auto lines = sale("2026-03-02T02:16:00Z", "07:00", "21:00", "Europe/Berlin");
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("A sale at 03:16 (Europe/Berlin), 3 h 44 min before opening; open from 07:00 "
                      "to 21:00.") != std::string::npos);
  CHECK(lines[0].find("severity 2") != std::string::npos);
  CHECK(lines[0].find(" against \"15m\" ") != std::string::npos);
}

TEST_CASE("the hours hold in summer time too") {
  CHECK(sale("2026-07-06T05:30:00Z", "07:00", "21:00", "Europe/Berlin").empty());
  CHECK(sale("2026-01-05T05:30:00Z", "07:00", "21:00", "Europe/Berlin").size() == 1);
}

TEST_CASE("grace is work, one minute more is not") {
  CHECK(sale("2026-03-02T06:45:00Z", "07:00", "21:00", "Etc/UTC").empty());
  CHECK(sale("2026-03-02T06:44:59Z", "07:00", "21:00", "Etc/UTC").size() == 1);
  CHECK(sale("2026-03-02T21:14:59Z", "07:00", "21:00", "Etc/UTC").empty());
  const auto late = sale("2026-03-02T21:15:00Z", "07:00", "21:00", "Etc/UTC");
  REQUIRE(late.size() == 1);
  CHECK(late[0].find("15 min after closing") != std::string::npos);
}

TEST_CASE("a bar that closes at two is open after midnight; one that never closes is always open") {
  CHECK(sale("2026-03-02T01:30:00Z", "18:00", "02:00", "Etc/UTC").empty());
  CHECK(sale("2026-03-02T03:30:00Z", "18:00", "02:00", "Etc/UTC").size() == 1);
  CHECK(sale("2026-03-02T03:30:00Z", "00:00", "24:00", "Etc/UTC").empty());
  CHECK(sale("2026-03-02T03:30:00Z", "00:00", "00:00", "Etc/UTC").empty());
}

/// A shop that sells every hour from 9 to 16, for `weeks` weeks.
support::script weeks_of_trade(int weeks) {
  support::script life;
  for (int day = 0; day < 7 * weeks; ++day) {
    for (int hour = 9; hour < 17; ++hour) {
      life.event(at("2026-03-02T00:10:00Z") + days{day} + hours{hour}, {money(500)});
    }
  }
  return life;
}

TEST_CASE("hours nobody states are learned, and nothing is told before three weeks") {
  const auto b = store().decides("anomaly", "off_hours");
  auto young = weeks_of_trade(2);
  young.event(at("2026-03-16T03:00:00Z"), {money(500)});
  CHECK(support::play(*b, young).empty());

  auto life = weeks_of_trade(4);
  life.event(at("2026-03-30T03:20:00Z"), {money(500)});
  life.event(at("2026-03-30T12:00:00Z"), {money(500)});
  const auto lines = support::play(*b, life);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("A sale on Monday at 03:20 (UTC), when nothing is ever sold here.") !=
        std::string::npos);
}

TEST_CASE("one odd sale opens no hour, four in one hour do") {
  const auto b = store().decides("anomaly", "off_hours");
  auto life = weeks_of_trade(4);
  life.event(at("2026-03-30T03:20:00Z"), {money(500)});
  life.event(at("2026-04-06T03:20:00Z"), {money(500)});
  CHECK(support::play(*b, life).size() == 2);
  for (int i = 0; i < 4; ++i) {
    life.event(at("2026-04-13T03:20:00Z") + minutes{i}, {money(500)});
  }
  life.event(at("2026-04-20T03:20:00Z"), {money(500)});
  CHECK(support::play(*b, life).size() == 6);
}

TEST_CASE("a shop with a zone that does not exist learns its hours instead") {
  CHECK(sale("2026-03-02T03:16:00Z", "07:00", "21:00", "Europe/Berln").empty());
  CHECK(sale("2026-03-02T03:16:00Z", "7 o'clock", "21:00", "Europe/Berlin").empty());
}

TEST_CASE("hours and zones that are written out are checked when the topology is") {
  const auto message = [](const workbench::result& made) {
    return made ? std::string{} : made.error().parameter + ": " + made.error().message;
  };
  using map = std::map<std::string, std::string>;
  const auto make = [](map written) {
    return store().make(entity::section::decides, "anomaly", "off_hours", std::move(written));
  };
  CHECK(message(make({{"opens", "'07:00'"}, {"closes", "'25:00'"}})) ==
        "closes: must be a time of day such as 21:00");
  CHECK(message(make({{"opens", "'07:00'"}})) ==
        "closes: opens and closes are given together, or left out together");
  CHECK(message(make({{"zone", "'Europe/Berln'"}})) ==
        "zone: must be a time zone such as Europe/Berlin");
  CHECK(message(make({{"opens", "'07:00'"}, {"closes", "'24:00'"}})).empty());
}

TEST_CASE("off_hours stands the torture, by stated and by learned hours") {
  support::script day;
  day.knows({{text("07:00"), text("21:00"), text("Europe/Berlin")}});
  day.event(at("2026-03-02T05:00:00Z"), {money(1)}).event(at("2026-03-02T12:00:00Z"), {money(1)});
  day.event(at("2026-03-02T11:00:00Z"), {money(1)}, {.stream = 0, .seen = at("2026-03-03")});
  day.event(at("2026-03-04T23:00:00Z"), {money(1)}).advance(at("2026-03-05"));
  support::torture(*by_the_table(), day);

  auto life = weeks_of_trade(3);
  life.event(at("2026-03-30T03:20:00Z"), {money(500)});
  support::torture(*store().decides("anomaly", "off_hours"), life);
}

}  // namespace
