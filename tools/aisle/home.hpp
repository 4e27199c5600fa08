// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::tool {

/// Where what ships lies: the folder with `topologies/` and `config/contracts/`. AISLE_HOME when it
/// is set; otherwise, from the program's own folder up, the first folder that has them, itself (a
/// clone: build/release lies in it) or in share/aisle (installed). None when there is no such
/// folder.
[[nodiscard]] std::optional<std::filesystem::path> home();

/// The same from a given program and a given AISLE_HOME (empty: not set).
[[nodiscard]] std::optional<std::filesystem::path> find_home(const std::filesystem::path& program,
                                                             const std::string& aisle_home);

/// Names of the topologies that ship, sorted.
[[nodiscard]] std::vector<std::string> shipped_topologies();

/// The file of a shipped topology; none when no such ships.
[[nodiscard]] std::optional<std::filesystem::path> shipped_topology(std::string_view name);

/// The folders of the contracts that ship.
[[nodiscard]] std::vector<std::filesystem::path> contract_folders();

}  // namespace aisle::tool
