// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "runtime/io/disk.hpp"

namespace aisle::node {

/// Says which files have become others: other size, time of change or inode. A file that is still
/// being written is left alone: it must look the same twice in a row. A file that is missing is
/// being replaced, and waited for.
class table_watch {
 public:
  /// Notes what the files are now: make it before they are read. `on` must outlive it.
  table_watch(std::vector<std::filesystem::path> files, io::disk& on);

  /// One look at every file: the numbers of those that changed and have come to rest. Each change
  /// is told once.
  [[nodiscard]] std::vector<std::size_t> look();

 private:
  struct watched {
    std::filesystem::path path;
    /// As it was when it was read, and at the last look.
    std::optional<io::file_facts> read;
    std::optional<io::file_facts> last;
  };
  [[nodiscard]] std::optional<io::file_facts> facts_of(const std::filesystem::path& path) const;

  io::disk& disk_;
  std::vector<watched> files_;
};

}  // namespace aisle::node
