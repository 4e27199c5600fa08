// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "tools/world/day_plan.hpp"
#include "tools/world/records.hpp"
#include "tools/world/stock_room.hpp"

namespace aisle::world {

/// What comes of one visit.
struct receipt {
  std::vector<sale_line> lines;  ///< as keyed; empty: nothing was sold
  money due;                     ///< for these lines, had they been keyed rightly
  money goods_cost;              ///< what the goods cost the chain
  std::int64_t units_due = 0;
  std::vector<want> missed;         ///< what the shelves did not have
  std::vector<sku_index> miskeyed;  ///< products whose book stock is now wrong
  std::optional<anomaly> planted;   ///< the mistake, if it was possible to make it
};

/// Serves a visit from the shelves and makes the cashier's mistake, if one is planned and fits: a
/// slip of the decimal point needs a product at its list price, for instance.
class checkout {
 public:
  /// `goods` and `room` must outlive the object.
  checkout(std::span<const product> goods, stock_room& room) : goods_(goods), room_(room) {}

  /// The result is good until the next call. `prices` are those of the day.
  const receipt& serve(random_stream& random, const visit& who, std::span<const want> wants,
                       std::span<const day_price> prices);

 private:
  void pick(std::span<const want> wants, std::span<const day_price> prices);
  void give_back(std::span<const want> wants, std::span<const day_price> prices);
  void add_line(sku_index sku, std::int32_t quantity, money unit_price);
  bool make(random_stream& random, anomaly mistake, std::span<const day_price> prices);
  bool miskey_amount(random_stream& random);
  bool misprice(random_stream& random);
  bool slip_decimal(random_stream& random, std::span<const day_price> prices);

  std::span<const product> goods_;
  stock_room& room_;
  receipt result_;
};

/// Σ quantity × unit price.
money total_of(std::span<const sale_line> lines);

}  // namespace aisle::world
