// SPDX-License-Identifier: Apache-2.0
#include "actors/models/price_target.hpp"

#include <algorithm>
#include <cmath>

#include "actors/models/counter_random.hpp"

namespace aisle::models {

std::optional<std::string_view> price_target::params::problem() const {
  if (!(dither >= 0 && dither < 1)) return "dither must be at least 0 and below 1";
  if (!(units_a_day_min >= 0 && units_min >= 0)) return "units must not be below 0";
  if (!(elasticity_min > 1 && elasticity_min <= elasticity_max)) {
    return "1 < elasticity_min <= elasticity_max must hold";
  }
  return std::nullopt;
}

price_target price_target::choose(const params& how, const models::elasticity& believed,
                                  double cost, std::uint64_t key, std::int64_t day) {
  const auto within = [&](double e) {
    return std::clamp(e, how.elasticity_min, how.elasticity_max);
  };
  const bool sells_slowly = believed.mean(believed.base) < how.units_a_day_min;
  if (sells_slowly || believed.units < how.units_min) {
    const std::int64_t week = (day - (day < 0 ? 6 : 0)) / 7;
    const double swing = (week + static_cast<std::int64_t>(key & 1U)) % 2 == 0 ? 1 : -1;
    return {believed.base * (1 + swing * how.dither), within(-believed.theta[1]), reason::dither};
  }
  const double z = random_normal(how.seed, key, static_cast<std::uint64_t>(day));
  const double e = within(-(believed.theta[1] + std::sqrt(believed.p11) * z));
  return {monopoly_price(cost, e), e, reason::thompson};
}

}  // namespace aisle::models
