// SPDX-License-Identifier: Apache-2.0
#include "tools/world/random.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include "tools/world/portable_math.hpp"

using namespace aisle::world;

namespace {

struct moments {
  double mean;
  double variance;
};

template <class Draw>
moments sampled(Draw draw, int count = 200'000) {
  auto sum = 0.0;
  auto squares = 0.0;
  for (int i = 0; i < count; ++i) {
    const auto x = static_cast<double>(draw());
    sum += x;
    squares += x * x;
  }
  const auto mean = sum / count;
  return {mean, squares / count - mean * mean};
}

}  // namespace

TEST_CASE("the logarithm and the exponential agree with the library's to 14 digits") {
  for (auto x = 1e-12; x < 1e12; x *= 1.37) {
    CHECK(natural_log(x) == doctest::Approx(std::log(x)).epsilon(1e-14));
  }
  CHECK(natural_log(1.0) == 0.0);
  for (auto x = -700.0; x < 700.0; x += 0.773) {
    CHECK(exponential(x) == doctest::Approx(std::exp(x)).epsilon(2e-14));
  }
  CHECK(exponential(0.0) == 1.0);
  CHECK(exponential(-1000.0) == 0.0);
  CHECK(power(0.7, -2.62) == doctest::Approx(std::pow(0.7, -2.62)).epsilon(1e-14));
}

TEST_CASE("a stream is fixed by its key alone, and another key is another stream") {
  random_stream one(7, purpose::demand, 3, 4);
  random_stream same(7, purpose::demand, 3, 4);
  const auto first = one.bits();
  CHECK(first == same.bits());
  CHECK(one.bits() == same.bits());
  CHECK(first != random_stream(8, purpose::demand, 3, 4).bits());
  CHECK(first != random_stream(7, purpose::day_plan, 3, 4).bits());
  CHECK(first != random_stream(7, purpose::demand, 4, 3).bits());
}

TEST_CASE("whole numbers reach both ends and nothing else") {
  random_stream random(1, purpose::demand);
  std::vector<int> seen(8);
  for (int i = 0; i < 7'000; ++i) {
    ++seen.at(static_cast<std::size_t>(random.whole(1, 7)));
  }
  CHECK(seen[0] == 0);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    CHECK(seen[i] > 850);
    CHECK(seen[i] < 1'150);
  }
}

TEST_CASE("the continuous laws have their moments") {
  random_stream random(2, purpose::demand);
  const auto normal = sampled([&] { return random.normal(); });
  CHECK(std::abs(normal.mean) < 0.01);
  CHECK(normal.variance == doctest::Approx(1.0).epsilon(0.02));
  const auto waiting = sampled([&] { return random.exponential(3.0); });
  CHECK(waiting.mean == doctest::Approx(3.0).epsilon(0.02));
  const auto around = sampled([&] { return random.around_one(0.5); });
  CHECK(around.mean == doctest::Approx(1.0).epsilon(0.01));
  CHECK(around.variance == doctest::Approx(std::exp(0.25) - 1.0).epsilon(0.05));
  const auto logs = sampled([&] { return std::log(random.log_uniform(2.0, 8.0)); });
  CHECK(logs.mean == doctest::Approx(std::log(4.0)).epsilon(0.01));
}

TEST_CASE("the counting laws have their moments, for large means too") {
  random_stream random(3, purpose::demand);
  for (const auto mean : {0.05, 2.0, 40.0, 700.0}) {
    const auto poisson = sampled([&] { return random.poisson(mean); }, 50'000);
    CHECK(poisson.mean == doctest::Approx(mean).epsilon(0.03));
    CHECK(poisson.variance == doctest::Approx(mean).epsilon(0.05));
    const overdispersed law(1.8);
    const auto spread = sampled([&] { return law.draw(random, mean); }, 50'000);
    CHECK(spread.mean == doctest::Approx(mean).epsilon(0.04));
    CHECK(spread.variance == doctest::Approx(1.8 * mean).epsilon(0.08));
  }
  const auto failures = sampled([&] { return random.geometric(0.25); });
  CHECK(failures.mean == doctest::Approx(3.0).epsilon(0.02));
}
