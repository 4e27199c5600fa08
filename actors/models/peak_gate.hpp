// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aisle::models {

/// Lets a score through only when it tops everything recent: one incident, one alarm. The peak
/// fades by `fade` per value; a score passes at more than `margin` times the faded peak. 8 bytes.
struct peak_gate {
  struct params {
    double fade = 0.99501247919268232;  ///< e^(-1/200): a peak is forgotten in some 200 values
    double margin = 1.15;
  };

  double peak = 0;

  bool passes(const params& how, double score) {
    peak *= how.fade;
    const bool tops = score > how.margin * peak;
    if (tops) peak = score;
    return tops;
  }
};

}  // namespace aisle::models
