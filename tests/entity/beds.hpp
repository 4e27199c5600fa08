// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include <doctest/doctest.h>

#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/scratch_state.hpp"

namespace aisle::entity {

/// A place to sleep in the system's folder for temporary files.
inline std::shared_ptr<scratch_state> make_beds(std::size_t bytes_max = std::size_t{64} << 20) {
  auto file = base::scratch_file::open(std::filesystem::temp_directory_path(), bytes_max);
  REQUIRE(file.has_value());
  return std::make_shared<scratch_state>(std::move(*file));
}

/// Room for nobody but the actor in use: every other sleeps, always.
struct one_bed_short {
  memory_budget budget{1};
  std::shared_ptr<scratch_state> beds = make_beds();
  [[nodiscard]] resting rest() { return {.beds = beds, .budget = &budget, .after = std::nullopt}; }
};

}  // namespace aisle::entity
