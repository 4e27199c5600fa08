// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_ladder.hpp"

#include <cstdint>

#include <doctest/doctest.h>

namespace aisle::models {
namespace {

TEST_CASE("rungs below and above a price") {
  const price_ladder ladder;
  CHECK(ladder.down(187) == 185);
  CHECK(ladder.up(187) == 189);
  CHECK(ladder.down(189) == 189);
  CHECK(ladder.up(186) == 189);
  CHECK(ladder.down(2'450) == 2'399);
  CHECK(ladder.up(2'450) == 2'495);
  CHECK(ladder.down(21'700) == 21'500);
  CHECK(ladder.up(21'700) == 21'900);
}

TEST_CASE("rungs across the seams of the tiers") {
  const price_ladder ladder;
  CHECK(ladder.down(2'050) == 1'999);
  CHECK(ladder.up(2'000) == 2'095);
  CHECK(ladder.down(20'300) == 19'999);
  CHECK(ladder.up(20'000) == 20'500);
}

TEST_CASE("there is no rung at or below 4 cents, and the lowest is 5") {
  const price_ladder ladder;
  CHECK(ladder.down(4) == 0);
  CHECK(ladder.down(-3) == 0);
  CHECK(ladder.up(0) == 5);
  CHECK(ladder.up(-100) == 5);
}

TEST_CASE("down and up agree with looking at every price") {
  const price_ladder ladder;
  const auto on_it = [](std::int64_t p) {
    if (p < 2'000) return p % 10 == 5 || p % 10 == 9;
    if (p < 20'000) return p % 100 == 95 || p % 100 == 99;
    return p % 1'000 == 500 || p % 1'000 == 900;
  };
  std::int64_t below = 0;
  for (std::int64_t p = 1; p < 40'000; ++p) {
    if (on_it(p)) below = p;
    CHECK(ladder.down(p) == below);
    CHECK(ladder.holds(p) == on_it(p));
  }
  std::int64_t above = 40'500;
  for (std::int64_t p = 40'000; p > 0; --p) {
    if (on_it(p)) above = p;
    CHECK(ladder.up(p) == above);
  }
}

TEST_CASE("without a ladder every price is a rung") {
  const auto every = price_ladder::none();
  CHECK(every.down(187) == 187);
  CHECK(every.up(187) == 187);
  CHECK(every.down(0) == 0);
  CHECK(every.up(0) == 1);
  CHECK_FALSE(every.problem());
}

TEST_CASE("ladders that cannot work are named") {
  price_ladder wrong;
  CHECK_FALSE(wrong.problem());
  wrong.tiers[0].endings = {9, 5};
  CHECK(wrong.problem() == "endings must ascend");
  wrong.tiers[0].endings = {5, 12};
  CHECK(wrong.problem() == "endings must be at least 0 and below the modulus");
  wrong = {};
  wrong.tiers[2].below = 900'000;
  CHECK(wrong.problem() == "the last tier of a ladder must have no bound");
}

}  // namespace
}  // namespace aisle::models
