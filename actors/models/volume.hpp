// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/models/control_chart.hpp"
#include "actors/models/hour_of_week.hpp"

namespace aisle::models {

/// Finds hours with too few or too many transactions for that hour of the week. The count is
/// judged by a negative binomial around the slot's mean, its variance widened for the few weeks
/// the mean rests on; a CUSUM beside it finds a lasting smaller shift. Every hour must be given,
/// the empty ones too: silence is only seen by whoever counts it. 864 bytes a key.
struct volume {
  struct params {
    double p_min = 1e-4;  ///< alarm when a count is less likely than this
    cusum::params shift{0.75, 8, 4};
    double alpha = 0.25;  ///< slowest learning rate of a slot
    double dispersion_alpha = 0.005;
    std::uint32_t warm_up = 3;  ///< visits of a slot before its first verdict

    /// What is wrong with these, or nothing.
    [[nodiscard]] std::optional<std::string_view> problem() const;
  };

  struct verdict {
    double expected = 0;
    double z = 0;
    double p = 1;           ///< probability of a count as far out or further, on either side
    bool unlikely = false;  ///< p < p_min
    bool shifted = false;   ///< the CUSUM passed its limit with this hour
    [[nodiscard]] bool anomalous() const { return unlikely || shifted; }
  };

  weekly_profile profile;
  cusum shift;
  double dispersion = 1.5;  ///< variance / mean of an hour's count

  /// Judges the count of the hour that fell in `slot`, then learns it.
  verdict observe(const params& how, std::size_t slot, std::int64_t count);
};

}  // namespace aisle::models
