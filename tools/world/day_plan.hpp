// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tools/world/branches.hpp"
#include "tools/world/calendar.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/options.hpp"
#include "tools/world/prices.hpp"
#include "tools/world/random.hpp"
#include "tools/world/records.hpp"

namespace aisle::world {

/// So many units of one product, wanted by one customer.
struct want {
  sku_index sku;
  std::int32_t units;
};

enum class visit_kind : std::uint8_t {
  sale,       ///< an ordinary basket
  refund,     ///< something comes back
  burst,      ///< one of many small sales in a minute
  off_hours,  ///< a sale while the store is closed
  walk_out,   ///< the queue reached closing time; the customer leaves with nothing
};

/// One customer at one till.
struct visit {
  instant at;
  std::uint32_t first_want;
  std::uint16_t want_count;
  std::uint16_t terminal;  ///< from 1
  visit_kind kind;
  std::uint16_t burst;             ///< which burst of the day, if kind is burst
  std::optional<anomaly> mistake;  ///< a keying error the cashier will make
};

/// A unit that leaves the shelf unpaid.
struct loss {
  instant at;
  sku_index sku;
  bool noticed;  ///< booked as shrink at once; otherwise only a count will show it
};

/// All that will be tried in one store on one day; what comes of it depends on the stock.
struct day_plan {
  std::vector<want> wants;
  std::vector<visit> visits;  ///< by time
  std::vector<loss> losses;
  std::size_t bursts = 0;
};

/// What a plan is made from.
struct plan_inputs {
  const world_options& options;
  std::span<const product> goods;
  branch_index store_index;
  const branch& store;
  std::span<const float> preferences;  ///< of this store, by sku_index; mean 1
  const local_day& day;
  std::span<const day_price> prices;  ///< of this day
};

/// The units of each product wanted are negative binomial with mean
/// level * size * rhythm * preference * price factor * (a chance of the day). They are then dealt
/// to baskets at random, so that what a customer buys says nothing about what else he buys.
day_plan plan_day(const plan_inputs& inputs);

}  // namespace aisle::world
