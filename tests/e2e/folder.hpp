// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::e2e {

/// A folder of its own for one test, removed with all that is in it.
class temp_folder {
 public:
  /// In the system's folder for such things, or in `parent`.
  explicit temp_folder(const std::filesystem::path& parent = {});
  temp_folder(const temp_folder&) = delete;
  temp_folder& operator=(const temp_folder&) = delete;
  ~temp_folder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// A path below the folder, as a word for a command line.
  [[nodiscard]] std::string operator/(std::string_view name) const {
    return (path_ / name).string();
  }
  /// Writes a file below the folder and returns its path.
  std::string write(std::string_view name, std::string_view bytes) const;

 private:
  std::filesystem::path path_;
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
