// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "runtime/log/errors.hpp"
#include "tools/aisle/commands.hpp"

namespace aisle::tool {

/// Says what is wrong with a log, and answers the exit code: nothing was done, or stopped by a
/// fault.
int log_failure(const log::error& failed);

/// Lines of stdin become records.
int log_append(const log_options& options, const std::filesystem::path& folder);
/// Records become lines of stdout.
int log_read(const log_options& options, const std::filesystem::path& folder);

}  // namespace aisle::tool
