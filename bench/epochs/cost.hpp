// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

#include "bench/sku_actors.hpp"

namespace aisle::bench {

/// What a piece of work took of the process.
struct cost {
  std::chrono::duration<double> wall{0};
  std::chrono::duration<double> cpu{0};
  /// Handed to the system to be written.
  std::uint64_t written = 0;
  /// Each a commit, where it is work of the state's.
  int steps = 0;

  cost& operator+=(const cost& other) {
    wall += other.wall;
    cpu += other.cpu;
    written += other.written;
    steps += other.steps;
    return *this;
  }
};

/// Of all calls that write, files and their pages alike: exact, where the counter of dirty pages
/// counts a whole large page of the cache for each part of it.
inline std::uint64_t bytes_written() {
  std::ifstream io{"/proc/self/io"};
  for (std::string line; std::getline(io, line);) {
    if (line.starts_with("wchar:")) {
      return std::stoull(line.substr(line.find(' ')));
    }
  }
  return 0;
}

template <class Work>
cost cost_of(Work&& work) {
  const auto written = bytes_written();
  const auto cpu = cpu_used();
  const auto began = std::chrono::steady_clock::now();
  std::forward<Work>(work)();
  return {.wall = std::chrono::steady_clock::now() - began,
          .cpu = cpu_used() - cpu,
          .written = bytes_written() - written,
          .steps = 1};
}

}  // namespace aisle::bench
