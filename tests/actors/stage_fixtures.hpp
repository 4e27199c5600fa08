// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/actors/workbench.hpp"
#include "tests/support/torture.hpp"

namespace aisle::test {

/// The stages `stock` and `sku` as topologies/retail has them.
inline workbench products_known(std::string stage) {
  return workbench{std::move(stage)}
      .stream("transactions.items", {integer("quantity"), decimal("unit_price")})
      .stream("stock_moves", {string("kind"), integer("units")})
      .stream("competitors", {string("competitor"), decimal("price"), boolean("in_stock")})
      .table("products", {decimal("price"), decimal("cost"), integer("lead_time"), integer("pack"),
                          integer("moq")});
}

inline constexpr entity::stream_index lines = 0;
inline constexpr entity::stream_index moves = 1;
inline constexpr entity::stream_index offers = 2;

/// The row of products: price, cost, lead time, pack, smallest order.
inline std::vector<std::vector<base::value>> product(std::int64_t price, std::int64_t cost,
                                                     std::int64_t lead_time, std::int64_t pack,
                                                     std::int64_t moq) {
  return {{money(price), money(cost), units(lead_time), units(pack), units(moq)}};
}

inline void sell(support::script& life, base::event_time when, std::int64_t quantity,
                 std::int64_t unit_price = 499) {
  life.event(when, {units(quantity), money(unit_price)}, {.stream = lines, .seen = when});
}

inline void move(support::script& life, base::event_time when, std::string_view kind,
                 std::int64_t quantity) {
  life.event(when, {text(kind), units(quantity)}, {.stream = moves, .seen = when});
}

}  // namespace aisle::test
