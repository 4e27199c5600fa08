// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/world/closed_loop.hpp"

namespace aisle::tool {

/// Turns decisions, as sinks write them, into what the chain is told to do, and counts them.
class decision_reader {
 public:
  /// Appends what a decision advises; of one that advises nothing a chain can do, nothing.
  void read(const nlohmann::json& decision, std::vector<world::advice>& into);

  [[nodiscard]] std::uint64_t reorders() const { return reorders_; }
  [[nodiscard]] std::uint64_t prices() const { return prices_; }
  [[nodiscard]] std::uint64_t anomalies() const { return anomalies_; }
  [[nodiscard]] std::uint64_t all() const { return reorders_ + prices_ + anomalies_; }

 private:
  std::uint64_t reorders_ = 0;
  std::uint64_t prices_ = 0;
  std::uint64_t anomalies_ = 0;
};

}  // namespace aisle::tool
