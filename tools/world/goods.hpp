// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/world/money.hpp"
#include "tools/world/options.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {

/// A product by its rank in popularity: 0 is the best seller. A store's assortment is the first
/// so many of them.
using sku_index = std::uint32_t;

/// One product: what the chain knows of it, and what is true of it.
struct product {
  std::string sku;   ///< "000123"; says nothing about the rank
  std::string name;  ///< "Whole Milk 1 l"
  std::string_view category;
  money price;  ///< the list price
  money cost;
  int lead_time;  ///< whole days from order to delivery, as the supplier states them
  int pack;       ///< orders are multiples of this
  int moq;        ///< and not below this

  double level;          ///< true: units wanted per day in a store of size 1 at list price
  double elasticity;     ///< true: demand goes with (price / list price) ^ -elasticity
  bool slow;             ///< true: one of the slow movers
  overdispersed spread;  ///< true: variance / mean of the units wanted in a day
};

/// All products, the best seller first.
std::vector<product> make_goods(const world_options& options);

/// Lines in an average basket; fewer where there is little to choose from.
double lines_per_basket(int skus);

/// Baskets in a store of size 1 on an average day: 500 at 2,000 SKUs, more where there is more.
double baskets_per_day(int skus);

}  // namespace aisle::world
