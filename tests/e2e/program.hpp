// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace aisle::e2e {

using strings = std::vector<std::string>;

/// What a program left behind.
struct finished {
  /// Its exit code; 128 and the signal's number when a signal ended it.
  int code = -1;
  std::string out;
  std::string err;
};

struct how_to_run {
  /// The working directory; empty: the test's own.
  std::filesystem::path in;
  /// Put on stdin; otherwise stdin is empty.
  std::string input;
  /// Sent once the program runs, after so many milliseconds; 0: none.
  int signal = 0;
  int signal_after_ms = 0;
};

/// Runs a program to its end, without a terminal.
finished run(const strings& command, const how_to_run& how = {});

/// Runs the program under test, `aisle`.
finished aisle(strings arguments, const how_to_run& how = {});

/// The same, and it must exit with 0.
finished aisle_done(strings arguments, const how_to_run& how = {});

}  // namespace aisle::e2e
