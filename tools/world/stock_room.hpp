// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {

/// Units on the way from a supplier.
struct delivery {
  sku_index sku;
  std::int32_t units;
};

/// The true stock of one store. It never goes below zero.
class stock_room {
 public:
  /// `daily_means` are the units of each product of the assortment wanted on an average day; the
  /// first stock is about what the store's own rule would keep. `goods` must outlive the room.
  stock_room(random_stream random, std::span<const product> goods,
             std::span<const double> daily_means);

  std::size_t assortment() const { return shelves_.size(); }
  std::int32_t on_hand(sku_index sku) const { return shelves_[sku].on_hand; }

  /// Takes up to `wanted` units for a customer; returns how many there were.
  std::int32_t sell(sku_index sku, std::int32_t wanted);
  /// Puts back what a customer returns.
  void take_back(sku_index sku, std::int32_t units);
  /// One unit leaves unpaid; false if there was none.
  bool lose(sku_index sku);
  /// Books an order that will arrive on `due`.
  void order(sku_index sku, std::int32_t units, calendar_day due);
  /// Puts what is due up to `today` on the shelves and returns it, in the order it was ordered.
  std::vector<delivery> receive(calendar_day today);

  /// What the store's own, naive rule would order now, 0 for nothing: when position (on hand + on
  /// order) is below the demand of lead time + 2 days, up to that of lead time + 5 days, in packs.
  /// The demand it believes in is a moving average of what was sold; so empty shelves teach it to
  /// order less.
  std::int32_t naive_order(sku_index sku) const;
  /// Ends the day for the moving averages.
  void close_day();

 private:
  struct shelf {
    std::int32_t on_hand;
    std::int32_t on_order;
    std::int32_t sold_today;
    float rate;  ///< believed units per day
  };
  struct expected_delivery {
    calendar_day due;
    delivery what;
  };

  std::span<const product> goods_;
  std::vector<shelf> shelves_;
  std::vector<expected_delivery> expected_;
};

/// The least order of whole packs that brings `units`.
std::int32_t in_packs(const product& what, std::int64_t units);

/// The days an order really takes: mostly what the supplier states, sometimes one less or up to
/// three more; at least one.
int true_lead_time(random_stream& random, int stated);

}  // namespace aisle::world
