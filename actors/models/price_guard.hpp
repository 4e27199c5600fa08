// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "actors/models/price_ladder.hpp"

namespace aisle::models {

/// What a new price must keep to. Money is in minor units of the currency, shares in basis points
/// (1 % is 100), so every bound is exact.
struct price_rules {
  std::int64_t margin_min_bp = 0;     ///< of the price: floor = cost/(1 - margin)
  std::int64_t floor = 0;             ///< lowest price agreed with the brand; 0 is none
  std::int64_t ceiling = 0;           ///< highest price; 0 is none
  std::int64_t step_max_bp = 800;     ///< of the current price, per change
  std::int64_t rival_under_bp = 200;  ///< at most this far below the cheapest rival
  std::int64_t rival_over_bp = 1000;  ///< at most this far above the median rival
  std::int64_t cooldown_ms = 24LL * 3'600'000;
  std::int64_t cooldown_after_raise_ms = 7 * 24LL * 3'600'000;
  price_ladder ladder{};

  /// What is wrong with these, or nothing.
  [[nodiscard]] std::optional<std::string_view> problem() const;
};

/// Believable offers of rivals: fresh, in stock, none more than 30 % below the median.
struct rival_prices {
  std::int64_t cheapest = 0;  ///< 0: no rival
  std::int64_t median = 0;
};

/// Sorts `offers` in place and drops those that must be errors.
[[nodiscard]] rival_prices believable(std::span<std::int64_t> offers);

struct price_situation {
  std::int64_t target = 0;   ///< what the model would ask
  std::int64_t current = 0;  ///< > 0
  std::int64_t cost = 0;     ///< >= 0
  rival_prices rivals{};
  std::int64_t lowest_30_days = 0;   ///< 0: not known
  std::int64_t ms_since_change = 0;  ///< of the current price
  bool last_was_raise = false;
};

enum class price_rule : std::uint8_t {
  target,        ///< the model's price
  rival_band,    ///< rivals, see price_rules
  step_max,      ///< too far from the current price in one change
  cooldown,      ///< changed too recently: stay
  ceiling,       ///< above the highest price
  ladder,        ///< not a price one puts on a label
  margin_floor,  ///< below what cost, margin and brand allow
};

[[nodiscard]] std::string_view name_of(price_rule rule);

/// The price after one rule; only rules that changed it are in a trail.
struct clamp {
  price_rule rule = price_rule::target;
  std::int64_t price = 0;
};

struct guarded_price {
  std::int64_t price = 0;
  std::int64_t floor = 0;            ///< the margin floor, before the ladder
  std::int64_t reduced_from = 0;     ///< the 30-day lowest, where the price undercuts it: only then
                                     ///< may a reduction be announced, and from this; else 0
  bool floor_above_ceiling = false;  ///< the two contradict each other; the floor won
  std::array<clamp, 7> steps{};
  std::size_t step_count = 0;

  [[nodiscard]] std::span<const clamp> trail() const { return std::span(steps).first(step_count); }
  [[nodiscard]] price_rule binding() const { return steps[step_count - 1].rule; }
};

/// Brings a target within the rules. Each rule takes the price the one before left; a later rule
/// wins: target, rivals, step, cool-down, ceiling, ladder, margin floor. The result is on the
/// ladder, or it is the current price unchanged; it is never below the floor.
[[nodiscard]] guarded_price guard(const price_rules& rules, const price_situation& now);

}  // namespace aisle::models
