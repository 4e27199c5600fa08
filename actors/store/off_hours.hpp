// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "actors/parameters.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/catalog.hpp"

namespace aisle::shop {

/// `anomaly: off_hours`: a sale while the shop is closed.
/// Reads: every event of `of`, or of the whole stage. Emits: code `off_hours`.
/// The hours are the clock's on the wall of the shop; closing at or before opening means the next
/// day, equal times never close. Where no hours (or none that can be read) are known for the
/// actor, they are learned: an hour of the week that has been seen three times and hardly ever sold
/// anything is a closed one. State: that profile, 856 bytes.
struct off_hours_params {
  entity::event_expression of;  ///< streams that count; whatever it yields is not looked at
  bool every_stream = true;     ///< `of` was left out
  actor_expression opens;       ///< `07:00`
  actor_expression closes;      ///< `21:00`, `02:00`, `24:00`
  actor_expression zone;        ///< IANA name; UTC where there is none
  base::duration grace{};       ///< before opening and after closing that is still work
  base::duration valid{};       ///< how long an alarm is worth looking into

  [[nodiscard]] std::optional<entity::refusal> validate() const;
};

/// `params` has passed `validate`.
[[nodiscard]] std::unique_ptr<entity::behaviour> make_off_hours(off_hours_params params);
[[nodiscard]] entity::model off_hours_model();

}  // namespace aisle::shop
