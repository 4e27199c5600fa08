// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "runtime/base/diagnostic.hpp"
#include "runtime/topology/load.hpp"
#include "tools/aisle/commands.hpp"

namespace aisle::tool {

/// A topology that was asked for on the command line, checked and planned.
struct opened_topology {
  std::filesystem::path file;
  topology::plan plan;
};

/// Why there is none.
struct open_failure {
  base::diagnostics problems;
  /// False when there was no file to look at: then nothing was checked.
  bool was_read = true;
};

/// Finds the file (or the topology that ships under that name), reads `--set` and `--log`, loads
/// the plan.
[[nodiscard]] std::expected<opened_topology, open_failure> open_topology(
    const topology_options& options, topology::inputs inputs);

/// How diagnostics reach the user: as text on stderr (in colour on a terminal that wants it), or as
/// JSON on stdout.
enum class report_form : std::uint8_t { text, json };
void report(const base::diagnostics& problems, report_form form);

/// True when stderr is a terminal, NO_COLOR is not set and TERM is not dumb.
[[nodiscard]] bool stderr_has_colours();

/// In quotes where a shell would read it otherwise.
[[nodiscard]] std::string for_shell(const std::string& word);

/// `--set a=b --log files:D`, as a shell reads it: for the next command that is suggested.
[[nodiscard]] std::string arguments_again(const topology_options& options);

}  // namespace aisle::tool
