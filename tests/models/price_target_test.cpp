// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_target.hpp"

#include <cmath>
#include <cstdint>
#include <initializer_list>

#include <doctest/doctest.h>

#include "actors/models/counter_random.hpp"

namespace aisle::models {
namespace {

elasticity known(double e, double variance) {
  auto state = elasticity::prior({}, 1, 20);
  state.theta[1] = -e;
  state.p11 = variance;
  state.units = 1'000;
  return state;
}

TEST_CASE("the best price for a known elasticity") {
  CHECK(monopoly_price(1, 2) == 2);
  CHECK(monopoly_price(1, 3) == 1.5);
  CHECK(monopoly_price(1, 2.62) == doctest::Approx(1.617).epsilon(1e-3));
  const auto target = price_target::choose({}, known(3, 0), 0.6, 7, 100);
  CHECK(target.why == price_target::reason::thompson);
  CHECK(target.price == doctest::Approx(0.9));
  CHECK(target.elasticity == doctest::Approx(3));
}

TEST_CASE("drawn elasticities are distributed as what is believed") {
  double sum = 0;
  double squares = 0;
  constexpr int days = 20'000;
  for (int day = 0; day < days; ++day) {
    const double e = price_target::choose({}, known(3, 0.04), 0.6, 7, day).elasticity;
    sum += e;
    squares += e * e;
  }
  const double mean = sum / days;
  CHECK(mean == doctest::Approx(3).epsilon(0.003));
  CHECK(squares / days - mean * mean == doctest::Approx(0.04).epsilon(0.05));
}

TEST_CASE("the target depends on seed, SKU and day alone") {
  const auto believed = known(3, 0.2);
  const auto once = price_target::choose({.seed = 5}, believed, 0.6, 7, 100);
  CHECK(price_target::choose({.seed = 5}, believed, 0.6, 7, 100).price == once.price);
  CHECK(price_target::choose({.seed = 6}, believed, 0.6, 7, 100).price != once.price);
  CHECK(price_target::choose({.seed = 5}, believed, 0.6, 8, 100).price != once.price);
  CHECK(price_target::choose({.seed = 5}, believed, 0.6, 7, 101).price != once.price);
}

TEST_CASE("a new SKU swings around its base price, a week up and a week down") {
  auto fresh = elasticity::prior({}, 10, 5);
  for (const std::int64_t day : {-14, -7, 0, 7, 14}) {
    const auto first = price_target::choose({}, fresh, 6, 2, day);
    CHECK(first.why == price_target::reason::dither);
    for (int later = 1; later < 7; ++later) {
      CHECK(price_target::choose({}, fresh, 6, 2, day + later).price == first.price);
    }
    const auto next = price_target::choose({}, fresh, 6, 2, day + 7);
    CHECK(first.price + next.price == doctest::Approx(20));
    CHECK(std::abs(first.price - 10) == doctest::Approx(0.5));
  }
  CHECK(price_target::choose({}, fresh, 6, 3, 0).price !=
        price_target::choose({}, fresh, 6, 2, 0).price);
}

TEST_CASE("a slow mover goes on swinging, however much it has sold") {
  auto slow = known(3, 0.1);
  slow.theta[0] = std::log(1.9);
  CHECK(price_target::choose({}, slow, 0.6, 7, 100).why == price_target::reason::dither);
}

TEST_CASE("an elasticity near 1 does not ask for an endless price") {
  CHECK(price_target::choose({}, known(1.05, 4), 1, 7, 3).price <= 21.0001);
}

TEST_CASE("counter-based chance is uniform, and never exactly 0 or 1") {
  double sum = 0;
  constexpr int draws = 100'000;
  for (std::uint64_t i = 0; i < draws; ++i) {
    const double u = random_unit(1, i, 3);
    CHECK((u > 0 && u < 1));
    sum += u;
  }
  CHECK(sum / draws == doctest::Approx(0.5).epsilon(0.005));
  CHECK(random_bits(1, 2, 3, 4) == random_bits(1, 2, 3, 4));
  CHECK(random_bits(1, 2, 3) != random_bits(1, 3, 2));
  CHECK(random_bits(0, 0, 0) != random_bits(0, 0, 1));
}

}  // namespace
}  // namespace aisle::models
