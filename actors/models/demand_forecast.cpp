// SPDX-License-Identifier: Apache-2.0
#include "actors/models/demand_forecast.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace aisle::models {
namespace {

constexpr double level_floor = 1e-6;
constexpr double mean_floor = 0.01;  // units; below it a day's dispersion means nothing
constexpr double evidence_max = 10;
constexpr double beyond_usual = 1.5;
constexpr double usual_kept = 0.98;  // per sale
constexpr double calm_prior = 1;     // ln of the odds for calm before there is evidence

double gamma_poisson(double units, double expected, double prior, double k) {
  return (units + k * prior) / (expected + k);
}

double start_gain(float days) { return 1.0 / std::max(1.0, static_cast<double>(days)); }

}  // namespace

std::optional<std::string_view> demand_forecast::params::problem() const {
  if (!(drift_calm > 0 && drift_calm <= drift_lively)) {
    return "0 < drift_calm <= drift_lively must hold";
  }
  if (!(evidence_kept >= 0 && evidence_kept < 1)) return "evidence_kept must be within 0 and 1";
  if (!(gain_min > 0 && gain_min <= gain_min_lively && gain_min_lively <= gain_max &&
        gain_max <= 1)) {
    return "0 < gain_min <= gain_min_lively <= gain_max <= 1 must hold";
  }
  if (!(silence_p > 0 && silence_p < 1)) return "silence_p must be between 0 and 1";
  if (!(silence_fade >= 0 && silence_fade < 1)) return "silence_fade must be from 0 to below 1";
  if (!(clip > 0)) return "clip must be above 0";
  if (!(dispersion_gain > 0 && dispersion_gain <= 1))
    return "dispersion_gain must be within 0 and 1";
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
  fresh.calm = fresh.lively = std::max(0.0, units_a_day);
  fresh.means = fresh.calm;
  fresh.squares = how.dispersion_prior * fresh.means;
  fresh.days = fresh.lively_days = 1;
  return fresh;
}

bool demand_forecast::observe(const params& how, const day& closed) {
  const double factors = closed.factor * seasonal(how, closed);
  const double expected = level() * factors;
  if (!closed.in_stock && closed.units <= expected) return false;
  if (!hear(how, closed, expected)) return false;
  const double units = believable(how, closed.units, expected);
  const bool proposed = find_shift(how, units, factors);
  learn_level(how, units, factors);
  learn_factors(how, closed, units);
  return proposed;
}

double demand_forecast::mean(const params& how, const day& ahead) const {
  return level() * ahead.factor * seasonal(how, ahead) * availability(how);
}

count_law demand_forecast::law(const params& how, const day& ahead,
                               std::size_t days_between) const {
  return spread_out(how, mean(how, ahead), static_cast<double>(days_between));
}

// The sum of a random walk over H days has H^3/3 of the variance of its step, a mean H/3.
count_law demand_forecast::law(const params& how, std::span<const day> ahead) const {
  const double total =
      std::accumulate(ahead.begin(), ahead.end(), 0.0,
                      [&](double sum, const day& each) { return sum + mean(how, each); });
  return spread_out(how, total, static_cast<double>(ahead.size()) / 3);
}

count_law demand_forecast::law_from(const params& how, std::size_t weekday,
                                    std::size_t days_ahead) const {
  const auto shares = rhythm(how);
  const double base = level();
  const double here = availability(how);
  double total = 0;
  for (std::size_t i = 0; i < days_ahead; ++i) {
    total += base * shares[(weekday + i) % days_per_week] * here;
  }
  return spread_out(how, total, static_cast<double>(days_ahead) / 3);
}

count_law demand_forecast::spread_out(const params& how, double total, double drift_days) const {
  const double share = total / std::max(level(), level_floor);
  const double here = availability(how);
  // Either the SKU is there, or nothing sells: the mixture's variance has the gap between the two.
  const double gap = here < 1 ? total * total * (1 / here - 1) : 0;
  return {total,
          dispersion(how) * total + share * share * level_variance(how, drift_days) / here + gap};
}

double demand_forecast::dispersion(const params& how) const {
  const double seen = static_cast<double>(days);
  const double measured = squares / std::max(means, mean_floor);
  const double drawn = (seen * measured + how.dispersion_prior_days * how.dispersion_prior) /
                       (seen + how.dispersion_prior_days);
  return std::max(drawn, how.dispersion_min);
}

double demand_forecast::availability(const params& how) const {
  return std::pow(1 - how.silence_fade, static_cast<double>(silent_days));
}

// True if the day says something about the level. -ln P(0) of the negative binomial is
// mean ln(phi)/(phi - 1). What a sale ends raises the bound, by half at most at a time: a real
// outage is no habit yet.
bool demand_forecast::hear(const params& how, const day& closed, double expected) {
  const double usual = static_cast<double>(usual_silence);
  const double bound = std::max(-std::log(how.silence_p), beyond_usual * usual);
  if (closed.units > 0) {
    const double ended = std::min(static_cast<double>(silence), beyond_usual * bound);
    usual_silence = static_cast<float>(std::max(usual_kept * usual, ended));
    silence = silent_days = 0;
    return true;
  }
  const double phi = dispersion(how);
  silence += static_cast<float>(expected * std::log(phi) / (phi - 1));
  if (static_cast<double>(silence) <= bound) return true;
  silent_days += 1;
  return false;
}

double demand_forecast::level() const {
  const double w = lively_weight();
  return calm + w * (lively - calm);
}

double demand_forecast::lively_weight() const {
  return 1 / (1 + std::exp(calm_prior - static_cast<double>(evidence)));
}

