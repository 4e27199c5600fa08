// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/time.hpp"

namespace aisle::base {

/// What time it is. Always a parameter, so that a test or a simulation can say what time it is.
class clock {
 public:
  virtual ~clock() = default;
  [[nodiscard]] virtual event_time now() const = 0;
  /// How long something takes is told from this: it only goes forward, whatever is done to the
  /// date, and begins anywhere.
  [[nodiscard]] virtual duration ticks() const { return now().time_since_epoch(); }
};

/// The clock of the machine; the only place that asks it.
[[nodiscard]] const clock& system_clock();

}  // namespace aisle::base
