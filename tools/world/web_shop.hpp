// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tools/world/branches.hpp"
#include "tools/world/goods.hpp"
#include "tools/world/options.hpp"
#include "tools/world/prices.hpp"
#include "tools/world/random.hpp"
#include "tools/world/records.hpp"

namespace aisle::world {

/// Visits to the chain's shop on the web: views, of which some lead to a cart, of which some are
/// bought at the end of the visit. Web orders are sent from a warehouse of their own and do not
/// touch the stores' stock.
class web_shop {
 public:
  /// All arguments must outlive the object.
  web_shop(const world_options& options, std::span<const product> goods,
           std::span<const branch> branches, price_board& prices);

  /// Lets the hour that begins at `hour` happen, in the order of time. Call for one hour after the
  /// other; visits that begin in one may go on into the next.
  void run_hour(instant hour, observer& seen);

 private:
  void visit(random_stream& random, instant begin);
  sku_index any_sku(random_stream& random) const;

  const world_options& options_;
  std::span<const product> goods_;
  price_board& prices_;
  double visits_per_day_;
  std::size_t customers_;
  std::vector<double> popularity_;  ///< running sums of the levels
  std::vector<click> waiting_;      ///< clicks later than the hour that was run last
  std::uint64_t sessions_ = 0;
  std::uint64_t clicks_ = 0;
};

}  // namespace aisle::world
