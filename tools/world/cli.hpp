// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <span>

#include "tools/world/options.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::world {

/// Looks whether the log that options.log names can take a world, without changing it, and answers
/// how its topics are opened. Fails with bad_option or no_log.
using log_opener = std::function<std::expected<topic_opener, world_error>(const world_options&)>;

/// `aisle world`: reads the arguments after the word `world`, makes the world, and tells on `err`
/// what was made; with --json also on `out`, as the JSON of truth/summary.json. Errors go to `err`,
/// all of them at once. `open_log` is asked when the arguments name a log.
///
/// Returns the exit code: 0 done; 2 nothing done, the arguments or the folder are bad; 3 stopped by
/// a fault of the disk.
int run_cli(std::span<const char* const> args, std::FILE* out, std::FILE* err,
            const log_opener& open_log);

}  // namespace aisle::world
