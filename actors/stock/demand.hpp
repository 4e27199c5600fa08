// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "actors/days.hpp"
#include "actors/models/count_law.hpp"
#include "runtime/entity/behaviour.hpp"

namespace aisle::shop {

/// What a demand forecast lets the other behaviours of its actor read. `state` is the forecast's.
class demand : public entity::published {
 public:
  /// The law of the units asked for on `days` days from `first` on, at most 400.
  [[nodiscard]] virtual models::count_law over(const void* state, day_number first,
                                               std::size_t days) const = 0;
  /// Whole days it rests on; 0 when it knows nothing yet.
  [[nodiscard]] virtual std::int64_t days_known(const void* state) const = 0;
};

}  // namespace aisle::shop
