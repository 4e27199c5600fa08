// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace aisle::tool {

/// Reads the arguments (without the program's name), does what they ask, answers the exit code.
int run_cli(std::span<const char* const> arguments);

}  // namespace aisle::tool
