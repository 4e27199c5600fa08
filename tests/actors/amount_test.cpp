// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/workbench.hpp"
#include "tests/support/torture.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::minutes;

workbench store() { return workbench{"store"}.stream("transactions", {decimal("total_amount")}); }

/// 40 baskets of 10.00 and 14.40 in turn: the logarithm's mean is that of 12.00, its deviation
/// ln 1.2.
support::script forty_baskets() {
  support::script day;
  for (int i = 0; i < 40; ++i) {
    day.event(at("2026-03-02T09:00:00Z") + minutes{i}, {money(i % 2 == 0 ? 1000 : 1440)});
  }
  return day;
}

TEST_CASE("an amount beyond four deviations of the logarithm is told, with the numbers compared") {
  const auto b = store().decides("anomaly", "amount", {{"of", "total_amount"}});
  // 12.00 x 1.2^4 = 24.88: one below it, one above it.
  auto day = forty_baskets();
  day.event(at("2026-03-02T10:00:00Z"), {money(2480)});
  day.event(at("2026-03-02T10:01:00Z"), {money(6000)});
  const auto lines = support::play(*b, day);
  REQUIRE(lines.size() == 1);
  const auto& told = lines[0];
  CHECK(told.starts_with("2026-03-02T10:01:00.000Z decision amount severity 2 until 2026-03-09"));
  CHECK(told.find("60.00 is 4.9 times the usual 12.2") != std::string::npos);
  CHECK(told.find(" of this store; 2") != std::string::npos);
  CHECK(told.find(" is the limit.") != std::string::npos);
  CHECK(told.find("\"amount\":\"60.00\"") != std::string::npos);
  CHECK(told.find("\"learned_from\":41") != std::string::npos);
  CHECK(told.find(" against 4 by z of the logarithm") != std::string::npos);
}

TEST_CASE("returns take no part, and nothing is told while the level is learned") {
  const auto b = store().decides("anomaly", "amount", {{"of", "total_amount"}});
  auto day = support::script{};
  day.event(at("2026-03-02T08:00:00Z"), {money(999'900)});
  day.event(at("2026-03-02T08:30:00Z"), {money(-999'900)});
  day.event(at("2026-03-02T08:31:00Z"), {money(0)});
  day.event(at("2026-03-02T08:32:00Z"), {base::value{}});
  CHECK(support::play(*b, day).empty());

  auto later = forty_baskets();
  later.event(at("2026-03-02T10:00:00Z"), {money(-999'900)});
  CHECK(support::play(*b, later).empty());
}

TEST_CASE("an alarm is not learned, but ten without a break are the usual amount from then on") {
  const auto b =
      store().decides("anomaly", "amount", {{"of", "total_amount"}, {"relearn_after", "10"}});
  auto day = forty_baskets();
  for (int i = 0; i < 30; ++i) {
    day.event(at("2026-03-02T10:00:00Z") + minutes{i}, {money(50'000 + i)});
  }
  CHECK(support::play(*b, day).size() == 10);
}

TEST_CASE("severity grows with the distance past sigma: low, from 1.25 medium, from 1.5 high") {
  const auto b = store().decides("anomaly", "amount", {{"of", "total_amount"}});
  const auto severity_at = [&](double deviations) {
    auto day = forty_baskets();
    day.event(at("2026-03-02T10:00:00Z"),
              {money(std::llround(1200 * std::exp(deviations * std::log(1.2))))});
    const auto lines = support::play(*b, day);
    REQUIRE(lines.size() == 1);
    return lines[0].substr(lines[0].find("severity"), 10);
  };
  CHECK(severity_at(4.2) == "severity 0");
  CHECK(severity_at(5.5) == "severity 1");
  CHECK(severity_at(6.5) == "severity 2");
}

TEST_CASE("amount stands the torture") {
  const auto b = store().decides("anomaly", "amount", {{"of", "total_amount"}, {"warm_up", "10"}});
  auto day = forty_baskets();
  day.event(at("2026-03-02T10:00:00Z"), {money(50'000)});
  day.event(at("2026-03-02T10:01:00Z"), {base::value{}});
  day.event(at("2026-03-02T10:02:00Z"), {money(70'000)});
  day.advance(at("2026-03-03"));
  support::torture(*b, day);
}

TEST_CASE("amount refuses bounds that contradict each other before it is made") {
  const auto made = store().make(entity::section::decides, "anomaly", "amount",
                                 {{"of", "total_amount"}, {"warm_up", "1"}});
  REQUIRE(!made.has_value());
  CHECK(made.error().message == "warm_up must be at least 2");
}

}  // namespace
