// SPDX-License-Identifier: Apache-2.0
#include "actors/models/count_law.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::models {
namespace {

// From r successes at probability p.
count_law negative_binomial(double r, double p) { return {r * (1 - p) / p, r * (1 - p) / (p * p)}; }

double sum_of_losses(const count_law& law, std::int64_t x) {
  double sum = 0;
  for (std::int64_t k = x + 1; k < 2'000; ++k)
    sum += static_cast<double>(k - x) * law.pmf(k);
  return sum;
}

TEST_CASE("the quantile is the smallest count whose probability reaches q") {
  CHECK(count_law{9, 22.5}.quantile(0.95) == 18);
  CHECK(count_law{2.1, 4.2}.quantile(0.95) == 6);
  CHECK(count_law{21, 42}.quantile(0.95) == 32);
  CHECK(count_law{0.7, 2.1}.quantile(0.98) == 5);
  CHECK(count_law{60, 108}.quantile(0.99) == 86);
}

TEST_CASE("without overdispersion the law is Poisson") {
  CHECK(count_law::poisson(9).quantile(0.95) == 14);
  CHECK(count_law::poisson(2.1).quantile(0.95) == 5);
  CHECK(count_law::poisson(21).quantile(0.95) == 29);
  CHECK(count_law::poisson(0.7).quantile(0.98) == 3);
  CHECK(count_law::poisson(60).quantile(0.99) == 79);
  const count_law underdispersed{9, 4};
  CHECK(underdispersed.pmf(3) == doctest::Approx(std::exp(-9) * 729 / 6));
}

TEST_CASE("the loss of a negative binomial is that of the textbook") {
  CHECK(negative_binomial(6, 0.4).loss(14) == doctest::Approx(0.491710429).epsilon(1e-8));
  CHECK(count_law{9, 22.5}.loss(20) == doctest::Approx(0.074843225).epsilon(1e-7));
}

TEST_CASE("masses, tails, losses and quantiles agree with each other") {
  for (const count_law law : {count_law{0.05, 0.06}, count_law{0.3, 0.9}, count_law{4, 4},
                              count_law{12, 40}, count_law{90, 95}}) {
    CAPTURE(law.mean);
    double sum = 0;
    for (std::int64_t k = 0; k < 60; ++k) {
      sum += law.pmf(k);
      CHECK(law.cdf(k) == doctest::Approx(sum).epsilon(1e-9));
      CHECK(law.at_least(k + 1) + law.cdf(k) == doctest::Approx(1).epsilon(1e-12));
    }
    for (const std::int64_t x : {0, 1, 7, 30}) {
      CHECK(law.loss(x) == doctest::Approx(sum_of_losses(law, x)).epsilon(1e-7));
    }
    for (const double q : {0.01, 0.5, 0.9, 0.999}) {
      const auto k = law.quantile(q);
      CHECK(law.cdf(k) >= q - 1e-12);
      CHECK(law.cdf(k - 1) < q);
    }
  }
}

TEST_CASE("quantiles of large means agree with the distribution function") {
  for (const count_law law : {count_law{257, 300}, count_law{5'000, 12'000}, count_law{1e6, 1e6},
                              count_law{300, 90'000}}) {
    for (const double q : {1e-6, 0.025, 0.5, 0.975, 1 - 1e-6}) {
      const auto k = law.quantile(q);
      CAPTURE(law.mean);
      CHECK(law.cdf(k) >= q);
      CHECK(law.cdf(k - 1) < q);
    }
  }
}

TEST_CASE("walking and searching find the same quantile where both can") {
  const std::array levels{0.005, 0.025, 0.165, 0.25, 0.5, 0.75, 0.835, 0.975, 0.995};
  for (const count_law law : {count_law{0.4, 0.7}, count_law{17, 30}, count_law{900, 2'000}}) {
    std::array<std::int64_t, levels.size()> together{};
    law.quantiles(levels, together);
    for (std::size_t i = 0; i < levels.size(); ++i)
      CHECK(together[i] == law.quantile(levels[i]));
  }
}

TEST_CASE("a mean of 0 is the law that is always 0") {
  const count_law none{};
  CHECK(none.pmf(0) == 1);
  CHECK(none.cdf(0) == 1);
  CHECK(none.at_least(1) == 0);
  CHECK(none.quantile(0.999) == 0);
  CHECK(none.loss(0) == 0);
}

TEST_CASE("a quantile of q outside 0 and 1 ends") {
  CHECK(count_law{9, 22.5}.quantile(0) == 0);
  CHECK(count_law{9, 22.5}.quantile(-1) == 0);
  CHECK(count_law{9, 22.5}.quantile(1) > 60);
  CHECK(count_law{9, 22.5}.quantile(std::nan("")) == 0);
}

TEST_CASE("a count far in the tail keeps its digits") {
  // sum over k >= 40 of Poisson(4): 40 terms of exact arithmetic give 5.4327e-27.
  CHECK(count_law::poisson(4).at_least(40) == doctest::Approx(2.9887e-26).epsilon(1e-3));
}

}  // namespace
}  // namespace aisle::models
