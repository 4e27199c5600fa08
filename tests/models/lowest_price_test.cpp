// SPDX-License-Identifier: Apache-2.0
#include "actors/models/lowest_price.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

TEST_CASE("the lowest price of thirty days is forgotten on the thirty-first") {
  lowest_price state;
  CHECK(state.lowest(100) == 0);
  state.note(100, 900);
  state.note(105, 700);
  state.note(106, 1'000);
  CHECK(state.lowest(106) == 700);
  // 7.00 was still in force on the morning of day 106, so that day's low is 7.00.
  CHECK(state.lowest(135) == 700);
  CHECK(state.lowest(136) == 1'000);
}

TEST_CASE("a price in force counts on every day until it changes") {
  lowest_price state;
  state.note(0, 700);
  state.note(50, 1'000);
  CHECK(state.lowest(79) == 700);
  CHECK(state.lowest(80) == 1'000);
}

TEST_CASE("the lowest is that of a full record, over years and before 1970") {
  testing::chance draw(9);
  lowest_price state;
  std::vector<std::int64_t> lows;  // of each day since day -400
  std::int64_t current = 0;
  for (std::int64_t day = -400; day < 800; ++day) {
    std::int64_t low = current == 0 ? INT64_MAX : current;
    const auto changes = current == 0 ? 1 : draw.poisson(draw.happens(0.1) ? 2 : 0.02);
    for (std::int64_t i = 0; i < changes; ++i) {
      current = draw.integer(100, 200);
      low = std::min(low, current);
      state.note(day, current);
    }
    lows.push_back(low);
    const auto window = std::min<std::ptrdiff_t>(30, std::ssize(lows));
    CHECK(state.lowest(day) == *std::min_element(lows.end() - window, lows.end()));
  }
}

}  // namespace
}  // namespace aisle::models
