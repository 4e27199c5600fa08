// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace aisle::tool {

/// What a command line of a shell left behind.
struct said {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs a line of `sh` in a folder, without a terminal; `aisle` in it is the program under test.
[[nodiscard]] said shell(const std::string& line, const std::filesystem::path& in);

/// A folder of its own for one test, gone with it.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Writes a file, and the folders it lies in.
  void write(const std::filesystem::path& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

}  // namespace aisle::tool
