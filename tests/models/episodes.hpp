// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace aisle::models::testing {

/// What a detector made of labelled data.
struct tally {
  double hits = 0;
  double misses = 0;
  double false_alarms = 0;

  [[nodiscard]] double recall() const { return hits / (hits + misses); }
  [[nodiscard]] double precision() const { return hits / (hits + false_alarms); }
  [[nodiscard]] double f1() const { return 2 * hits / (2 * hits + misses + false_alarms); }
};

}  // namespace aisle::models::testing
