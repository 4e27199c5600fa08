// SPDX-License-Identifier: Apache-2.0
#include "tests/models/baselines.hpp"

#include <array>

#include <doctest/doctest.h>

namespace aisle::models::testing {
namespace {

// Thirty-six months of a spare part (Hyndman, Forecasting: Principles and Practice, 12.2).
constexpr std::array<double, 36> product_c{0, 2, 0, 1, 0, 11, 0, 0, 0, 0, 2, 0, 6, 3, 0, 0, 0, 0,
                                           0, 7, 0, 0, 0, 0,  0, 0, 0, 3, 1, 0, 0, 1, 0, 1, 0, 0};

TEST_CASE("Croston and its corrections give the published forecast of the spare part") {
  croston state;
  for (const double units : product_c)
    state.observe(units);
  CHECK(state.size == doctest::Approx(2.7502538).epsilon(1e-7));
  CHECK(state.interval == doctest::Approx(2.7932801).epsilon(1e-7));
  CHECK(state.forecast() == doctest::Approx(0.9845965).epsilon(1e-7));
  CHECK(state.sba() == doctest::Approx(0.9353667).epsilon(1e-7));
  CHECK(state.sbj() == doctest::Approx(0.9327757).epsilon(1e-6));
}

TEST_CASE("TSB gives the published forecast, and fades when sales stop") {
  tsb state{.alpha_probability = 0.1, .alpha_size = 0.1, .probability = 0, .size = 2};
  for (std::size_t i = 1; i < product_c.size(); ++i)
    state.observe(product_c[i]);
  CHECK(state.probability == doctest::Approx(0.2923603).epsilon(1e-6));
  CHECK(state.forecast() == doctest::Approx(0.8040651).epsilon(1e-6));
  tsb slow{.alpha_probability = 0.02, .alpha_size = 0.1, .probability = 0, .size = 2};
  for (std::size_t i = 1; i < product_c.size(); ++i)
    slow.observe(product_c[i]);
  CHECK(slow.forecast() == doctest::Approx(0.4274413).epsilon(1e-6));
  tsb silent{.alpha_probability = 0.1};
  for (int i = 0; i < 10; ++i)
    silent.observe(0);
  CHECK(silent.probability == doctest::Approx(0.1743392).epsilon(1e-6));
}

TEST_CASE("simple smoothing gives the published forecast") {
  smoothing state{.level = product_c[0]};
  for (std::size_t i = 1; i < product_c.size(); ++i)
    state.observe(product_c[i]);
  CHECK(state.level == doctest::Approx(0.6059965).epsilon(1e-6));
}

TEST_CASE("RMSSE of the worked example") {
  const std::array<double, 5> train{0, 1, 0, 2, 1};
  const std::array<double, 2> actual{1, 0};
  const std::array<double, 2> forecast{1, 1};
  CHECK(rmsse(train, actual, forecast) == doctest::Approx(0.5345225).epsilon(1e-6));
}

}  // namespace
}  // namespace aisle::models::testing
