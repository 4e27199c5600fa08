// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "tools/aisle/commands.hpp"
#include "tools/aisle/open_topology.hpp"

namespace aisle::tool {

inline constexpr std::uint32_t shards_unless_told = 4;

/// Reads the node's file, if there is one: it says what the options leave out. Or everything that
/// is wrong with it.
[[nodiscard]] std::expected<void, base::diagnostics> take_config(run_options& options);

/// What the options ask for that cannot be; nothing when they are fine.
[[nodiscard]] std::optional<std::string> problem_of_run(const run_options& options);

/// Runs a plan as the options say, and tells how it goes and what came of it. The exit code.
[[nodiscard]] int run_opened(const run_options& options, opened_topology opened);

}  // namespace aisle::tool
