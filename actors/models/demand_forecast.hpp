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
/// 1. Two levels are kept, one that hardly drifts (calm) and one that does (lively). Each has the
///    gain of a Kalman filter for a level that wanders by a share of itself a day, drift
///    sqrt(level/dispersion): slow movers are averaged over months, fast ones over weeks; 1/n at
///    the start. The level is their mean, weighted by how likely each made the last months
///    (model averaging with forgetting; Raftery, Karny & Ettler 2010). Once calm is refuted it
///    goes on from lively.
/// 2. The dispersion, (units - mean)^2 over mean, is learned beside them; the law of a day is
///    negative binomial.
/// 3. Day-of-week and event factors are gamma-Poisson posteriors (units sold + k)/(units expected
///    + k): a factor moves away from its prior only as units pay for it.
/// 4. A CUSUM looks for level shifts of SKUs that sell more than one a day, and proposes the mean
///    since the shift began (Page 1954) as the lively level; the likelihood decides between it and
///    the calm one.
/// 5. Days without stock are censored: they teach only where they sold more than expected.
/// 6. A run of empty days too long for chance is a silence nobody has explained (phantom stock, a
///    SKU taken off the shelf): it teaches nothing more, and what is forecast fades day by day as
///    in TSB (Teunter, Syntetos & Babai 2011) until the SKU sells again, at its old level. A SKU
///    whose sales come in clusters shows it: runs that a sale has ended raise the bound.
/// 152 bytes a key.
struct demand_forecast {
  struct params {
    double drift_calm = 0.003;    ///< share of itself the calm level wanders in a day
    double drift_lively = 0.035;  ///< and the lively one
    double gain_min = 0.005;      ///< of the calm level
    double gain_min_lively = 0.02;
    double gain_max = 0.12;
    double evidence_kept = 0.995;  ///< of the evidence for lively, per day
    double dispersion_gain = 0.0075;
    double clip = 10;          ///< a day counts at most this many deviations above its mean
    double week_decay = 0.99;  ///< of what the day-of-week factors remember, per week
    double week_prior = 60;    ///< k of the day-of-week factors, in units
    double event_prior = 100;  ///< k of the event uplift, in units
    double dispersion_min = 1.2;
    double dispersion_prior = 1.5;      ///< variance/mean believed before there is evidence
    double dispersion_prior_days = 14;  ///< its weight against days seen
    cusum::params shift{0.35, 8, 4};
    double shift_odds = 6;       ///< ln of the odds against a shift a CUSUM proposes
    double shift_level_min = 1;  ///< units a day below which level shifts are not looked for
    double silence_p = 1e-4;     ///< a run of empty days less likely than this is a silence
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

  double calm = 0;     ///< units a day at all factors 1
  double lively = 0;   ///< the same, learned faster
  float evidence = 0;  ///< ln of the odds that the level is lively
  double squares = 0;  ///< recent mean of (units - mean)^2
  double means = 0;    ///< recent mean of mean
  float days = 0;      ///< calm rests on so many
  float lively_days = 0;
  cusum shift;
  float rise_sum = 0;   ///< units since the CUSUM's upper side last stood at 0
  float rise_days = 0;  ///< days since then, at factor 1
  float fall_sum = 0;
  float fall_days = 0;
  std::array<float, days_per_week> week_units{};
  std::array<float, days_per_week> week_expected{};
  float silence = 0;        ///< -ln of the likelihood of the empty days since the last sale
  float usual_silence = 0;  ///< the same of the longest runs a sale has ended, fading
  float silent_days = 0;    ///< of those, the days past what chance explains
  float event_units = 0;
  float event_expected = 0;

  /// A key nobody has seen yet: the category's mean counts as one day of evidence.
  [[nodiscard]] static demand_forecast cold_start(const params& how, double units_a_day);

  /// Learns a closed day. Days come one by one, the empty ones too. True if a level shift is
  /// proposed.
  bool observe(const params& how, const day& closed);

  /// Units a day at all factors 1.
  [[nodiscard]] double level() const;

  /// Mean units of a day to come.
  [[nodiscard]] double mean(const params& how, const day& ahead) const;

  /// The law of the units of one day, `days_between` days after tomorrow.
  [[nodiscard]] count_law law(const params& how, const day& ahead,
                              std::size_t days_between = 0) const;

  /// The law of the sum over the days to come, with what is not known about the level.
  [[nodiscard]] count_law law(const params& how, std::span<const day> ahead) const;

  /// The same for so many days in a row that are like any other, from this weekday on.
  [[nodiscard]] count_law law_from(const params& how, std::size_t weekday, std::size_t days) const;

  /// Variance/mean of a day, drawn towards its prior while there is little evidence.
  [[nodiscard]] double dispersion(const params& how) const;

 private:
  [[nodiscard]] double availability(const params& how) const;
  [[nodiscard]] double lively_weight() const;
  [[nodiscard]] double gain_calm(const params& how) const;
  [[nodiscard]] double gain_lively(const params& how) const;
  [[nodiscard]] count_law spread_out(const params& how, double total, double drift_days) const;
  /// How much of an average day each weekday sells.
  [[nodiscard]] std::array<double, days_per_week> rhythm(const params& how) const;
  [[nodiscard]] double seasonal(const params& how, const day& on) const;
  [[nodiscard]] double level_variance(const params& how, double drift_days) const;
  [[nodiscard]] double believable(const params& how, double units, double expected) const;
  bool hear(const params& how, const day& closed, double expected);
  void learn_level(const params& how, double units, double factors);
  bool find_shift(const params& how, double units, double factors);
  void propose(const params& how, double new_level, float rests_on);
  void learn_factors(const params& how, const day& closed, double units);
};

}  // namespace aisle::models
