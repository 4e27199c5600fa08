// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <vector>

#include "tools/world/branches.hpp"
#include "tools/world/calendar.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/options.hpp"
#include "tools/world/prices.hpp"
#include "tools/world/records.hpp"
#include "tools/world/rivals.hpp"
#include "tools/world/shop_floor.hpp"
#include "tools/world/web_shop.hpp"

namespace aisle::world {

/// The whole retail chain, run along the time, an hour at a step. It holds the state of every shelf
/// and the plans of the running day, and nothing of the past, so its size does not grow with the
/// number of days.
class chain {
 public:
  /// `options` must be valid. Fails with no_time_zones.
  static std::expected<std::unique_ptr<chain>, world_error> open(const world_options& options);

  chain(const chain&) = delete;
  chain& operator=(const chain&) = delete;

  const std::vector<product>& goods() const { return goods_; }
  const std::vector<branch>& branches() const { return branches_; }

  /// Everything before this moment has happened. Begins as the first store's first midnight, on
  /// the hour.
  instant now() const { return now_; }
  /// Whether the last store's last day is over.
  bool over() const { return now_ >= end_; }

  /// Lets the next hour happen. Stores are reported one after the other, each in the order of time.
  void run_hour(observer& seen);

  /// From now on nobody orders by the stores' own rule; `order` does.
  void obey();
  /// One order, now. False when the store does not sell the product.
  bool order(branch_index store, sku_index sku, std::int64_t units, observer& seen);
  /// The price in all stores, from the next midnight on of those whose day has not begun anywhere.
  void set_price(sku_index sku, money price) { prices_.set(sku, price); }

 private:
  chain(const world_options& options, calendar days);

  world_options options_;
  calendar days_;
  std::vector<product> goods_;
  std::vector<branch> branches_;
  price_board prices_;
  std::vector<std::unique_ptr<shop_floor>> floors_;
  web_shop web_;
  rivals rivals_;
  instant now_;
  instant end_;
};

}  // namespace aisle::world
