// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "actors/models/moments.hpp"

namespace aisle::models {

/// Finds amounts of money far above what is usual. Money is nearly lognormal, so "3 sigma" on raw
/// amounts alarms on 1.5 to 1.9 % of honest baskets; here z = (ln amount - mean)/deviation, learned
/// by moments. A flagged amount is not learned, so one fraud does not hide the next; after
/// `relearn_after` flagged in a row the level is believed to have moved and learning starts again
/// from them. 48 bytes a key.
struct log_amount {
  struct params {
    double sigma = 4;                  ///< alarm at z above this; 4.5 for fewer, surer alarms
    double alpha = 0.0005;             ///< slowest learning rate: remembers some 2/alpha amounts
    double deviation_floor = 0.05;     ///< of ln amount; prices that never vary still need a width
    std::uint32_t warm_up = 30;        ///< amounts learned before the first verdict
    std::uint32_t relearn_after = 10;  ///< flagged in a row that make a new level

    /// What is wrong with these, or nothing.
    [[nodiscard]] std::optional<std::string_view> problem() const;
  };

  struct verdict {
    double z = 0;            ///< by the state before this amount; 0 while warming up
    double usual = 0;        ///< e^mean, the median amount
    double limit = 0;        ///< the amount at which z reaches sigma; 0 while warming up
    bool anomalous = false;  ///< z > sigma
  };

  moments level;
  moments flagged;  ///< the run of flagged amounts under way

  /// Judges and then learns an amount > 0, in any unit of money (the same one always). Amounts of
  /// 0 or less have no logarithm: they are neither judged nor learned.
  verdict observe(const params& how, double amount);

 private:
  void learn(const params& how, double log_amount, bool anomalous);
};

}  // namespace aisle::models
