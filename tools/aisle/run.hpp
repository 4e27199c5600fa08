// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"

namespace aisle::tool {

/// What the options ask for that cannot be; nothing when they are fine.
[[nodiscard]] std::optional<std::string> problem_of(const run_options& options);

/// Runs a plan as the options say, and tells how it goes and what came of it. The exit code.
[[nodiscard]] int run_opened(const run_options& options, const opened_topology& opened);

}  // namespace aisle::tool
