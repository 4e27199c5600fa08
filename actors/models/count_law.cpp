// SPDX-License-Identifier: Apache-2.0
#include "actors/models/count_law.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/policies/policy.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>

#include "actors/models/normal.hpp"

namespace aisle::models {
namespace {

namespace bmp = boost::math::policies;

// Nothing here may throw: out-of-range arguments are dealt with before the call.
constexpr auto quiet = bmp::make_policy(
    bmp::promote_double<false>(), bmp::domain_error<bmp::ignore_error>(),
    bmp::pole_error<bmp::ignore_error>(), bmp::overflow_error<bmp::ignore_error>(),
    bmp::underflow_error<bmp::ignore_error>(), bmp::evaluation_error<bmp::ignore_error>());

// Below this excess of the variance a negative binomial differs from the Poisson by less than the
// rounding of its own r.
constexpr double dispersion_min = 1e-9;

constexpr double q_max = 1 - 1e-12;

// Walking the masses from 0 is exact and costs a few flops a step; past this mean a search on the
// distribution function is cheaper.
constexpr double walk_mean_max = 256;
constexpr double walk_log_mass_min = -600;

bool is_poisson(const count_law& law) {
  return law.variance - law.mean <= dispersion_min * law.mean;
}

struct shape {
  double r;
  double p;
};

shape shape_of(const count_law& law) {
  return {law.mean * law.mean / (law.variance - law.mean), law.mean / law.variance};
}

// P(N >= k) of the negative binomial.
double at_least(shape s, double k) {
  return k <= 0 ? 1.0 : boost::math::ibeta(k, s.r, 1 - s.p, quiet);
}

double poisson_at_least(double mean, double k) {
  return k <= 0 ? 1.0 : boost::math::gamma_p(k, mean, quiet);
}

double log_mass_at_zero(const count_law& law) {
  if (is_poisson(law)) return -law.mean;
  const auto [r, p] = shape_of(law);
  return r * std::log(p);
}

// The masses 0, 1, 2, … by their ratio: m/(k+1) or (r+k)(1-p)/(k+1).
class mass_walk {
 public:
  explicit mass_walk(const count_law& law) {
    if (is_poisson(law)) {
      base_ = law.mean;
      step_ = 0;
    } else {
      const auto [r, p] = shape_of(law);
      base_ = r * (1 - p);
      step_ = 1 - p;
    }
    mass_ = sum_ = std::exp(log_mass_at_zero(law));
  }

  /// Moves on to the first k with P(N <= k) >= q.
  std::int64_t reach(double q) {
    while (sum_ < q) {
      const auto at = static_cast<double>(k_);
      mass_ *= (base_ + at * step_) / (at + 1);
      ++k_;
      const double next = sum_ + mass_;
      if (next == sum_ && mass_ < 1e-18) break;  // past the mode and nothing is left to add
      sum_ = next;
    }
    return k_;
  }

 private:
  double base_;
  double step_;
  double mass_;
  double sum_;
  std::int64_t k_ = 0;
};

bool can_walk(const count_law& law) {
  return law.mean <= walk_mean_max && log_mass_at_zero(law) > walk_log_mass_min;
}

std::int64_t search(const count_law& law, double q) {
  const double deviation = std::sqrt(std::max(law.variance, law.mean));
  const double guess = std::max(0.0, law.mean + normal::quantile(q) * deviation);
  const auto stride = static_cast<std::int64_t>(0.05 * deviation) + 1;
  auto high = static_cast<std::int64_t>(guess);
  for (auto step = stride; law.cdf(high) < q; step *= 2)
    high += step;
  auto low = high;
  for (auto step = stride; low >= 0 && law.cdf(low) >= q; step *= 2)
    low -= step;
  low = std::max<std::int64_t>(low, -1);
  while (high - low > 1) {
    const auto middle = low + (high - low) / 2;
    (law.cdf(middle) >= q ? high : low) = middle;
  }
  return high;
}

}  // namespace

double count_law::pmf(std::int64_t k) const {
  if (k < 0) return 0;
  if (!(mean > 0)) return k == 0 ? 1 : 0;
  const auto x = static_cast<double>(k);
  if (is_poisson(*this)) return boost::math::gamma_p_derivative(x + 1, mean, quiet);
  const auto [r, p] = shape_of(*this);
  return (p / (r + x)) * boost::math::ibeta_derivative(r, x + 1, p, quiet);
}

double count_law::cdf(std::int64_t k) const {
  if (k < 0) return 0;
  if (!(mean > 0)) return 1;
  const double next = static_cast<double>(k) + 1;
  if (is_poisson(*this)) return boost::math::gamma_q(next, mean, quiet);
  const auto [r, p] = shape_of(*this);
  return boost::math::ibeta(r, next, p, quiet);
}

double count_law::at_least(std::int64_t k) const {
  if (k <= 0) return 1;
  if (!(mean > 0)) return 0;
  const auto x = static_cast<double>(k);
  return is_poisson(*this) ? poisson_at_least(mean, x) : models::at_least(shape_of(*this), x);
}

std::int64_t count_law::quantile(double q) const {
  if (!(q > 0) || !(mean > 0)) return 0;
  q = std::min(q, q_max);
  return can_walk(*this) ? mass_walk(*this).reach(q) : search(*this, q);
}

void count_law::quantiles(std::span<const double> q, std::span<std::int64_t> out) const {
  if (!(mean > 0) || !can_walk(*this)) {
    std::transform(q.begin(), q.end(), out.begin(), [this](double at) { return quantile(at); });
    return;
  }
  mass_walk walk(*this);
  std::transform(q.begin(), q.end(), out.begin(),
                 [&](double at) { return at > 0 ? walk.reach(std::min(at, q_max)) : 0; });
}

// k P(k; r) = mean P(k - 1; r + 1) turns E[N; N > x] into a tail, and so does its Poisson limit.
double count_law::loss(std::int64_t x) const {
  if (!(mean > 0)) return 0;
  const auto at = static_cast<double>(x);
  double met_above = 0;
  if (is_poisson(*this)) {
    met_above = mean * poisson_at_least(mean, at) - at * poisson_at_least(mean, at + 1);
  } else {
    const auto s = shape_of(*this);
    met_above = mean * models::at_least({s.r + 1, s.p}, at) - at * models::at_least(s, at + 1);
  }
  return std::max(0.0, met_above);
}

}  // namespace aisle::models
