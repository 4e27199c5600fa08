// SPDX-License-Identifier: Apache-2.0
#include "actors/models/elasticity.hpp"

#include <cmath>
#include <type_traits>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

static_assert(std::is_trivially_copyable_v<elasticity>);
static_assert(sizeof(elasticity) == 56);

elasticity after(int days, double true_e, double units_a_day, std::uint64_t seed) {
  const elasticity::params how;
  testing::chance draw(seed);
  auto state = elasticity::prior(how, 1, units_a_day);
  for (int day = 0; day < days; ++day) {
    const double price = draw.between(0.8, 1.25);
    const double mean = units_a_day * std::pow(price, true_e);
    state.observe(how, {.price = price, .units = static_cast<double>(draw.count(mean, 1.5))});
  }
  return state;
}

TEST_CASE("one day moves the belief as the filter's equations say") {
  const elasticity::params how{.level_drift = 0, .slope_drift = 0};
  auto state = elasticity::prior(how, 2, 10);
  state.observe(how, {.price = 1.6, .units = 30, .factor = 1.5, .dispersion = 2});
  const double x = std::log(0.8);
  const double m = 10 * std::pow(0.8, -2.2) * 1.5;
  const double w = m / 2;
  const double px1 = 0.64 * x;
  const double den = 1 + w * (1 + px1 * x);
  CHECK(state.theta[0] == doctest::Approx(std::log(10) + (30 - m) / 2 / den));
  CHECK(state.theta[1] == doctest::Approx(-2.2 + px1 * (30 - m) / 2 / den));
  CHECK(state.p00 == doctest::Approx(1 - w / den));
  CHECK(state.p01 == doctest::Approx(-w * px1 / den));
  CHECK(state.p11 == doctest::Approx(0.64 - w * px1 * px1 / den));
  CHECK(state.units == 30);
}

TEST_CASE("the elasticity is found, and the belief knows how well") {
  int within_two = 0;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const double truth = seed % 2 == 0 ? -1.6 : -3.2;
    const auto state = after(200, truth, 10, seed);
    CHECK(state.theta[1] == doctest::Approx(truth).epsilon(0.3));
    within_two += std::abs(state.theta[1] - truth) < 2 * std::sqrt(state.p11);
  }
  CHECK(within_two >= 34);
}

TEST_CASE("without price changes the elasticity stays at its prior") {
  const elasticity::params how;
  auto state = elasticity::prior(how, 1, 4);
  for (int day = 0; day < 300; ++day)
    state.observe(how, {.price = 1, .units = 6});
  CHECK(state.theta[1] == doctest::Approx(-2.2));
  CHECK(state.p11 == doctest::Approx(0.64));
  CHECK(state.mean(1) == doctest::Approx(6).epsilon(0.02));
}

TEST_CASE("no day, however odd, carries the belief out of its bounds") {
  const elasticity::params how;
  testing::chance draw(6);
  auto state = elasticity::prior(how, 1, 0.1);
  for (int day = 0; day < 2'000; ++day) {
    const double units = draw.happens(0.1) ? 1e6 : 0;
    state.observe(how, {.price = draw.between(0.01, 100), .units = units});
    CHECK(state.theta[1] >= how.steepest);
    CHECK(state.theta[1] <= how.flattest);
    CHECK(std::isfinite(state.theta[0]));
    CHECK(state.p00 > 0);
    CHECK(state.p11 > 0);
    CHECK(state.p11 <= 0.8 * 0.8);
  }
}

TEST_CASE("parameters that cannot work are named") {
  CHECK_FALSE(elasticity::params{}.problem());
  CHECK(elasticity::params{.flattest = -0.5}.problem() == "steepest < flattest < -1 must hold");
  CHECK(elasticity::params{.prior = -9}.problem() == "prior must be within the two bounds");
}

}  // namespace
}  // namespace aisle::models
