// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_check.hpp"

#include <cmath>

#include <doctest/doctest.h>

namespace aisle::models {
namespace {

using fault = price_check::fault;

fault against_list(double price, double list, std::optional<double> cost = std::nullopt) {
  price_check state;
  return state.observe({}, price, list, cost).what;
}

TEST_CASE("a price is held against the list") {
  CHECK(against_list(9.99, 10) == fault::none);
  CHECK(against_list(19.9, 10) == fault::none);
  CHECK(against_list(20.1, 10) == fault::far_off);
  CHECK(against_list(4.9, 10) == fault::far_off);
  CHECK(against_list(0, 10) == fault::not_positive);
  CHECK(against_list(-3, 10) == fault::not_positive);
}

TEST_CASE("a factor of ten or a hundred is a decimal slip") {
  CHECK(against_list(99.9, 9.99) == fault::decimal_slip);
  CHECK(against_list(0.1, 9.99) == fault::decimal_slip);
  CHECK(against_list(999, 9.99) == fault::decimal_slip);
  CHECK(against_list(85, 9.99) == fault::far_off);
}

TEST_CASE("a believable price below cost is called that") {
  CHECK(against_list(7, 10, 8) == fault::below_cost);
  CHECK(against_list(8, 10, 8) == fault::none);
  CHECK(against_list(1, 10, 8) == fault::decimal_slip);
}

TEST_CASE("without a list the median of the last accepted prices serves") {
  price_check state;
  CHECK(state.observe({}, 1e6, {}, {}).what == fault::none);  // nothing to compare with
  state = {};
  for (const double price : {10.0, 11.0, 9.0, 10.5, 10.0})
    state.observe({}, price, {}, {});
  CHECK(state.usual() == 10);
  const auto now = state.observe({}, 25, {}, {});
  CHECK(now.what == fault::far_off);
  CHECK(now.reference == 10);
  CHECK(now.score == doctest::Approx(std::log(2.5)));
  CHECK(state.usual() == 10);
}

TEST_CASE("prices may wander far in small steps") {
  price_check state;
  for (double price = 10; price < 200; price *= 1.1) {
    for (int i = 0; i < 4; ++i)
      CHECK(state.observe({}, price, {}, {}).what == fault::none);
  }
}

TEST_CASE("five refusals of one price make it the price") {
  price_check state;
  for (int i = 0; i < 7; ++i)
    state.observe({}, 10, {}, {});
  for (int i = 0; i < 5; ++i)
    CHECK(state.observe({}, 30, {}, {}).what == fault::far_off);
  CHECK(state.observe({}, 30, {}, {}).what == fault::none);
}

TEST_CASE("refusals of different prices do not add up") {
  price_check state;
  for (int i = 0; i < 7; ++i)
    state.observe({}, 10, {}, {});
  for (int i = 0; i < 20; ++i) {
    CHECK(state.observe({}, 30 + i, {}, {}).what == fault::far_off);
  }
}

}  // namespace
}  // namespace aisle::models
