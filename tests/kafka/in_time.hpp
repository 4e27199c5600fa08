// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

namespace aisle::kafka {

/// Asks again and again until it is so; false when it does not come. The bound is longer than
/// anything here takes on a busy machine: only a failing test waits for it.
template <class IsSo>
[[nodiscard]] bool in_time(IsSo&& is_so, std::chrono::milliseconds between = {}) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (!is_so()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(between);
  }
  return true;
}

}  // namespace aisle::kafka
