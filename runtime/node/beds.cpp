// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/beds.hpp"

#include <memory>
#include <utility>

#include "runtime/entity/scratch_state.hpp"

namespace aisle::node {

std::expected<void, std::string> make_beds(wiring& wired, const std::filesystem::path& folder,
                                           entity::memory_budget* budget) {
  for (auto& shard : wired.shards) {
    auto& rest = shard.options.rest;
    if (budget == nullptr && !rest.after) {
      continue;
    }
    auto file = base::scratch_file::open(folder, scratch_bytes_max / wired.shards.size());
    if (!file) {
      return std::unexpected{std::move(file.error())};
    }
    rest.beds = std::make_shared<entity::scratch_state>(std::move(*file));
    rest.budget = budget;
  }
  return {};
}

}  // namespace aisle::node