double demand_forecast::gain_calm(const params& how) const {
  const double steady = how.drift_calm * std::sqrt(level() / dispersion(how));
  return std::max(std::clamp(steady, how.gain_min, how.gain_max), start_gain(days));
}

double demand_forecast::gain_lively(const params& how) const {
  const double steady = how.drift_lively * std::sqrt(level() / dispersion(how));
  return std::max(std::clamp(steady, how.gain_min_lively, how.gain_max), start_gain(lively_days));
}

// The step is gain x (units - mean), not gain x (units/factors - level): a day on which little
// was to be sold says little.
void demand_forecast::learn_level(const params& how, double units, double factors) {
  const double mean = std::max(level() * factors, mean_floor);
  const double off = units - mean;
  const double off_calm = units - calm * factors;
  const double off_lively = units - lively * factors;
  const double spread = 2 * dispersion(how) * mean;
  const double odds = (off_calm * off_calm - off_lively * off_lively) / spread;
  days += 1;
  lively_days += 1;
  const double a = std::max(how.dispersion_gain, 1.0 / static_cast<double>(days));
  squares += a * (off * off - squares);
  means += a * (mean - means);
  const double gain_max = 0.5 / factors;
  calm += std::min(gain_max, gain_calm(how)) * off_calm;
  lively += std::min(gain_max, gain_lively(how)) * off_lively;
  evidence = static_cast<float>(
      std::max(-evidence_max, how.evidence_kept * static_cast<double>(evidence) + odds));
  if (static_cast<double>(evidence) < evidence_max) return;
  calm = lively;
  days = std::min(days, static_cast<float>(1 / gain_lively(how)));
  evidence = 0;
}

// Of a Kalman filter in its steady state, gain x variance of an observation for a level that
// drifts, half of that for one that does not; and what it drifts over the days to come.
double demand_forecast::level_variance(const params& how, double drift_days) const {
  const double w = lively_weight();
  const double g_calm = gain_calm(how);
  const double g = (1 - w) * g_calm / (2 - g_calm) + w * gain_lively(how);
  const double drift2 =
      (1 - w) * how.drift_calm * how.drift_calm + w * how.drift_lively * how.drift_lively;
  const double apart = lively - calm;
  return g * dispersion(how) * level() + drift2 * level() * level() * drift_days +
         w * (1 - w) * apart * apart;
}

std::array<double, days_per_week> demand_forecast::rhythm(const params& how) const {
  std::array<double, days_per_week> shares{};
  double sum = 0;
  for (std::size_t w = 0; w < days_per_week; ++w) {
    shares[w] = gamma_poisson(week_units[w], week_expected[w], how.week_shape[w], how.week_prior);
    sum += shares[w];
  }
  for (auto& share : shares) {
    share = share * days_per_week / sum;
  }
  return shares;
}

double demand_forecast::seasonal(const params& how, const day& on) const {
  const double week = rhythm(how)[on.weekday];
  return on.event ? week * gamma_poisson(event_units, event_expected, 1, how.event_prior) : week;
}

// One bulk order must not carry the level away; in the first two weeks nothing is known to be bulk.
double demand_forecast::believable(const params& how, double units, double expected) const {
  if (days < 2 * static_cast<float>(days_per_week)) return units;
  const double mean = std::max(expected, mean_floor);
  return std::min(units, mean + how.clip * std::sqrt(dispersion(how) * mean));
}

// Each side remembers the days since it last stood at 0: the best guess of when the shift began.
bool demand_forecast::find_shift(const params& how, double units, double factors) {
  if (level() <= how.shift_level_min || days < static_cast<float>(days_per_week)) return false;
  const double mean = level() * factors;
  const auto signal = shift.observe(how.shift, (units - mean) / std::sqrt(dispersion(how) * mean));
  rise_sum += static_cast<float>(units);
  rise_days += static_cast<float>(factors);
  fall_sum += static_cast<float>(units);
  fall_days += static_cast<float>(factors);
  if (signal == cusum::signal::up) {
    propose(how, static_cast<double>(rise_sum / rise_days), rise_days);
  } else if (signal == cusum::signal::down) {
    propose(how, static_cast<double>(fall_sum / fall_days), fall_days);
  }
  if (shift.up <= 0) rise_sum = rise_days = 0;
  if (shift.down <= 0) fall_sum = fall_days = 0;
  return signal != cusum::signal::none;
}

// How much better the new level explains the days it is the mean of, less the odds against it.
void demand_forecast::propose(const params& how, double new_level, float rests_on) {
  const double moved = new_level - calm;
  const double better = static_cast<double>(rests_on) * moved * moved /
                        (2 * dispersion(how) * std::max(level(), mean_floor));
  lively = new_level;
  lively_days = std::max(1.0F, rests_on - 1);  // today is learned right after
  evidence = static_cast<float>(std::clamp(better - how.shift_odds, -evidence_max, evidence_max));
}

void demand_forecast::learn_factors(const params& how, const day& closed, double units) {
  const double plain = level() * closed.factor;
  const double uplift =
      closed.event ? gamma_poisson(event_units, event_expected, 1, how.event_prior) : 1;
  const double week = seasonal(how, {.weekday = closed.weekday});
  const auto w = closed.weekday;
  const auto keep = static_cast<float>(how.week_decay);
  week_units[w] = keep * week_units[w] + static_cast<float>(units / uplift);
  week_expected[w] = keep * week_expected[w] + static_cast<float>(plain);
  if (!closed.event) return;
  event_units += static_cast<float>(units);
  event_expected += static_cast<float>(plain * week);
}

}  // namespace aisle::models
