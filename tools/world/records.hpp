// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tools/world/branches.hpp"
#include "tools/world/calendar.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/money.hpp"

namespace aisle::world {

/// The injected anomalies, named as the decisions name them. The order is that of anomaly_name.
enum class anomaly : std::uint8_t {
  amount,        ///< one quantity keyed so that the total is 20 to 200 times the true one
  velocity,      ///< the 11th and later of more than ten small sales within a minute at one till
  off_hours,     ///< at least 90 minutes outside the opening hours
  price_error,   ///< one unit price off the list price by a factor of 2.3 to 6, or below cost
  decimal_slip,  ///< one unit price a tenth, a hundredth, ten or a hundred times the list price
};
inline constexpr std::size_t anomaly_count = 5;

enum class payment : std::uint8_t { card, cash, wallet };
enum class move_kind : std::uint8_t { receipt, ordered, count, shrink };
enum class click_kind : std::uint8_t { view, cart, purchase };

struct sale_line {
  sku_index sku;
  std::int32_t quantity;  ///< negative in a return
  money unit_price;
};

/// One basket paid, or one return, as the till reports it.
struct sale {
  branch_index store;
  std::uint16_t terminal;  ///< from 1
  std::uint32_t number;    ///< of this terminal on this day, from 1
  instant at;
  milliseconds offset;     ///< of the store's clock from UTC
  std::uint32_t customer;  ///< 0: not known
  payment paid_by;
  money total;
  money due;               ///< true: the total without the cashier's mistake
  money goods_cost;        ///< true: what these goods cost the chain
  std::int64_t units_due;  ///< true: how many units
  std::span<const sale_line> lines;
  std::optional<anomaly> planted;
};

/// One change of stock, as the back office reports it.
struct stock_move {
  branch_index store;
  std::uint32_t number;  ///< of this store, from 1
  move_kind kind;
  sku_index sku;
  std::int32_t units;  ///< receipt, ordered, shrink: how many; count: how many are there
  instant at;
  milliseconds offset;
};

/// What a customer wanted and did not get.
struct lost_sale {
  branch_index store;
  sku_index sku;
  std::int32_t units;
  money value;
  instant at;
};

/// One unit that left a shelf unpaid.
struct theft {
  branch_index store;
  sku_index sku;
  instant at;
};

/// What a store holds when its day ends.
struct held_stock {
  branch_index store;
  std::int64_t units;
  money cost;  ///< what it cost the chain
  instant at;
};

/// One step of a visit to the shop on the web.
struct click {
  std::uint64_t number;
  std::uint64_t session;
  click_kind kind;
  std::uint32_t customer;
  sku_index sku;
  instant at;
};

/// One competitor's price for one of our products.
struct quote {
  std::uint64_t number;
  std::uint32_t competitor;  ///< in competitors()
  sku_index sku;
  money price;
  bool in_stock;
  instant at;
};

/// Is told everything that happens. What a record points to is good only during the call.
class observer {
 public:
  virtual ~observer() = default;
  virtual void on_sale(const sale& what) = 0;
  virtual void on_move(const stock_move& what) = 0;
  virtual void on_lost(const lost_sale& what) = 0;
  virtual void on_click(const click& what) = 0;
  virtual void on_quote(const quote& what) = 0;
  virtual void on_theft(const theft& /*what*/) {}
  virtual void on_day_end(const held_stock& /*what*/) {}
};

}  // namespace aisle::world
