// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "tests/e2e/program.hpp"
#include "tests/e2e/world.hpp"

namespace aisle::fault {

/// The last line that `aisle run --json` has told of its status; what it lacks is 0 or false.
class told_status {
 public:
  /// Nothing of a run that has told nothing so far.
  [[nodiscard]] static told_status latest_of(const e2e::running& process);

  [[nodiscard]] std::string text() const { return of_.dump(); }
  /// Records of all sources.
  [[nodiscard]] std::uint64_t read() const;
  /// Some source has more and may not read it.
  [[nodiscard]] bool some_source_held_up() const;
  /// That are complete.
  [[nodiscard]] std::uint64_t epochs() const;
  /// Of the sink for which most wait.
  [[nodiscard]] std::uint64_t epochs_waiting() const;
  /// Sinks that stand.
  [[nodiscard]] e2e::strings standing() const;

 private:
  // In brackets: braces would make it a list of one.
  explicit told_status(e2e::json of) : of_(std::move(of)) {}
  e2e::json of_;
};

}  // namespace aisle::fault
