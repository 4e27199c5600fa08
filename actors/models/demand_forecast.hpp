// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "actors/models/control_chart.hpp"
#include "actors/models/count_law.hpp"

namespace aisle::models {

inline constexpr std::size_t days_per_week = 7;

/// The weekday 0 (Monday) to 6 of a day counted from 1970-01-01, a Thursday.
[[nodiscard]] constexpr std::size_t weekday_of(std::int64_t day) {
  const auto weekday = (day + 3) % 7;
  return static_cast<std::size_t>(weekday < 0 ? weekday + 7 : weekday);
}

static_assert(weekday_of(0) == 3 && weekday_of(4) == 0 && weekday_of(-4) == 6);

/// Daily demand of one SKU in one shop:
///   mean of a day = level x day of the week x uplift (on event days) x factor,
/// factor being what is known outside (price, promotion, holiday).
///
/// 1. The level is an exponentially weighted mean of units/(day of week x ...). Its gain is that
///    of a Kalman filter for a level that drifts by a share of itself a day, g = drift sqrt(level /
///    dispersion) within [gain_min, gain_max], so a slow mover is averaged over months and a fast
///    one over weeks; 1/n at the start.
/// 2. The variance of the residual is learned beside it; the law of a day is negative binomial.
/// 3. Day-of-week and event factors are gamma-Poisson posteriors (units sold + k)/(units expected
///    + k): a factor moves away from its prior only as units pay for it.
/// 4. A CUSUM finds level shifts of SKUs that sell more than one a day; the level then becomes the
///    mean since the shift began (Page 1954).
/// 5. Days without stock are censored: they teach only where they sold more than expected.
/// 6. A run of empty days too long for chance is a silence nobody has explained (phantom stock, a
///    SKU taken off the shelf): it teaches nothing more, and what is forecast fades day by day as
///    in TSB (Teunter, Syntetos & Babai 2011) until the SKU sells again, at its old level.
/// 152 bytes a key.
struct demand_forecast {
  struct params {
    double drift = 0.025;  ///< share of itself the level wanders in a day
    double gain_min = 0.01;
    double gain_max = 0.07;
    double variance_gain = 0.01;
    double clip = 10;          ///< a day counts at most this many deviations above its mean
    double week_decay = 0.99;  ///< of what the day-of-week factors remember, per week
    double week_prior = 60;    ///< k of the day-of-week factors, in units
    double event_prior = 100;  ///< k of the event uplift, in units
    double dispersion_min = 1.2;
    double dispersion_prior = 1.5;      ///< variance/mean believed before there is evidence
    double dispersion_prior_days = 14;  ///< its weight against days seen
    cusum::params shift{0.35, 8, 4};
    double shift_level_min = 1;  ///< units a day below which level shifts are not looked for
    double silence_p = 1e-3;     ///< a run of empty days less likely than this is a silence
    double silence_fade = 0.05;  ///< taken off the forecast per day of silence
    std::array<double, days_per_week> week_shape{1, 1, 1, 1, 1, 1, 1};  ///< of the category

    /// What is wrong with these, or nothing.
    [[nodiscard]] std::optional<std::string_view> problem() const;
  };

  /// One day as the shop closed it, or a day to come (units and in_stock unused).
  struct day {
    std::size_t weekday = 0;
    double units = 0;
    double factor = 1;   ///< > 0
    bool event = false;  ///< a promotion, a holiday: learns its own uplift
    bool in_stock = true;
  };

  double level = 0;     ///< units a day at all factors 1
  double variance = 0;  ///< of units/factors around the level
  float days = 0;       ///< learned since the start or the last shift
  cusum shift;
  float rise_sum = 0;  ///< units/factors since the CUSUM's upper side last stood at 0
  float rise_days = 0;
  float fall_sum = 0;
  float fall_days = 0;
  std::array<float, days_per_week> week_units{};
  std::array<float, days_per_week> week_expected{};
  float silence = 0;      ///< -ln of the likelihood of the empty days since the last sale
  float silent_days = 0;  ///< of those, the days past what chance explains
  float event_units = 0;
  float event_expected = 0;

  /// A key nobody has seen yet: the category's mean counts as one day of evidence.
  [[nodiscard]] static demand_forecast cold_start(const params& how, double units_a_day);

  /// Learns a closed day. Days come one by one, the empty ones too. True if the level shifted.
  bool observe(const params& how, const day& closed);

  /// Mean units of a day to come.
  [[nodiscard]] double mean(const params& how, const day& ahead) const;

  /// The law of one day's units.
  [[nodiscard]] count_law law(const params& how, const day& ahead) const;

  /// The law of the sum over the days to come, with what is not known about the level.
  [[nodiscard]] count_law law(const params& how, std::span<const day> ahead) const;

  /// Variance/mean of a day, drawn towards its prior while there is little evidence.
  [[nodiscard]] double dispersion(const params& how) const;

 private:
  [[nodiscard]] double availability(const params& how) const;
  bool hear(const params& how, const day& closed, double expected);
  [[nodiscard]] double gain(const params& how) const;
  [[nodiscard]] double seasonal(const params& how, const day& on) const;
  [[nodiscard]] double level_variance(const params& how, std::size_t days_ahead) const;
  [[nodiscard]] double highest(const params& how) const;
  bool find_shift(const params& how, double units);
  void learn_factors(const params& how, const day& closed);
};

}  // namespace aisle::models
