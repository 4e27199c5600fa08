// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include <unistd.h>

namespace aisle::kv {

/// A folder of a test's own, gone with it. In memory where that is possible: syncs cost nothing
/// there.
class test_folder {
 public:
  test_folder() : path_{root() / unique()} { std::filesystem::create_directories(path_); }
  explicit test_folder(const std::filesystem::path& within) : path_{within / unique()} {
    std::filesystem::create_directories(path_);
  }
  test_folder(const test_folder&) = delete;
  test_folder& operator=(const test_folder&) = delete;
  ~test_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "data.mdb"; }

 private:
  static std::filesystem::path root() {
    const std::filesystem::path in_memory{"/dev/shm"};
    return std::filesystem::is_directory(in_memory) && ::access(in_memory.c_str(), W_OK) == 0
               ? in_memory
               : std::filesystem::temp_directory_path();
  }
  static std::string unique() {
    static int made = 0;
    return "aisle-kv-" + std::to_string(::getpid()) + "-" + std::to_string(made++);
  }

  std::filesystem::path path_;
};

}  // namespace aisle::kv
