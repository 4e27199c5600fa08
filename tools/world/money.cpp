// SPDX-License-Identifier: Apache-2.0
#include "tools/world/money.hpp"

#include <algorithm>
#include <cmath>

namespace aisle::world {

money scaled(money amount, double factor) {
  return {std::llround(static_cast<double>(amount.cents) * factor)};
}

money charm_price(money price) {
  const std::int64_t step = price.cents < 1000 ? 10 : price.cents < 5000 ? 50 : 100;
  const auto steps = std::max<std::int64_t>((price.cents + 1 + step / 2) / step, 1);
  return {steps * step - 1};
}

}  // namespace aisle::world
