// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

namespace aisle::fault {

/// What the kernel says of a process that runs.
struct process_facts {
  /// Processor time so far, in milliseconds, of all its threads.
  std::uint64_t busy_ms = 0;
  /// What it occupies in memory.
  std::uint64_t resident_bytes = 0;
};
[[nodiscard]] process_facts facts_of(int process);

/// How far a process has read the files below a folder that it has open, all together.
[[nodiscard]] std::uint64_t bytes_read_below(int process, const std::filesystem::path& folder);

}  // namespace aisle::fault
