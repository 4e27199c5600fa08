// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aisle::models {

/// How the demand for one SKU answers its price, learned day by day:
///   ln(mean units) = theta0 + theta1 ln(price/base) + ln(factor), theta1 the elasticity,
/// by an extended Kalman filter with Poisson observations of overdispersion phi
/// (Fahrmeir & Tutz, Multivariate Statistical Modelling, ch. 8):
///   m = exp(theta'x) factor, W = m/phi, den = 1 + W x'P x,
///   theta += P x (q - m)/(phi den), P -= W P x x'P/den.
/// The prior is the mean of 1,851 published elasticities (Bijmolt, van Heerde & Pieters 2005),
/// drawn a little towards 0. 56 bytes a key.
struct elasticity {
  struct params {
    double prior = -2.2;
    double prior_deviation = 0.8;
    double level_deviation = 1;  ///< of theta0 before the first day
    double level_drift = 5e-4;   ///< variance theta0 gains a day
    double slope_drift = 2e-4;   ///< variance theta1 gains a day, up to its prior's
    double steepest = -6;        ///< theta1 stays within these two
    double flattest = -1.05;
    double clip = 10;  ///< a day counts at most this many deviations off its mean

    /// What is wrong with these, or nothing.
    [[nodiscard]] std::optional<std::string_view> problem() const;
  };

  struct day {
    double price = 0;  ///< > 0, in force that day
    double units = 0;
    double factor = 1;        ///< > 0: weekday, event; what else moved demand
    double dispersion = 1.5;  ///< variance/mean of a day's units
  };

  double base = 0;  ///< the first price seen; 0 before that
  std::array<double, 2> theta{};
  double p00 = 0;  ///< the covariance of theta
  double p01 = 0;
  double p11 = 0;
  double units = 0;  ///< sold on the days learned

  /// Before the first day: a SKU expected to sell `units_a_day` (> 0) at `price` (> 0).
  [[nodiscard]] static elasticity prior(const params& how, double price, double units_a_day);

  /// Learns a day with stock on the shelf all day; others say nothing about the price.
  void observe(const params& how, const day& closed);

  /// Mean units a day at a price, at factor 1.
  [[nodiscard]] double mean(double price) const;
};

}  // namespace aisle::models
