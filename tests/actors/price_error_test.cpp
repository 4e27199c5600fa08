// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <doctest/doctest.h>

#include "tests/actors/stage_fixtures.hpp"

namespace {

using namespace aisle;
using namespace aisle::test;
using std::chrono::minutes;

const auto nine = at("2026-03-02T09:00:00Z");

std::unique_ptr<entity::behaviour> by_list() {
  return products_known("sku").decides(
      "anomaly", "price_error",
      {{"of", "unit_price"}, {"list", "products.price"}, {"cost", "products.cost"}});
}

std::unique_ptr<entity::behaviour> by_habit() {
  return products_known("sku").decides("anomaly", "price_error", {{"of", "unit_price"}});
}

/// What is told of one line of a product listed at 12.99 that costs 8.00.
std::vector<std::string> line_at(std::int64_t price, std::int64_t quantity = 1) {
  support::script life;
  life.knows(product(1299, 800, 2, 1, 0));
  sell(life, nine, quantity, price);
  return support::play(*by_list(), life);
}

TEST_CASE("a price within a factor of two of the list price is nobody's mistake") {
  CHECK(line_at(1299).empty());
  CHECK(line_at(910).empty());
  CHECK(line_at(2590).empty());
}

TEST_CASE("a price more than twice the list price is told, with both prices") {
  const auto lines = line_at(4299);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("decision price_error severity 1 until 2026-03-03T09:00") !=
        std::string::npos);
  CHECK(lines[0].find("because Sold at 42.99, 3.3 times too high: the list price is 12.99.") !=
        std::string::npos);
  CHECK(lines[0].find("\"price\":\"42.99\",\"reference\":12.99,\"reference_is\":\"list price\"") !=
        std::string::npos);
  // ln 2, and ln(42.99/12.99)/ln 2 = 1.727 times past it.
  CHECK(lines[0].find(" against 0.69314") != std::string::npos);
  CHECK(lines[0].find("{\"score\":1.72") != std::string::npos);
}

TEST_CASE(
    "ten or a hundred times the price is a slip of the decimal point, and a code of its own") {
  for (const auto price : {12990, 129'900, 130, 13}) {
    const auto lines = line_at(price);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("decision decimal_slip severity 2") != std::string::npos);
  }
  CHECK(line_at(12990)[0].find("Sold at 129.90, 10 times too high: the list price is 12.99. The "
                               "decimal point looks misplaced.") != std::string::npos);
  CHECK(line_at(9000)[0].find("decision price_error") != std::string::npos);  // 6.9 times
}

TEST_CASE("a price of nothing, and one below cost, are told as what they are") {
  const auto free = line_at(0);
  REQUIRE(free.size() == 1);
  CHECK(free[0].find("decision price_error severity 2") != std::string::npos);
  CHECK(free[0].find("Sold at 0.00; the list price is 12.99.") != std::string::npos);
  const auto cheap = line_at(799);
  REQUIRE(cheap.size() == 1);
  CHECK(cheap[0].find("decision price_error severity 0") != std::string::npos);
  CHECK(cheap[0].find("Sold at 7.99, below its cost of 8.00; the list price is 12.99.") !=
        std::string::npos);
  CHECK(cheap[0].find(" against 8 by price < cost") != std::string::npos);
}

TEST_CASE("returns and write-offs are not judged") {
  CHECK(line_at(0, -3).empty());
  CHECK(line_at(129'900, -1).empty());
}

TEST_CASE("without a list price the median of accepted prices stands in, once there were five") {
  support::script life;
  life.knows({{}});
  const auto sell_at = [&](int minute, std::int64_t price) {
    sell(life, nine + minutes{minute}, 1, price);
  };
  sell_at(0, 255);
  sell_at(1, 2550);  // too early to tell
  for (int i = 2; i < 8; ++i) {
    sell_at(i, 250 + i);
  }
  sell_at(9, 900);
  sell_at(10, 260);
  const auto lines = support::play(*by_habit(), life);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("Sold at 9.00, 3.5 times too high: the usual price is 2.5") !=
        std::string::npos);
}

TEST_CASE(
    "an odd price seen three times is one of the product's prices, if no list says otherwise") {
  support::script life;
  life.knows(product(300, 200, 2, 1, 0));
  for (int i = 0; i < 40; ++i) {
    sell(life, nine + minutes{i}, 1, i >= 10 && i % 4 == 0 ? 900 + i : 300);
  }
  CHECK(support::play(*by_habit(), life).size() == 3);
  CHECK(support::play(*by_list(), life).size() == 7);
}

TEST_CASE("what has no price of its own, such as carriage, is soon left alone") {
  support::script life;
  life.knows({{}});
  for (int i = 0; i < 400; ++i) {
    sell(life, nine + minutes{i}, 1, i * 7919 % 400 * (i * 7919 % 400) + 50);
  }
  CHECK(support::play(*by_habit(), life).size() < 20);
}

TEST_CASE("price_error stands the torture") {
  support::script life;
  life.knows(product(1299, 800, 2, 1, 0));
  for (int i = 0; i < 12; ++i) {
    sell(life, nine + minutes{i}, 1, 1299 + i % 3);
  }
  sell(life, nine + minutes{20}, 1, 129);
  sell(life, nine + minutes{21}, 1, 0);
  sell(life, nine + minutes{22}, 1, 500);
  life.event(nine + minutes{23}, {base::value{}, base::value{}});
  support::torture(*by_list(), life);
  support::torture(*by_habit(), life);
}

}  // namespace
