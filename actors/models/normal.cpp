// SPDX-License-Identifier: Apache-2.0
#include "actors/models/normal.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/special_functions/erf.hpp>

namespace aisle::models::normal {

double pdf(double z) {
  constexpr double inverse_sqrt_two_pi = 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  return inverse_sqrt_two_pi * std::exp(-0.5 * z * z);
}

double cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double upper_tail(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

double quantile(double q) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!(q > 0)) return -infinity;
  if (!(q < 1)) return infinity;
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * q);
}

double loss(double z) { return pdf(z) - z * upper_tail(z); }

}  // namespace aisle::models::normal
