// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "runtime/entity/memory_budget.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {

/// What the sleeping actors of a node may occupy on disk.
inline constexpr std::size_t scratch_bytes_max = std::size_t{256} << 30;

/// Gives every shard whose actors may sleep a scratch file in `folder`, and all the budget (null:
/// none).
[[nodiscard]] std::expected<void, std::string> make_beds(wiring& wired,
                                                         const std::filesystem::path& folder,
                                                         entity::memory_budget* budget);

}  // namespace aisle::node
