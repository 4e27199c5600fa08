// SPDX-License-Identifier: Apache-2.0
#include "actors/models/counter_random.hpp"

#include "actors/models/normal.hpp"

namespace aisle::models {

double random_normal(std::uint64_t seed, std::uint64_t key, std::uint64_t step,
                     std::uint64_t draw) {
  return normal::quantile(random_unit(seed, key, step, draw));
}

}  // namespace aisle::models
