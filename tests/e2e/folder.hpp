// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/own_folder.hpp"

namespace aisle::e2e {

/// A folder of a test's own, whose paths are words for command lines.
class temp_folder : public test_support::own_folder {
 public:
  using own_folder::own_folder;

  [[nodiscard]] std::string operator/(std::string_view name) const {
    return (path() / name).string();
  }
  /// Writes a file below the folder and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const {
    return own_folder::write(name, bytes).string();
  }
};

[[nodiscard]] std::string content_of(const std::filesystem::path& file);

/// The paths of all files below a folder, relative to it, sorted.
[[nodiscard]] std::vector<std::string> files_below(const std::filesystem::path& folder);

/// The lines of all parts of one sink, sorted: what a run says, whatever lane wrote which line.
[[nodiscard]] std::vector<std::string> result_of(const std::filesystem::path& out,
                                                 std::string_view sink);

/// All sinks of a run, each line behind the name of its sink.
[[nodiscard]] std::vector<std::string> results_of(const std::filesystem::path& out);

}  // namespace aisle::e2e
