// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace aisle::world {

/// A kind of article: every variant is sold in every size. Lists are separated by |; sizes stand
/// from small to large. Prices are those of the smallest size, in cents.
struct article {
  std::string_view noun;
  std::string_view variants;
  std::string_view sizes;
  int price_low;
  int price_high;
};

/// A department, and what is true of all it sells.
struct department {
  std::string_view name;
  double appeal;      ///< how much more often than others its products are bought
  double margin_low;  ///< (price - cost) / price
  double margin_high;
  double elasticity;  ///< mean of the true own-price elasticities, as a positive number
  int lead_low;       ///< days from order to delivery
  int lead_high;
  std::span<const int> packs;  ///< units in a case
  std::span<const article> articles;
};

/// All departments of the chain.
std::span<const department> departments();

/// Brands put before the name; the first is empty: the chain's own goods.
std::span<const std::string_view> brands();

}  // namespace aisle::world
