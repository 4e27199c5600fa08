// SPDX-License-Identifier: Apache-2.0
#include "actors/models/log_amount.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "tests/models/chance.hpp"
#include "tests/models/episodes.hpp"

namespace aisle::models {
namespace {

using testing::chance;
using testing::tally;

log_amount after_usual(const log_amount::params& how, int amounts) {
  log_amount state;
  for (int i = 0; i < amounts; ++i)
    state.observe(how, i % 2 == 0 ? 20 : 5);
  return state;
}

// 40 shops, lognormal baskets, 3 % wholesale at 3.3 times the usual, 0.1 % frauds at 20 to
// 200 times. The best threshold with the true parameters known reaches an F1 of 0.768.
template <typename Judge>
tally judge_shops(Judge make_judge) {
  tally all;
  chance draw(20'240'501);
  for (int shop = 0; shop < testing::sized(40); ++shop) {
    const double usual = draw.between(2, 4);
    auto judge = make_judge();
    for (int i = 0; i < 20'000; ++i) {
      const bool fraud = draw.happens(0.001);
      double amount = std::exp(usual + 0.8 * draw.normal());
      if (draw.happens(0.03)) amount *= 3.3;
      if (fraud) amount *= 20 * std::pow(10, draw.unit());
      const bool flagged = judge(amount);
      all.hits += fraud && flagged;
      all.misses += fraud && !flagged;
      all.false_alarms += !fraud && flagged;
    }
  }
  return all;
}

tally judge_with_sigma(double sigma) {
  return judge_shops([&] {
    return [how = log_amount::params{.sigma = sigma}, state = log_amount{}](double amount) mutable {
      return state.observe(how, amount).anomalous;
    };
  });
}

TEST_CASE("an amount twenty times the usual is flagged, and is not learned") {
  const log_amount::params how;
  auto state = after_usual(how, 100);
  const auto before = state.level;
  const auto now = state.observe(how, 10 * 200);
  CHECK(now.anomalous);
  CHECK(now.usual == doctest::Approx(10));
  // Deviation of ln 20 and ln 5 in turn is ln 2.
  CHECK(now.z == doctest::Approx(std::log(200.0) / std::log(2.0)));
  CHECK(now.limit == doctest::Approx(10 * std::pow(2, 4)));
  CHECK(state.level.mean == before.mean);
  CHECK(state.level.n == before.n);
}

TEST_CASE("no amount is judged before the warm-up") {
  const log_amount::params how;
  auto state = after_usual(how, 29);
  CHECK_FALSE(state.observe(how, 1e9).anomalous);
}

TEST_CASE("ten flagged amounts in a row become the new level") {
  const log_amount::params how;
  auto state = after_usual(how, 200);
  for (int i = 0; i < 10; ++i)
    CHECK(state.observe(how, 5'000 + i).anomalous);
  CHECK(state.level.mean == doctest::Approx(std::log(5'004.5)).epsilon(0.001));
  CHECK(state.level.n == 10);
}

TEST_CASE("a usual amount ends a run of flagged ones") {
  const log_amount::params how;
  auto state = after_usual(how, 200);
  for (int i = 0; i < 9; ++i)
    state.observe(how, 5'000);
  state.observe(how, 10);
  CHECK(state.observe(how, 5'000).anomalous);
  CHECK(state.level.mean < std::log(11));
}

TEST_CASE("amounts that have no logarithm change nothing") {
  const log_amount::params how;
  auto state = after_usual(how, 100);
  for (const double amount : {0.0, -20.0, std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_FALSE(state.observe(how, amount).anomalous);
  }
  CHECK(state.level.n == 100);
}

TEST_CASE("a till that always takes the same amount does not flag a small difference") {
  const log_amount::params how;
  log_amount state;
  for (int i = 0; i < 500; ++i)
    state.observe(how, 9.99);
  CHECK_FALSE(state.observe(how, 11).anomalous);
  CHECK(state.observe(how, 99).anomalous);
}

TEST_CASE("frauds among lognormal baskets are found with an F1 of 0.75 and better") {
  const auto four = judge_with_sigma(4);
  MESSAGE("sigma 4: precision ", four.precision(), " recall ", four.recall(), " F1 ", four.f1());
  CHECK(four.f1() > 0.75 - testing::tolerance(0.005));
  const auto surer = judge_with_sigma(4.5);
  MESSAGE("sigma 4.5: precision ", surer.precision(), " recall ", surer.recall(), " F1 ",
          surer.f1());
  CHECK(surer.precision() > 0.9 - testing::tolerance(0.01));
  CHECK(surer.f1() > 0.74 - testing::tolerance(0.01));
}

TEST_CASE("three sigma on raw money finds the same frauds among four times the false alarms") {
  const auto raw = judge_shops([] {
    return [state = moments{}](double amount) mutable {
      const bool flagged = state.n >= 30 && state.z(amount, 1e-9) > 3;
      state.learn(amount, 0.0005);
      return flagged;
    };
  });
  MESSAGE("raw 3 sigma: precision ", raw.precision(), " recall ", raw.recall(), " F1 ", raw.f1());
  CHECK(raw.f1() < 0.4);
}

TEST_CASE("parameters that cannot work are named") {
  CHECK_FALSE(log_amount::params{}.problem());
  CHECK(log_amount::params{.sigma = 0}.problem() == "sigma must be above 0");
  CHECK(log_amount::params{.relearn_after = 1}.problem() == "relearn_after must be at least 2");
}

}  // namespace
}  // namespace aisle::models
