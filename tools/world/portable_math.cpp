// SPDX-License-Identifier: Apache-2.0
#include "tools/world/portable_math.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aisle::world {

// ln(m 2^e) = e ln 2 + 2 atanh((m - 1) / (m + 1)), with m in [sqrt 1/2, sqrt 2): the argument of
// atanh stays below 0.172, so ten terms of its series reach 1e-16.
double natural_log(double x) {
  int exponent = 0;
  auto mantissa = std::frexp(x, &exponent);
  if (mantissa < 0.5 * std::numbers::sqrt2) {
    mantissa *= 2.0;
    --exponent;
  }
  const auto s = (mantissa - 1.0) / (mantissa + 1.0);
  const auto square = s * s;
  auto series = 0.0;
  for (int odd = 21; odd >= 1; odd -= 2) {
    series = series * square + 1.0 / odd;
  }
  return exponent * std::numbers::ln2 + 2.0 * s * series;
}

// e^x = 2^k e^r, with |r| <= ln 2 / 2: fourteen terms of the series reach 1e-17.
double exponential(double x) {
  if (x < -708.0) {
    return 0.0;
  }
  x = std::min(x, 709.0);
  // ln 2 in two parts, the first short enough that k times it is exact.
  constexpr auto ln2_high = 0x1.62e42fee00000p-1;
  constexpr auto ln2_low = 0x1.a39ef35793c76p-33;
  const auto k = std::floor(x * std::numbers::log2e + 0.5);
  const auto r = (x - k * ln2_high) - k * ln2_low;
  auto series = 1.0;
  for (int n = 14; n >= 1; --n) {
    series = 1.0 + series * r / n;
  }
  return std::ldexp(series, static_cast<int>(k));
}

double power(double base, double exponent) { return exponential(exponent * natural_log(base)); }

}  // namespace aisle::world
