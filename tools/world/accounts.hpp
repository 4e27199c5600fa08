// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "tools/world/records.hpp"

namespace aisle::world {

/// What things cost the chain beside the goods.
struct cost_rates {
  money order_line{50};            ///< to order, receive and shelve one product once
  double holding_per_year = 0.25;  ///< capital and room, as a share of what the stock cost
};

/// The books of a chain over a span of days. There are no perishable goods here, so there is no
/// waste; what leaves unpaid is shrink.
struct accounts {
  money revenue;     ///< what was due at the tills, returns taken off, keying errors left out
  money goods_cost;  ///< of the goods sold
  money shrink;      ///< what the goods that left unpaid cost
  money ordering;
  money holding;
  std::int64_t orders = 0;
  std::int64_t units_sold = 0;
  std::int64_t lost_units = 0;  ///< wanted and not on the shelf
  money lost_value;             ///< at the price of the day
  std::int64_t price_changes = 0;
  money stock_begin;  ///< what the stock of all stores cost, at the end of the first day
  money stock_end;
  money stock_days;  ///< the sum over days
  std::int64_t days = 0;

  money profit() const { return revenue - goods_cost - shrink - ordering - holding; }
  /// What the stock cost, on an average day.
  money stock_held() const { return {days == 0 ? 0 : stock_days.cents / days}; }
  /// Share of the units wanted that were there.
  double fill() const;
};

/// One JSON object; amounts as strings.
std::string to_json(const accounts& books);

/// Keeps the books of what it sees from a moment on.
class bookkeeper final : public observer {
 public:
  /// `goods` must outlive it. Days are told apart in UTC.
  bookkeeper(std::span<const product> goods, cost_rates rates, instant from)
      : goods_(goods), rates_(rates), from_(from) {}

  void on_sale(const sale& what) override;
  void on_move(const stock_move& what) override;
  void on_lost(const lost_sale& what) override;
  void on_click(const click& /*what*/) override {}
  void on_quote(const quote& /*what*/) override {}
  void on_theft(const theft& what) override;
  void on_day_end(const held_stock& what) override;
  void on_price_change() { ++books_.price_changes; }

  /// The books as they stand.
  accounts books() const;

 private:
  std::span<const product> goods_;
  cost_rates rates_;
  instant from_;
  accounts books_;
  /// What the stores' stock cost, by the day their day ended on.
  std::vector<money> stock_by_day_;
  std::vector<calendar_day> days_;
};

}  // namespace aisle::world
