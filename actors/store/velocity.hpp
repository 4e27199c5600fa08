// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `anomaly: velocity`: a till that rings up faster than people can pay.
/// Reads: every event that names a till. Emits: code `velocity`, on each transaction beyond the
/// limit, so that the decisions name the receipts to look at; after `alarms_max` of one burst it
/// keeps quiet until the till has been within its limit again.
/// State: per till the times of its last 64 transactions and its usual rate by hour of the week,
/// about 1.5 KB; of more than `tills_max` tills the one that was silent longest is forgotten, and
/// starts anew when it sells again.
struct velocity_params {
  entity::event_expression by;  ///< what tells tills apart
  std::size_t more_than = 10;   ///< transactions that are never an alarm
  base::duration within{};      ///< in any span of this length
  std::size_t tills_max = 64;   ///< remembered per actor
  std::uint32_t alarms_max = 20;
  base::duration valid{};  ///< how long an alarm is worth looking into

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_velocity(velocity_params params);
[[nodiscard]] entity::model velocity_model();

}  // namespace aisle::shop
