// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "runtime/node/reload_desk.hpp"
#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"

namespace aisle::tool {

/// The topology that runs, the one before it, and the one that is to come: what a reload goes
/// through, and back to when the new one does not start.
class reloader {
 public:
  /// `options` must outlive it.
  reloader(const run_options& options, opened_topology first)
      : options_{options}, now_{std::move(first)} {}

  [[nodiscard]] const opened_topology& now() const { return now_; }

  /// Reads the file again. Accepted when it is good and the run keeps its state.
  [[nodiscard]] node::reload_decision decide();
  /// The run has stopped for what was accepted.
  void go_on();
  /// It did not start: the one before it runs again. False when there is none.
  [[nodiscard]] bool go_back();

 private:
  const run_options& options_;
  opened_topology now_;
  std::optional<opened_topology> before_;
  std::optional<opened_topology> next_;
};

}  // namespace aisle::tool
