// SPDX-License-Identifier: Apache-2.0
#include "actors/models/normal.hpp"

#include <cmath>
#include <initializer_list>

#include <doctest/doctest.h>

namespace aisle::models {
namespace {

TEST_CASE("the standard loss is that of the textbook, on both sides") {
  CHECK(normal::loss(-1.4) == doctest::Approx(1.436668143).epsilon(1e-9));
  CHECK(normal::loss(0.3) == doctest::Approx(0.266761242).epsilon(1e-8));
  CHECK(normal::loss(3.1) == doctest::Approx(2.672490952e-4).epsilon(1e-8));
  // E[(z - Z)+] = z + loss(z)
  CHECK(-1.4 + normal::loss(-1.4) == doctest::Approx(0.036668143).epsilon(1e-7));
  CHECK(0.3 + normal::loss(0.3) == doctest::Approx(0.566761242).epsilon(1e-8));
  CHECK(3.1 + normal::loss(3.1) == doctest::Approx(3.100267249).epsilon(1e-9));
}

TEST_CASE("the quantile undoes the distribution function") {
  for (const double z : {-6.0, -2.5, -0.1, 0.0, 1.0, 4.0}) {
    CHECK(normal::quantile(normal::cdf(z)) == doctest::Approx(z).epsilon(1e-9));
  }
  CHECK(normal::quantile(0.975) == doctest::Approx(1.959963985).epsilon(1e-9));
  CHECK(std::isinf(normal::quantile(0)));
  CHECK(std::isinf(normal::quantile(1)));
}

TEST_CASE("the upper tail keeps its digits where 1 - cdf has none") {
  CHECK(normal::upper_tail(10) == doctest::Approx(7.619853024160527e-24).epsilon(1e-10));
}

}  // namespace
}  // namespace aisle::models
