// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace aisle::bench {

/// What a child process took.
struct spent {
  std::chrono::duration<double> cpu{0};  ///< user and system, all threads
  std::chrono::duration<double> wall{0};
  std::uint64_t memory_peak = 0;  ///< bytes resident
};

/// Runs a program to its end, its output into `log`. Dies when it fails: a figure of half a run
/// would be a lie.
[[nodiscard]] spent run_program(const std::vector<std::string>& words, const std::string& log);

/// Runs a function in a process of its own, so that its memory and CPU time are its own too. It
/// answers false for failure.
[[nodiscard]] spent run_apart(const std::function<bool()>& work);

}  // namespace aisle::bench
