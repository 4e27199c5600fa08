// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/clock.hpp"

namespace aisle::base {
namespace {

class machine_clock final : public clock {
 public:
  [[nodiscard]] event_time now() const override {
    return std::chrono::floor<duration>(std::chrono::system_clock::now());
  }
  [[nodiscard]] duration ticks() const override {
    return std::chrono::floor<duration>(std::chrono::steady_clock::now().time_since_epoch());
  }
};

}  // namespace

const clock& system_clock() {
  static const machine_clock clock;
  return clock;
}

}  // namespace aisle::base
