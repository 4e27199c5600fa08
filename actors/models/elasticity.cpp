// SPDX-License-Identifier: Apache-2.0
#include "actors/models/elasticity.hpp"

#include <algorithm>
#include <cmath>

namespace aisle::models {
namespace {

constexpr double mean_min = 1e-6;
constexpr double mean_max = 1e9;

}  // namespace

std::optional<std::string_view> elasticity::params::problem() const {
  if (!(prior_deviation > 0 && level_deviation > 0)) return "prior deviations must be above 0";
  if (!(level_drift >= 0 && slope_drift >= 0)) return "drifts must not be below 0";
  if (!(steepest < flattest && flattest < -1)) return "steepest < flattest < -1 must hold";
  if (!(prior >= steepest && prior <= flattest)) return "prior must be within the two bounds";
  if (!(clip > 0)) return "clip must be above 0";
  return std::nullopt;
}

elasticity elasticity::prior(const params& how, double price, double units_a_day) {
  elasticity fresh;
  fresh.base = price;
  fresh.theta = {std::log(std::max(units_a_day, mean_min)), how.prior};
  fresh.p00 = how.level_deviation * how.level_deviation;
  fresh.p11 = how.prior_deviation * how.prior_deviation;
  return fresh;
}

void elasticity::observe(const params& how, const day& closed) {
  const double x = std::log(closed.price / base);
  const double m = std::clamp(mean(closed.price) * closed.factor, mean_min, mean_max);
  const double w = m / closed.dispersion;
  const double px0 = p00 + p01 * x;
  const double px1 = p01 + p11 * x;
  const double den = 1 + w * (px0 + px1 * x);
  const double reach = how.clip * std::sqrt(closed.dispersion * m * den) + how.clip;
  const double surprise = std::clamp(closed.units - m, -reach, reach) / (closed.dispersion * den);
  theta[0] += px0 * surprise;
  theta[1] = std::clamp(theta[1] + px1 * surprise, how.steepest, how.flattest);
  p00 += how.level_drift - w * px0 * px0 / den;
  p01 -= w * px0 * px1 / den;
  p11 += how.slope_drift - w * px1 * px1 / den;
  p11 = std::min(p11, how.prior_deviation * how.prior_deviation);
  units += closed.units;
}

double elasticity::mean(double price) const {
  return std::exp(theta[0] + theta[1] * std::log(price / base));
}

}  // namespace aisle::models
