// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/folder.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace aisle::e2e {
namespace fs = std::filesystem;

std::string content_of(const fs::path& file) {
  std::ostringstream all;
  all << std::ifstream{file, std::ios::binary}.rdbuf();
  return all.str();
}

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> files;
  if (!fs::is_directory(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    if (!entry.is_directory()) files.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> result_of(const fs::path& out, std::string_view sink) {
  std::vector<std::string> lines;
  for (const auto& part : files_below(out / sink)) {
    std::ifstream file{out / sink / part};
    for (std::string line; std::getline(file, line);)
      lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::vector<std::string> results_of(const fs::path& out) {
  std::vector<std::string> all;
  for (const auto& entry : fs::directory_iterator{out}) {
    if (!entry.is_directory()) continue;
    const auto sink = entry.path().filename().string();
    for (const auto& line : result_of(out, sink))
      all.push_back(sink + " " + line);
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace aisle::e2e
