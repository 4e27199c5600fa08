// SPDX-License-Identifier: Apache-2.0
#include "actors/models/volume.hpp"

#include <algorithm>
#include <cmath>

#include "actors/models/count_law.hpp"

namespace aisle::models {
namespace {

constexpr double mean_min = 0.02;             // a slot that never sold still gets a law
constexpr double informative_mean_min = 0.5;  // closed hours say nothing about dispersion
constexpr double dispersion_min = 1.05;
constexpr double dispersion_clip = 12;  // one wild hour does not widen the law for weeks
constexpr double learner_clip = 3;      // deviations
constexpr double remembered_weeks = 7;  // (2 - alpha)/alpha at alpha = 1/4

}  // namespace

std::optional<std::string_view> volume::params::problem() const {
  if (!(p_min > 0 && p_min < 1)) return "p_min must be between 0 and 1";
  if (!(shift.limit > 0)) return "shift.limit must be above 0";
  if (!(alpha > 0 && alpha <= 1)) return "alpha must be above 0 and at most 1";
  if (!(dispersion_alpha > 0 && dispersion_alpha <= 1)) {
    return "dispersion_alpha must be above 0 and at most 1";
  }
  if (warm_up < 1 || warm_up > UINT8_MAX) return "warm_up must be from 1 to 255";
  return std::nullopt;
}

volume::verdict volume::observe(const params& how, std::size_t slot, std::int64_t count) {
  verdict now;
  const auto x = static_cast<double>(count);
  const double visits = profile.visits[slot];
  if (visits < how.warm_up) {
    profile.learn(slot, x, how.alpha);
    return now;
  }
  const double unsure = 1 / std::min(visits, remembered_weeks);
  const double mean = std::max<double>(profile.mean[slot], mean_min);
  const double spread = std::max(dispersion, dispersion_min) * mean * (1 + unsure);
  const double deviation = std::sqrt(spread);
  const count_law law{mean, spread};
  now.expected = mean;
  now.z = (x - mean) / deviation;
  now.p = std::min(1.0, 2 * (x < mean ? law.cdf(count) : law.at_least(count)));
  now.unlikely = now.p < how.p_min;
  now.shifted = shift.observe(how.shift, now.z) != cusum::signal::none;
  if (now.unlikely) shift = {};

  if (!now.anomalous() && mean >= informative_mean_min) {
    const double ratio = std::min((x - mean) * (x - mean) / mean, dispersion_clip) / (1 + unsure);
    dispersion += how.dispersion_alpha * (ratio - dispersion);
  }
  const double reach = learner_clip * deviation;
  profile.learn(slot, std::clamp(x, mean - reach, mean + reach), how.alpha);
  return now;
}

}  // namespace aisle::models
