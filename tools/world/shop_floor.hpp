// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/world/branches.hpp"
#include "tools/world/calendar.hpp"
#include "tools/world/checkout.hpp"
#include "tools/world/day_plan.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/options.hpp"
#include "tools/world/prices.hpp"
#include "tools/world/records.hpp"
#include "tools/world/stock_room.hpp"

namespace aisle::world {

/// What all stores share. All of it must outlive them; the board is written as days are asked for.
struct chain_view {
  const world_options& options;
  std::span<const product> goods;
  std::span<const branch> branches;
  const calendar& days;
  price_board& prices;
};

/// One store, run along the time: it plans each day at its local midnight, then lets the day
/// happen: deliveries, counts, sales, losses, and orders after closing.
class shop_floor {
 public:
  shop_floor(const chain_view& chain, branch_index index);

  /// The first moment of the first day, and the end of the last.
  instant begins() const;
  instant ends() const;

  /// Lets everything happen that lies before `until`, in the order of time.
  void run_until(instant until, observer& seen);

  /// From now on orders come by `order` alone, not by the store's own rule.
  void obey() { obeys_ = true; }
  /// Orders at `at`, which nothing that has happened lies behind; what is not in packs, or below
  /// the smallest order, is rounded up. Suppliers take orders until ten in the morning as of the
  /// evening before. False when the store does not sell the product.
  bool order(instant at, sku_index sku, std::int64_t units, observer& seen);

 private:
  // Things of the same moment happen in this order.
  enum class what : std::uint8_t {
    opening_count,
    delivery,
    cycle_count,
    visit,
    loss,
    recount,
    orders,
  };
  struct happening {
    instant at;
    what kind;
    std::uint32_t index;
  };

  const branch& store() const { return chain_.branches[index_]; }
  calendar_day date(int day_number) const;
  void begin_day();
  void schedule();
  void run(const happening& next, observer& seen);

  void count_all(instant at, observer& seen);
  void count_some(instant at, observer& seen);
  void recount(instant at, observer& seen);
  void receive(instant at, observer& seen);
  void place_orders(instant at, observer& seen);
  void place_order(instant at, sku_index sku, std::int32_t units, calendar_day as_of,
                   observer& seen);
  void report_day_end(instant at, observer& seen);
  void lose(const loss& which, observer& seen);
  void serve(const visit& who, observer& seen);
  void report_sale(const visit& who, const receipt& slip, observer& seen);
  void report_missed(instant at, const want& missed, observer& seen);
  void report_move(instant at, move_kind kind, sku_index sku, std::int32_t units, observer& seen);
  std::optional<anomaly> planted_in(const visit& who, const receipt& slip);
  std::uint32_t any_customer();
  payment any_payment();

  chain_view chain_;
  branch_index index_;
  std::vector<float> preferences_;
  random_stream stock_random_;
  stock_room room_;
  checkout checkout_;
  std::uint32_t moves_ = 0;
  bool obeys_ = false;

  int days_begun_ = 0;
  local_day today_;
  std::span<const day_price> prices_;  ///< of today
  day_plan plan_;
  random_stream till_random_;
  std::vector<happening> happenings_;  ///< of today, by time
  std::size_t next_ = 0;
  std::vector<std::uint32_t> numbers_;  ///< sales so far today, by terminal
  std::vector<int> burst_sizes_;        ///< sales so far, by burst of today
  std::vector<sku_index> to_recount_;
};

}  // namespace aisle::world
