// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace aisle::models {

/// The prices a shop puts on a label, in minor units of the currency: those that end the way
/// customers are used to. Cheap goods have finer rungs, or no step of a few percent would reach
/// the next one: by default …5 and …9 below 20.00, ….95 and ….99 from there up to 200.00, then
/// whole units that end in 5 or 9.
struct price_ladder {
  struct tier {
    std::int64_t below = 0;                 ///< the tier's prices are below this; 0 is no bound
    std::int64_t modulus = 10;              ///< endings are remainders by this
    std::array<std::int64_t, 4> endings{};  ///< the first `count`, ascending, below modulus
    std::uint8_t count = 0;
  };

  std::array<tier, 3> tiers{
      {{2'000, 10, {5, 9}, 2}, {20'000, 100, {95, 99}, 2}, {0, 1'000, {500, 900}, 2}}};

  /// Every price is a rung.
  [[nodiscard]] static price_ladder none();

  [[nodiscard]] std::optional<std::string_view> problem() const;

  [[nodiscard]] bool holds(std::int64_t price) const;

  /// The highest rung at or below `price`; 0 if there is none above 0.
  [[nodiscard]] std::int64_t down(std::int64_t price) const;

  /// The lowest rung at or above `price`, and above 0.
  [[nodiscard]] std::int64_t up(std::int64_t price) const;
};

}  // namespace aisle::models
