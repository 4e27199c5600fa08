// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/models/moments.hpp"
#include "actors/models/peak_gate.hpp"

namespace aisle::models {

/// Scores each value of any series with constant work, for series nobody described: how far it is
/// from its hour of the day, how far the short mean has moved from the long one, and how far the
/// size of the steps has changed; each in its own deviations, then measured against what this
/// series does every fiftieth value anyway:
///   raw = sqrt(z_hour^2 + z_shift^2 + z_steps^2) / max(1, habit / quiet).
/// A peak gate lets through one value per incident. 288 bytes a key.
struct series_detector {
  struct params {
    double alpha_slow = 0.001;      ///< of the long mean and of the deviations of shift and steps
    double alpha_hour = 0.01;       ///< of the mean of an hour of the day
    double alpha_residual = 0.003;  ///< of the deviation around that mean
    double alpha_short = 0.1;       ///< of the short mean
    double alpha_steps = 0.05;      ///< of the recent size of the steps
    double alpha_steps_slow = 0.003;
    double clip = 10;             ///< learners see a value at most this many deviations out
    std::uint32_t warm_up = 150;  ///< values before raw scores count in full; linear up to there
    double habit_share = 0.02;    ///< habit is the score this share of the values passes
    double habit_step = 0.05;     ///< of ln habit, per value (a quantile by stochastic gradient)
    double quiet = 4;             ///< a habit up to this takes nothing off the score
    double threshold = 5;         ///< alarm above this raw score
    peak_gate::params gate{};

    /// What is wrong with these, or nothing.
    [[nodiscard]] std::optional<std::string_view> problem() const;
  };

  struct verdict {
    double raw = 0;       ///< >= 0
    double surprise = 0;  ///< raw/(raw + threshold): [0, 1), 0.5 at the threshold
    double score = 0;     ///< surprise where the gate lets it pass, a tenth of it elsewhere
    bool alarm = false;   ///< passed the gate above the threshold
  };

  moments level;
  std::array<float, 24> hour_mean{};
  std::array<std::uint16_t, 24> hour_count{};
  moments residual;
  double short_mean = 0;
  moments shift;
  double last = 0;
  double steps = 0;
  double steps_slow = 0;
  moments log_steps;
  double log_habit = 0;  ///< >= 0
  peak_gate gate;

  /// Judges and then learns a finite value (beyond 1e36 counts as 1e36) of hour 0 to 23.
  verdict observe(const params& how, double value, std::size_t hour_of_day);

 private:
  [[nodiscard]] double distance(const params& how, double value, std::size_t hour) const;
  void learn(const params& how, double value, std::size_t hour);
};

}  // namespace aisle::models
