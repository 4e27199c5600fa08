// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/stage_fixtures.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::days;
using std::chrono::hours;

using written = std::map<std::string, std::string>;

std::unique_ptr<entity::behaviour> by_list(written also = {}) {
  also.insert({{"list", "products.price"}, {"cost", "products.cost"}});
  return products_known("sku").decides("price", "elasticity", std::move(also));
}

support::script product_at(std::int64_t price, std::int64_t cost) {
  support::script life;
  life.knows(product(price, cost, 2, 1, 0));
  return life;
}

void offer(support::script& life, base::event_time when, std::string_view rival, std::int64_t price,
           bool in_stock = true) {
  life.event(when, {text(rival), money(price), base::value::of(in_stock)},
             {.stream = offers, .seen = when});
}

/// Sells `quantity` at noon of each of `count` days.
void sell_daily(support::script& life, base::event_time first, int count, std::int64_t quantity,
                std::int64_t price) {
  for (int day = 0; day < count; ++day) {
    sell(life, first + days{day} + hours{12}, quantity, price);
  }
}

const auto monday = at("2026-03-02");

TEST_CASE("a price below the least margin is raised to it at once, whatever the longest step") {
  auto life = product_at(499, 480);  // 4.80/0.88 = 5.4545…, and the label price above it is 5.49
  sell_daily(life, monday, 3, 4, 499);
  life.advance(at("2026-03-05"));
  const auto lines = support::play(*by_list(), life);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("decision elasticity severity 2 until ") != std::string::npos);
  CHECK(lines[0].find("{\"price\":\"5.49\",\"was\":\"4.99\"}") != std::string::npos);
  CHECK(lines[0].find("because Raise from 4.99 to 5.49: at a cost of 4.80 the lowest price that "
                      "leaves 12 % is 5.46.") != std::string::npos);
  CHECK(lines[0].ends_with(" by margin_floor"));
}

TEST_CASE(
    "a price far above the rivals comes down by one step, and the text says whom it follows") {
  auto life = product_at(600, 300);
  sell_daily(life, monday, 2, 4, 600);
  offer(life, at("2026-03-03T20:00:00Z"), "Alpha", 400);
  offer(life, at("2026-03-03T20:00:00Z"), "Beta", 420);
  offer(life, at("2026-03-03T20:00:00Z"), "Gamma", 440);
  offer(life, at("2026-03-03T21:00:00Z"), "Gamma", 430);  // its latest counts
  offer(life, at("2026-03-03T21:00:00Z"), "Delta", 10, false);
  life.advance(at("2026-03-04"));
  const auto lines = support::play(*by_list(), life);
  REQUIRE(lines.size() == 1);
  // 4.20 + 10 % = 4.62; one step of 8 % ends at 5.52, and 5.55 is the label price above it.
  CHECK(lines[0].find("{\"price\":\"5.55\",\"was\":\"6.00\"}") != std::string::npos);
  CHECK(lines[0].find(
            "Lower from 6.00 to 5.55: the price is 43 % above what 3 rivals ask in the middle "
            "(4.20, the cheapest 4.00); 10 % is the most. Aimed at was 4.62; one step is at most 8 "
            "%.") != std::string::npos);
  CHECK(
      lines[0].find("\"trail\":\"target 6.00 > rival_band 4.62 > step_max 5.52 > ladder 5.55\"") !=
      std::string::npos);
}

TEST_CASE("offers that are stale do not count") {
  auto life = product_at(600, 300);
  sell_daily(life, monday, 2, 4, 600);
  offer(life, at("2026-03-03T11:00:00Z"), "Alpha", 400);
  life.advance(at("2026-03-04"));
  CHECK(support::play(*by_list({{"rival_fresh", "13h"}, {"rivals_min", "1"}}), life).size() == 1);
  CHECK(support::play(*by_list({{"rival_fresh", "12h"}, {"rivals_min", "1"}}), life).empty());
}

