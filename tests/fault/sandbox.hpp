// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "tests/e2e/program.hpp"

/// Ways to make a machine fail for one program only. Each is nothing where this machine does not
/// allow it; `why_not` then says so.
namespace aisle::fault {

/// The command with mounts of its own: `script` (of a shell) is run first. Not seen by others, but
/// through `/proc/ID/root`.
[[nodiscard]] std::optional<e2e::strings> with_own_mounts(const std::string& script,
                                                          const e2e::strings& command);

/// The command, of whose system calls on `file` some fail: `what` as strace's inject= has it, such
/// as `fdatasync:error=EIO:when=3`.
[[nodiscard]] std::optional<e2e::strings> with_injected(const std::string& what,
                                                        const std::filesystem::path& file,
                                                        const e2e::strings& command);

/// For the test's output.
void say_skipped(const std::string& why);

}  // namespace aisle::fault
