// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <functional>

#include "tools/world/error.hpp"
#include "tools/world/options.hpp"
#include "tools/world/summary.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::world {

/// Comes back when it is time for what arrives before this moment.
using pacer = std::function<void(instant)>;

/// Makes the world and writes all its files into `options.out`, replacing those of an earlier
/// world; other files there are left alone. Fails with bad_option (the first thing wrong),
/// no_folder, no_time_zones, no_log or write_failed. README.md has the list of files. With a pacer
/// the records of an hour are written slice by slice, each when it lets them. With an opener the
/// events go to the topics it opens, and not into files.
std::expected<world_summary, world_error> write_files(const world_options& options,
                                                      const pacer& pace = {},
                                                      const topic_opener& open = {});

}  // namespace aisle::world
