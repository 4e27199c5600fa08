// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace aisle::tool {

/// The socket of the node that is meant: the only one of this user that runs here, or the one
/// `wanted` names by topology, topology-pid or the path of its socket.
[[nodiscard]] std::expected<std::filesystem::path, std::string> find_node(
    const std::string& wanted);

}  // namespace aisle::tool
