// SPDX-License-Identifier: Apache-2.0
#include "actors/models/control_chart.hpp"

#include <cmath>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"

namespace aisle::models {
namespace {

struct run_length {
  double mean;
  double error;  // standard deviation of the mean
};

run_length average_run(double limit, double shift, int runs) {
  const cusum::params how{.slack = 0.5, .limit = limit};
  testing::chance draw(417);
  double sum = 0;
  double squares = 0;
  for (int run = 0; run < runs; ++run) {
    cusum state;
    double length = 1;
    while (state.observe(how, draw.normal() + shift) == cusum::signal::none)
      ++length;
    sum += length;
    squares += length * length;
  }
  const double mean = sum / runs;
  return {mean, std::sqrt((squares / runs - mean * mean) / runs)};
}

void check_run_length(double limit, double shift, double exact, int runs) {
  const auto found = average_run(limit, shift, testing::sized(runs));
  CAPTURE(limit);
  CAPTURE(shift);
  CHECK(std::abs(found.mean - exact) < 3.5 * found.error);
  CHECK(found.error < 0.05 * exact);
}

// Exact lengths by a Markov chain (Brook & Evans 1972); the textbook prints 168, 465, 8.38, 10.4.
TEST_CASE("an undisturbed CUSUM alarms as rarely as theory says") {
  check_run_length(4, 0, 167.7, 20'000);
  check_run_length(5, 0, 465.4, 8'000);
}

TEST_CASE("a CUSUM finds a shift as fast as theory says") {
  check_run_length(4, 1, 8.38, 20'000);
  check_run_length(5, 1, 10.38, 20'000);
  check_run_length(8, 1, 16.37, 20'000);
  check_run_length(4, 2, 3.34, 20'000);
  check_run_length(5, -2, 4.01, 20'000);
  check_run_length(8, -2, 6.01, 20'000);
}

TEST_CASE("a CUSUM names the side and starts over") {
  cusum state;
  const cusum::params how{.slack = 0.5, .limit = 4, .clip = 3};
  CHECK(state.observe(how, -100) == cusum::signal::none);
  CHECK(state.down == doctest::Approx(2.5));
  CHECK(state.observe(how, -100) == cusum::signal::down);
  CHECK(state.down == 0);
  CHECK(state.observe(how, 3) == cusum::signal::none);
  CHECK(state.observe(how, 3) == cusum::signal::up);
}

}  // namespace
}  // namespace aisle::models
