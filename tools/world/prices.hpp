// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/goods.hpp"

namespace aisle::world {

/// A product's price on one day, everywhere in the chain, and what it does to demand.
struct day_price {
  money price;
  double demand_factor;  ///< (price / list price) ^ -elasticity, times the promotion's uplift
  bool promoted;
};

/// One product reduced for one week, Thursday to Wednesday.
struct promotion {
  money price;
  double uplift;  ///< what shelf-edge labels and leaflets add to the lower price's own effect
};

/// The promotion of `sku` in the week of `date`, if it has one. About one in twenty has: 10 to 30 %
/// off, never below cost.
std::optional<promotion> promotion_of(std::uint64_t seed, std::span<const product> goods,
                                      sku_index sku, calendar_day date);

/// The week of promotions a day belongs to, and the Thursday such a week begins with.
std::int64_t promotion_week(calendar_day date);
calendar_day first_day_of_week(std::int64_t week);

/// The prices of all products by day. Prices change at midnight, on each store's own clock, so at
/// most two days are in use at a time; those two are kept.
class price_board {
 public:
  /// `goods` must outlive the board.
  price_board(std::uint64_t seed, std::span<const product> goods);

  /// The price of the days that nobody has asked for yet, in the place of the list price; a
  /// promotion still goes below it. Demand answers it by the true elasticity.
  void set(sku_index sku, money price) { current_[sku] = price; }

  /// The prices of `date` by sku_index. The span is good until the day after next is asked for.
  std::span<const day_price> on(calendar_day date);

 private:
  struct page {
    std::optional<calendar_day> date;
    std::vector<day_price> prices;
  };

  void write(page& into, calendar_day date) const;

  std::uint64_t seed_;
  std::span<const product> goods_;
  std::vector<money> current_;
  std::array<page, 2> pages_;
};

}  // namespace aisle::world
