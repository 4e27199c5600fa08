// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tools/world/goods.hpp"
#include "tools/world/records.hpp"

namespace aisle::world {

/// The names of the competitors.
std::span<const std::string_view> competitors();

/// The competitors' prices as a price service reports them: it goes through each competitor's
/// catalogue once a day, at an even pace. About 60 % of our products are found there.
class rivals {
 public:
  /// `goods` must outlive the object.
  rivals(std::uint64_t seed, std::span<const product> goods) : seed_(seed), goods_(goods) {}

  /// Reports the hour that begins at `hour`, in the order of time.
  void run_hour(instant hour, observer& seen);

 private:
  void look_at(std::uint32_t competitor, sku_index sku, instant at);

  std::uint64_t seed_;
  std::span<const product> goods_;
  std::vector<quote> found_;
  std::uint64_t quotes_ = 0;
};

}  // namespace aisle::world
