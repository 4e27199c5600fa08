// SPDX-License-Identifier: Apache-2.0
#include "actors/models/p2_quantile.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

TEST_CASE("the twenty values of the P2 paper end in its five markers") {
  p2_quantile state;
  for (const double x : {0.02,  0.15,  0.74, 3.39, 0.83, 22.37, 10.15, 15.43, 38.62, 15.92,
                         34.60, 10.28, 1.47, 0.40, 0.05, 11.39, 0.27,  0.42,  0.09,  11.37}) {
    state.observe(0.5, x);
  }
  CHECK(state.heights[0] == 0.02);
  CHECK(state.heights[1] == doctest::Approx(0.4938954).epsilon(1e-6));
  CHECK(state.heights[2] == doctest::Approx(4.4406344).epsilon(1e-7));
  CHECK(state.heights[3] == doctest::Approx(17.2039043).epsilon(1e-8));
  CHECK(state.heights[4] == 38.62);
  CHECK(state.estimate(0.5) == state.heights[2]);
}

TEST_CASE("up to five values the estimate is one of them, by rank") {
  p2_quantile state;
  CHECK(state.estimate(0.5) == 0);
  state.observe(0.9, 7);
  CHECK(state.estimate(0.9) == 7);
  state.observe(0.9, 3);
  state.observe(0.9, 5);
  CHECK(state.estimate(0.9) == 7);
  CHECK(state.estimate(0.5) == 5);
  CHECK(state.estimate(0.1) == 3);
}

TEST_CASE("quantiles of a long lognormal stream are within 3 percent") {
  for (const double q : {0.1, 0.5, 0.95}) {
    testing::chance draw(99);
    p2_quantile state;
    std::vector<double> all;
    for (int i = 0; i < 50'000; ++i) {
      all.push_back(std::exp(draw.normal()));
      state.observe(q, all.back());
    }
    std::sort(all.begin(), all.end());
    const double exact = all[static_cast<std::size_t>(q * 50'000)];
    CHECK(state.estimate(q) == doctest::Approx(exact).epsilon(0.03));
  }
}

TEST_CASE("markers stay in order through repeated and descending values") {
  p2_quantile state;
  for (int i = 0; i < 1'000; ++i) {
    state.observe(0.5, i % 3 == 0 ? 5 : 1'000 - i);
    CHECK(std::is_sorted(state.heights.begin(),
                         state.heights.begin() + std::min<std::int64_t>(state.count, 5)));
  }
}

}  // namespace
}  // namespace aisle::models
