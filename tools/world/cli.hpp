// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <span>

namespace aisle::world {

/// `aisle world`: reads the arguments after the word `world`, makes the world, and tells on `err`
/// what was made; with --json also on `out`, as the JSON of truth/summary.json. Errors go to `err`,
/// all of them at once.
///
/// Returns the exit code: 0 done; 2 nothing done, the arguments or the folder are bad; 3 stopped by
/// a fault of the disk.
int run_cli(std::span<const char* const> args, std::FILE* out, std::FILE* err);

}  // namespace aisle::world
