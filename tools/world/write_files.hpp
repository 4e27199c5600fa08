// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "tools/world/error.hpp"
#include "tools/world/options.hpp"
#include "tools/world/summary.hpp"

namespace aisle::world {

/// Makes the world and writes all its files into `options.out`, replacing those of an earlier
/// world; other files there are left alone. Fails with bad_option (the first thing wrong),
/// no_folder, no_time_zones or write_failed. README.md has the list of files.
std::expected<world_summary, world_error> write_files(const world_options& options);

}  // namespace aisle::world
