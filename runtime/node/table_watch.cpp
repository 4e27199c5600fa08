// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/table_watch.hpp"

#include <utility>

namespace aisle::node {

table_watch::table_watch(std::vector<std::filesystem::path> files, io::disk& on) : disk_{on} {
  for (auto& path : files) {
    const auto now = facts_of(path);
    files_.push_back({.path = std::move(path), .read = now, .last = now});
  }
}

std::vector<std::size_t> table_watch::look() {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    auto& file = files_[i];
    const auto now = facts_of(file.path);
    const bool at_rest = now && now == std::exchange(file.last, now);
    if (at_rest && now != file.read) {
      file.read = now;
      changed.push_back(i);
    }
  }
  return changed;
}

std::optional<io::file_facts> table_watch::facts_of(const std::filesystem::path& path) const {
  const auto file = disk_.open(path, io::disk::mode::read);
  if (!file) {
    return std::nullopt;
  }
  const auto facts = (*file)->facts();
  return facts ? std::optional{*facts} : std::nullopt;
}

}  // namespace aisle::node
