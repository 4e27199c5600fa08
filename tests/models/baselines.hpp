// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace aisle::models::testing {

/// Croston's method (1972): smooths the sizes of demands and the intervals between them, each from
/// its first value; nothing moves in periods without demand.
struct croston {
  double alpha = 0.1;
  double size = 0;
  double interval = 0;
  double since = 0;
  bool started = false;

  void observe(double units) {
    since += 1;
    if (!(units > 0)) return;
    size += started ? alpha * (units - size) : units;
    interval += started ? alpha * (since - interval) : since;
    since = 0;
    started = true;
  }

  [[nodiscard]] double forecast() const { return started ? size / interval : 0; }

  /// Without Croston's bias (Syntetos & Boylan 2005).
  [[nodiscard]] double sba() const { return (1 - alpha / 2) * forecast(); }

  /// The same, corrected again (Shale, Boylan & Johnston 2006).
  [[nodiscard]] double sbj() const { return (1 - alpha / (2 - alpha)) * forecast(); }
};

/// Smooths the probability of a demand in every period and its size in those that have one
/// (Teunter, Syntetos & Babai 2011).
struct tsb {
  double alpha_probability = 0.05;
  double alpha_size = 0.05;
  double probability = 0.5;
  double size = 1;

  void observe(double units) {
    probability += alpha_probability * ((units > 0 ? 1 : 0) - probability);
    if (units > 0) size += alpha_size * (units - size);
  }

  [[nodiscard]] double forecast() const { return probability * size; }
};

/// Simple exponential smoothing.
struct smoothing {
  double alpha = 0.1;
  double level = 0;

  void observe(double units) { level += alpha * (units - level); }
};

/// The mean of the last `window` values before `end`.
inline double moving_average(std::span<const double> units, std::size_t end, std::size_t window) {
  double sum = 0;
  const std::size_t from = end > window ? end - window : 0;
  for (std::size_t i = from; i < end; ++i)
    sum += units[i];
  return end > from ? sum / static_cast<double>(end - from) : 0;
}

/// Root mean squared error in units of the naive forecast's error over the training data.
inline double rmsse(std::span<const double> train, std::span<const double> actual,
                    std::span<const double> forecast) {
  double scale = 0;
  for (std::size_t i = 1; i < train.size(); ++i) {
    scale += (train[i] - train[i - 1]) * (train[i] - train[i - 1]);
  }
  scale /= static_cast<double>(train.size() - 1);
  double error = 0;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    error += (actual[i] - forecast[i]) * (actual[i] - forecast[i]);
  }
  return std::sqrt(error / static_cast<double>(actual.size()) / scale);
}

}  // namespace aisle::models::testing