TEST_CASE("one rival is no market, and a change of a cent is not worth a label") {
  const auto offered = [](std::int64_t price, int rivals) {
    auto life = product_at(1000, 300);
    sell_daily(life, monday, 2, 4, 1000);
    for (int i = 0; i < rivals; ++i) {
      offer(life, at("2026-03-03T11:00:00Z"), i == 0 ? "Alpha" : "Beta", price);
    }
    life.advance(at("2026-03-04"));
    return support::play(*by_list(), life).size();
  };
  CHECK(offered(850, 2) == 1);
  CHECK(offered(850, 1) == 0);
  CHECK(offered(900, 2) == 0);  // 9.90, and 9.89 on the label
}

TEST_CASE("a proposal nobody takes is made again after four times the time it stands") {
  auto life = product_at(499, 480);
  sell_daily(life, monday, 60, 4, 499);
  life.advance(at("2026-05-01"));
  const auto lines = support::play(*by_list({{"stands", "7d"}}), life);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].starts_with("2026-03-04"));
  CHECK(lines[0].find("until 2026-03-11") != std::string::npos);
  CHECK(lines[1].starts_with("2026-04-01"));
  CHECK(lines[2].starts_with("2026-04-29"));
}

TEST_CASE("rivals that move on replace a proposal that stands") {
  auto life = product_at(1000, 300);
  sell_daily(life, monday, 2, 4, 1000);
  offer(life, at("2026-03-03T13:00:00Z"), "Alpha", 880);
  offer(life, at("2026-03-03T13:00:00Z"), "Beta", 880);
  offer(life, at("2026-03-04T13:00:00Z"), "Alpha", 850);
  offer(life, at("2026-03-04T13:00:00Z"), "Beta", 850);
  life.advance(at("2026-03-05"));
  const auto lines = support::play(*by_list(), life);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].find("{\"price\":\"9.65\",\"was\":\"10.00\"}") != std::string::npos);
  CHECK(lines[1].find("{\"price\":\"9.35\",\"was\":\"10.00\"}") != std::string::npos);
}

TEST_CASE("without rivals and within the rules, nothing is proposed while nothing was learned") {
  auto life = product_at(1000, 500);
  sell_daily(life, monday, 60, 30, 1000);
  life.advance(at("2026-05-01"));
  CHECK(support::play(*by_list(), life).empty());
}

/// Weeks at 10.00 and at 8.00 in turn; demand answers with the given elasticity.
support::script two_prices(double elasticity, double units_a_day) {
  support::script life;
  life.knows({{}});
  for (int day = 0; day < 112; ++day) {
    const auto price = day / 7 % 2 == 0 ? 1000 : 800;
    const auto units_sold = std::llround(units_a_day * std::pow(price / 1000.0, -elasticity));
    sell(life, monday + days{day} + hours{12}, units_sold, price);
  }
  life.advance(monday + days{113});
  return life;
}

std::vector<std::string> learned(double elasticity, double units_a_day, const std::string& cost) {
  const auto b = products_known("sku").decides("price", "elasticity", {{"cost", cost}});
  return support::play(*b, two_prices(elasticity, units_a_day));
}

TEST_CASE(
    "once demand is known to answer strongly, a dear product comes down; if weakly, it goes up") {
  // Best prices: 4 x 4/3 = 5.33, and 4 x 1.5/0.5 = 12.
  const auto strong = learned(4, 40, "4.0");
  REQUIRE(!strong.empty());
  CHECK(lines_with(strong, "because Lower from").size() == strong.size());
  CHECK(strong.back().find("% off the units sold") != std::string::npos);
  const auto weak = learned(1.5, 40, "4.0");
  REQUIRE(!weak.empty());
  CHECK(lines_with(weak, "because Raise from").size() == weak.size());
}

TEST_CASE("what is proposed earns more with the confidence asked for, and says how sure it is") {
  for (const auto& line : learned(4, 40, "4.0")) {
    const auto from = line.find("\"confidence\":") + 13;
    CHECK(std::stod(line.substr(from)) >= 0.8);
    CHECK(line.find(" against 0.8 by ") != std::string::npos);
    CHECK(line.find(" sure.") != std::string::npos);
  }
}

