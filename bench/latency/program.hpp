// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

namespace aisle::bench {

/// A program that runs beside the bench; killed with it.
class program {
 public:
  /// What it says goes into `log`.
  program(const std::vector<std::string>& words, const std::string& log);
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  /// User and system, all threads, since it began.
  [[nodiscard]] std::chrono::duration<double> cpu() const;
  [[nodiscard]] bool runs() const;
  /// SIGTERM, then waits; its exit code.
  int stop();

 private:
  pid_t pid_ = -1;
};

}  // namespace aisle::bench
