// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>

namespace aisle::world {

/// An exact amount of money in hundredths.
struct money {
  std::int64_t cents = 0;

  friend constexpr auto operator<=>(const money&, const money&) = default;
  friend constexpr money operator+(money a, money b) { return {a.cents + b.cents}; }
  friend constexpr money operator-(money a, money b) { return {a.cents - b.cents}; }
  friend constexpr money operator*(std::int64_t times, money a) { return {times * a.cents}; }
  constexpr money& operator+=(money other) {
    cents += other.cents;
    return *this;
  }
};

/// `amount` times `factor`, rounded to the nearest cent (halves away from zero).
money scaled(money amount, double factor);

/// The nearest price a shop would print: 0.x9 below one, x.x9 below ten, x.49 or x.99 below fifty,
/// x.99 above; at least 0.09.
money charm_price(money price);

}  // namespace aisle::world
