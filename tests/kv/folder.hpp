// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include <unistd.h>

#include "tests/support/own_folder.hpp"

namespace aisle::kv {

/// A folder of a test's own, gone with it. In memory where that is possible: syncs cost nothing
/// there.
class test_folder : public test_support::own_folder {
 public:
  test_folder() : own_folder{root()} {}
  explicit test_folder(const std::filesystem::path& within) : own_folder{within} {}

  [[nodiscard]] std::filesystem::path file() const { return path() / "data.mdb"; }

 private:
  static std::filesystem::path root() {
    const std::filesystem::path in_memory{"/dev/shm"};
    return std::filesystem::is_directory(in_memory) && ::access(in_memory.c_str(), W_OK) == 0
               ? in_memory
               : std::filesystem::temp_directory_path();
  }
};

}  // namespace aisle::kv
