// SPDX-License-Identifier: Apache-2.0
#include "actors/models/demand_forecast.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace aisle::models {
namespace {

constexpr double level_floor = 1e-6;

double gamma_poisson(double units, double expected, double prior, double k) {
  return (units + k * prior) / (expected + k);
}

}  // namespace

std::optional<std::string_view> demand_forecast::params::problem() const {
  if (!(drift > 0)) return "drift must be above 0";
  if (!(gain_min > 0 && gain_min <= gain_max && gain_max <= 1)) {
    return "gain_min and gain_max must ascend within 0 and 1";
  }
  if (!(variance_gain > 0 && variance_gain <= 1)) return "variance_gain must be within 0 and 1";
  if (!(week_decay > 0 && week_decay <= 1)) return "week_decay must be above 0 and at most 1";
  if (!(week_prior > 0 && event_prior > 0)) return "week_prior and event_prior must be above 0";
  if (!(dispersion_min >= 1)) return "dispersion_min must be at least 1";
  for (const double share : week_shape) {
    if (!(share > 0)) return "every day of week_shape must be above 0";
  }
  return std::nullopt;
}

demand_forecast demand_forecast::cold_start(const params& how, double units_a_day) {
  demand_forecast fresh;
  fresh.level = std::max(0.0, units_a_day);
  fresh.variance = how.dispersion_prior * fresh.level;
  fresh.days = 1;
  return fresh;
}

bool demand_forecast::observe(const params& how, const day& closed) {
  const double factors = closed.factor * seasonal(how, closed);
  const double expected = level * factors;
  if (!closed.in_stock && closed.units <= expected) return false;
  if (!hear(how, closed, expected)) return false;
  const double x = std::min(closed.units / factors, highest(how));
  const bool shifted = find_shift(how, x);
  if (!shifted) {
    days += 1;
    const double d = x - level;
    level = std::max(0.0, level + gain(how) * d);
    const double a = std::max(how.variance_gain, 1.0 / static_cast<double>(days));
    variance = (1 - a) * (variance + a * d * d);
  }
  learn_factors(how, closed);
  return shifted;
}

double demand_forecast::mean(const params& how, const day& ahead) const {
  return level * ahead.factor * seasonal(how, ahead) * availability(how);
}

count_law demand_forecast::law(const params& how, const day& ahead) const {
  return law(how, std::span(&ahead, 1));
}

count_law demand_forecast::law(const params& how, std::span<const day> ahead) const {
  const double total =
      std::accumulate(ahead.begin(), ahead.end(), 0.0,
                      [&](double sum, const day& each) { return sum + mean(how, each); });
  const double share = total / std::max(level, level_floor);
  const double here = availability(how);
  // Either the SKU is there, or nothing sells: the mixture's variance has the gap between the two.
  const double gap = here < 1 ? total * total * (1 / here - 1) : 0;
  return {total,
          dispersion(how) * total + share * share * level_variance(how, ahead.size()) / here + gap};
}

double demand_forecast::dispersion(const params& how) const {
  const double measured = variance / std::max(level, level_floor);
  const double seen = static_cast<double>(days);
  const double drawn = (seen * measured + how.dispersion_prior_days * how.dispersion_prior) /
                       (seen + how.dispersion_prior_days);
  return std::max(drawn, how.dispersion_min);
}

double demand_forecast::availability(const params& how) const {
  return std::pow(1 - how.silence_fade, static_cast<double>(silent_days));
}

// True if the day says something about the level. -ln P(0) of the negative binomial is
// mean ln(phi)/(phi - 1).
bool demand_forecast::hear(const params& how, const day& closed, double expected) {
  if (closed.units > 0) {
    silence = silent_days = 0;
    return true;
  }
  const double phi = dispersion(how);
  silence += static_cast<float>(expected * std::log(phi) / (phi - 1));
  if (static_cast<double>(silence) <= -std::log(how.silence_p)) return true;
  silent_days += 1;
  return false;
}

double demand_forecast::gain(const params& how) const {
  const double steady = how.drift * std::sqrt(level / dispersion(how));
  return std::max(std::clamp(steady, how.gain_min, how.gain_max),
                  1.0 / std::max(1.0, static_cast<double>(days)));
}

// Of a Kalman filter in its steady state, gain x variance of an observation, and what the level
// drifts on average over the days to come.
double demand_forecast::level_variance(const params& how, std::size_t days_ahead) const {
  const double drifted = how.drift * level;
  return gain(how) * dispersion(how) * level +
         drifted * drifted * static_cast<double>(days_ahead) / 3;
}

double demand_forecast::seasonal(const params& how, const day& on) const {
  double shape_sum = 0;
  double shape_on = 1;
  for (std::size_t w = 0; w < days_per_week; ++w) {
    const double shape =
        gamma_poisson(week_units[w], week_expected[w], how.week_shape[w], how.week_prior);
    shape_sum += shape;
    if (w == on.weekday) shape_on = shape;
  }
  const double week = shape_on * days_per_week / shape_sum;
  return on.event ? week * gamma_poisson(event_units, event_expected, 1, how.event_prior) : week;
}

// One bulk order must not carry the level away; in the first two weeks nothing is known to be bulk.
double demand_forecast::highest(const params& how) const {
  if (days < 2 * static_cast<float>(days_per_week)) return std::numeric_limits<double>::infinity();
  return level + how.clip * std::sqrt(std::max(variance, how.dispersion_min * level));
}

// Each side remembers the values since it last stood at 0: the best guess of when the shift began.
bool demand_forecast::find_shift(const params& how, double units) {
  if (level <= how.shift_level_min || days < static_cast<float>(days_per_week)) return false;
  const double z = (units - level) / std::sqrt(std::max(variance, how.dispersion_min * level));
  const auto signal = shift.observe(how.shift, z);
  const auto x = static_cast<float>(units);
  rise_sum += x;
  rise_days += 1;
  fall_sum += x;
  fall_days += 1;
  if (signal != cusum::signal::none) {
    const bool rose = signal == cusum::signal::up;
    level = static_cast<double>(rose ? rise_sum / rise_days : fall_sum / fall_days);
    variance = std::max(variance, dispersion(how) * level);
    days = std::max(static_cast<float>(days_per_week), rose ? rise_days : fall_days);
  }
  if (shift.up <= 0) rise_sum = rise_days = 0;
  if (shift.down <= 0) fall_sum = fall_days = 0;
  return signal != cusum::signal::none;
}

void demand_forecast::learn_factors(const params& how, const day& closed) {
  const double plain = level * closed.factor;
  const double uplift =
      closed.event ? gamma_poisson(event_units, event_expected, 1, how.event_prior) : 1;
  const double week = seasonal(how, {.weekday = closed.weekday});
  const auto w = closed.weekday;
  const auto keep = static_cast<float>(how.week_decay);
  week_units[w] = keep * week_units[w] + static_cast<float>(closed.units / uplift);
  week_expected[w] = keep * week_expected[w] + static_cast<float>(plain);
  if (!closed.event) return;
  event_units += static_cast<float>(closed.units);
  event_expected += static_cast<float>(plain * week);
}

}  // namespace aisle::models