TEST_CASE("quantity discounts teach no elasticity where there is no list price") {
  const auto b = products_known("sku").decides("price", "elasticity", {{"cost", "4.0"}});
  support::script life;
  life.knows({{}});
  for (int day = 0; day < 112; ++day) {
    for (int line = 0; line < 5; ++line) {
      sell(life, monday + days{day} + hours{9 + line}, 8, 1000);
    }
    if (day % 3 == 0) {
      sell(life, monday + days{day} + hours{16}, 600, 800);
    }
  }
  CHECK(support::play(*b, life).empty());
}

TEST_CASE("a cost that is only assumed raises no price to its margin") {
  const auto b = products_known("sku").decides("price", "elasticity",
                                               {{"cost_share", "0.9"}, {"margin_min", "0.2"}});
  CHECK(support::play(*b, two_prices(2.2, 10)).empty());
}

TEST_CASE("a shop that explores tries prices before it knows, and says that it is a trial") {
  auto life = product_at(1000, 500);
  sell_daily(life, monday, 40, 30, 1000);
  life.advance(at("2026-04-11"));
  const auto lines = support::play(*by_list({{"explore", "true"}}), life);
  CHECK(lines.size() >= 2);
  CHECK(lines_with(lines, ": a trial, to learn how demand answers. So far 1 % on the price is ")
            .size() == lines.size());
  CHECK(lines_with(lines, "severity 0").size() == lines.size());
  CHECK(support::play(*by_list({{"explore", "false"}}), life).empty());
}

TEST_CASE("a product that sells too little is left alone") { CHECK(learned(4, 1, "4.0").empty()); }

TEST_CASE("nothing is proposed in a promotion") {
  auto life = product_at(499, 480);
  sell_daily(life, monday, 6, 9, 399);
  life.advance(at("2026-03-08"));
  // Only the first midnight, after a part of a day that nobody saw begin, may speak of 4.99.
  CHECK(support::play(*by_list(), life).empty());
}

TEST_CASE("mistaken prices and returns teach no price") {
  auto life = product_at(1000, 500);
  for (int day = 0; day < 10; ++day) {
    sell(life, monday + days{day} + hours{12}, 10, 1000);
    sell(life, monday + days{day} + hours{13}, 400, 100);
    sell(life, monday + days{day} + hours{14}, -2, 1000);
  }
  offer(life, at("2026-03-12T20:00:00Z"), "Alpha", 700);
  life.advance(at("2026-03-13"));
  const auto lines = support::play(*by_list({{"rivals_min", "1"}}), life);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("\"units_learned\":72,") != std::string::npos);  // 9 whole days of 8
}

TEST_CASE("a cost, or a share of the price to take for it, must be given; not both") {
  const auto message = [](written w) {
    const auto made =
        products_known("sku").make(entity::section::decides, "price", "elasticity", std::move(w));
    return made ? std::string{} : made.error().message;
  };
  CHECK(message({}) == "either cost or cost_share must be given, and not both");
  CHECK(message({{"cost", "4.0"}, {"cost_share", "0.5"}}) ==
        "either cost or cost_share must be given, and not both");
  CHECK(message({{"cost_share", "0.5"}}).empty());
}

TEST_CASE("price: elasticity stands the torture") {
  auto life = product_at(600, 300);
  for (int day = 0; day < 12; ++day) {
    sell(life, monday + days{day} + hours{10}, 20 + day % 3, day % 4 == 0 ? 540 : 600);
    sell(life, monday + days{day} + hours{11}, -1, 600);
    offer(life, monday + days{day} + hours{12}, day % 2 == 0 ? "Alpha" : "Beta", 480 + day);
  }
  life.event(monday + days{12}, {base::value{}, base::value{}});
  life.event(monday + days{12}, {base::value{}, base::value{}}, {.stream = offers});
  life.advance(monday + days{90});
  sell(life, monday + days{100}, 3, 600);
  support::torture(*by_list({{"stands", "2d"}}), life);
  life.in_arrival_order();
  support::torture(*by_list({{"stands", "2d"}}), life);
}

}  // namespace
