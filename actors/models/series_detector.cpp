// SPDX-License-Identifier: Apache-2.0
#include "actors/models/series_detector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aisle::models {
namespace {

constexpr double z_max = 30;
constexpr double value_max = 1e36;  // the square of a step, and a float, must hold it
constexpr double deviation_share = 0.03;

// A flat series has no deviation; what moves it counts in millionths of its own size.
double floor_for(double size) { return 1e-6 * std::abs(size) + 1e-9; }

// Past this many deviations all values are equally impossible; without the cap one freak value in
// a flat stretch would hold the gate shut for thousands of values.
double capped(double z) { return std::clamp(z, -z_max, z_max); }

double log_ratio(double steps, double steps_slow) {
  return std::log((steps + 1e-12) / (steps_slow + 1e-12));
}

}  // namespace

std::optional<std::string_view> series_detector::params::problem() const {
  for (const double a :
       {alpha_slow, alpha_hour, alpha_residual, alpha_short, alpha_steps, alpha_steps_slow}) {
    if (!(a > 0 && a <= 1)) return "every alpha must be above 0 and at most 1";
  }
  if (!(clip > 0)) return "clip must be above 0";
  if (!(habit_share > 0 && habit_share < 1)) return "habit_share must be between 0 and 1";
  if (!(habit_step >= 0)) return "habit_step must not be below 0";
  if (!(quiet > 0)) return "quiet must be above 0";
  if (!(threshold > 0)) return "threshold must be above 0";
  if (!(gate.fade > 0 && gate.fade <= 1)) return "gate.fade must be above 0 and at most 1";
  if (!(gate.margin >= 1)) return "gate.margin must be at least 1";
  return std::nullopt;
}

series_detector::verdict series_detector::observe(const params& how, double seen,
                                                  std::size_t hour_of_day) {
  const double value = std::clamp(seen, -value_max, value_max);
  verdict now;
  const double far = level.n > 0 ? distance(how, value, hour_of_day) : 0;
  now.raw = far / std::max(1.0, std::exp(log_habit) / how.quiet);
  now.surprise = now.raw / (now.raw + how.threshold);
  const bool passes = gate.passes(how.gate, now.raw);
  now.score = passes ? now.surprise : 0.1 * now.surprise;
  now.alarm = passes && now.raw > how.threshold;
  learn(how, value, hour_of_day);
  const double passed = far > std::exp(log_habit) ? 1 : 0;
  log_habit = std::max(0.0, log_habit + how.habit_step * (passed - how.habit_share));
  return now;
}

double series_detector::distance(const params& how, double value, std::size_t hour) const {
  const double floor = std::max(deviation_share * level.deviation(), floor_for(level.mean));
  const double usual = hour_count[hour] > 0 ? static_cast<double>(hour_mean[hour]) : level.mean;
  const double z_hour = capped(residual.z(value - usual, floor));
  const double moved = short_mean + how.alpha_short * (value - short_mean) - level.mean;
  const double z_shift = capped(shift.z(moved, floor));
  const double step = value - last;
  const double stepped = steps + how.alpha_steps * (step * step - steps);
  const double z_steps = capped(log_steps.z(log_ratio(stepped, steps_slow), 0.1));
  const double trust = std::min(1.0, level.n / static_cast<double>(how.warm_up));
  return trust * std::sqrt(z_hour * z_hour + z_shift * z_shift + z_steps * z_steps);
}

void series_detector::learn(const params& how, double value, std::size_t hour) {
  if (level.n == 0) short_mean = last = value;
  const double reach = how.clip * std::max(level.deviation(), floor_for(level.mean));
  const double x = level.n < 10 ? value : std::clamp(value, level.mean - reach, level.mean + reach);
  const auto visits = ++hour_count[hour];
  const double usual = visits > 1 ? static_cast<double>(hour_mean[hour]) : level.mean;
  if (level.n > 0) residual.learn(x - usual, how.alpha_residual);
  const double a_hour = std::max(how.alpha_hour, 1.0 / visits);
  hour_mean[hour] = static_cast<float>(hour_mean[hour] + a_hour * (x - hour_mean[hour]));
  if (visits == std::numeric_limits<std::uint16_t>::max()) --hour_count[hour];

  level.learn(x, how.alpha_slow);
  short_mean += how.alpha_short * (x - short_mean);
  shift.learn(short_mean - level.mean, how.alpha_slow);

  const double squared = (x - last) * (x - last);
  last = x;
  const double a = 1.0 / level.n;
  steps += std::max(how.alpha_steps, a) * (squared - steps);
  steps_slow += std::max(how.alpha_steps_slow, a) * (squared - steps_slow);
  log_steps.learn(log_ratio(steps, steps_slow), how.alpha_slow);
}

}  // namespace aisle::models
