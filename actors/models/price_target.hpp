// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/models/elasticity.hpp"

namespace aisle::models {

/// The profit-maximal price of constant elasticity: cost e/(e - 1), e > 1 the elasticity's size
/// (Lerner 1934: margin/price = 1/e).
[[nodiscard]] constexpr double monopoly_price(double cost, double e) { return cost * e / (e - 1); }

/// The price to aim at, before any guard rail. A SKU that has sold enough gets the best price for
/// an elasticity drawn from what is believed (Thompson 1933): it explores where exploring is worth
/// most. A SKU too new or too slow for that swings by `dither` around its base price, a week up
/// and a week down. Greedy pricing at the best estimate earns less than never changing a price: it
/// stops learning (Keskin & Zeevi 2014).
struct price_target {
  struct params {
    std::uint64_t seed = 0;
    double dither = 0.05;
    double units_min = 60;       ///< units sold below which to dither
    double units_a_day_min = 2;  ///< units a day below which to dither
    double elasticity_min = 1.05;
    double elasticity_max = 6;

    /// What is wrong with these, or nothing.
    [[nodiscard]] std::optional<std::string_view> problem() const;
  };

  enum class reason : std::uint8_t {
    dither,    ///< a swing around the base price, to learn
    thompson,  ///< the best price for a drawn elasticity
  };

  double price = 0;
  double elasticity = 0;  ///< the one it is best for; while dithering, the one believed
  reason why = reason::dither;

  /// The target of `key` (a hash of the SKU) on a day counted from 1970-01-01; `cost` > 0. The
  /// same arguments give the same target on every run.
  [[nodiscard]] static price_target choose(const params& how, const models::elasticity& believed,
                                           double cost, std::uint64_t key, std::int64_t day);
};

}  // namespace aisle::models
