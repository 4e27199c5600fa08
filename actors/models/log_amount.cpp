// SPDX-License-Identifier: Apache-2.0
#include "actors/models/log_amount.hpp"

#include <cmath>

namespace aisle::models {

std::optional<std::string_view> log_amount::params::problem() const {
  if (!(sigma > 0)) return "sigma must be above 0";
  if (!(alpha >= 0 && alpha <= 1)) return "alpha must be from 0 to 1";
  if (!(deviation_floor > 0)) return "deviation_floor must be above 0";
  if (warm_up < 2) return "warm_up must be at least 2";
  if (relearn_after < 2) return "relearn_after must be at least 2";
  return std::nullopt;
}

log_amount::verdict log_amount::observe(const params& how, double amount) {
  if (!(amount > 0) || !std::isfinite(amount)) return {};
  const double x = std::log(amount);
  verdict now;
  now.usual = std::exp(level.mean);
  if (level.n >= how.warm_up) {
    now.z = level.z(x, how.deviation_floor);
    const double width = std::max(level.deviation(), how.deviation_floor);
    now.limit = std::exp(level.mean + how.sigma * width);
    now.anomalous = now.z > how.sigma;
  }
  learn(how, x, now.anomalous);
  return now;
}

void log_amount::learn(const params& how, double x, bool anomalous) {
  if (!anomalous) {
    flagged = {};
    level.learn(x, how.alpha);
    return;
  }
  flagged.learn(x, 0);
  if (flagged.n < how.relearn_after) return;
  level = flagged;
  flagged = {};
}

}  // namespace aisle::models
