// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/home.hpp"

#include <algorithm>
#include <cstdlib>

namespace aisle::tool {
namespace {

namespace fs = std::filesystem;

bool is_home(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / "topologies", ignored) &&
         fs::is_directory(folder / "config" / "contracts", ignored);
}

fs::path topology_file(const fs::path& home, std::string_view name) {
  return home / "topologies" / name / (std::string{name} + ".yaml");
}

}  // namespace

std::optional<fs::path> find_home(const fs::path& program, const std::string& aisle_home) {
  if (!aisle_home.empty()) {
    return is_home(aisle_home) ? std::optional<fs::path>{aisle_home} : std::nullopt;
  }
  for (auto folder = program.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    if (is_home(folder)) {
      return folder;
    }
    if (auto installed = folder / "share" / "aisle"; is_home(installed)) {
      return installed;
    }
    if (folder == folder.root_path()) {
      break;
    }
  }
  return std::nullopt;
}

std::optional<fs::path> home() {
  std::error_code ignored;
  const char* const set = std::getenv("AISLE_HOME");
  return find_home(fs::read_symlink("/proc/self/exe", ignored), set == nullptr ? "" : set);
}

std::vector<std::string> shipped_topologies() {
  std::vector<std::string> names;
  const auto at = home();
  std::error_code ignored;
  if (!at) {
    return names;
  }
  for (fs::directory_iterator entry{*at / "topologies", ignored}, end; entry != end;
       entry.increment(ignored)) {
    const auto name = entry->path().filename().string();
    if (fs::is_regular_file(topology_file(*at, name), ignored)) {
      names.push_back(name);
    }
  }
  std::ranges::sort(names);
  return names;
}

std::optional<fs::path> shipped_topology(std::string_view name) {
  const auto names = shipped_topologies();
  const bool ships = std::ranges::find(names, name) != names.end();
  return ships ? std::optional{topology_file(*home(), name)} : std::nullopt;
}

std::vector<fs::path> contract_folders() {
  const auto at = home();
  return at ? std::vector{*at / "config" / "contracts"} : std::vector<fs::path>{};
}

}  // namespace aisle::tool
