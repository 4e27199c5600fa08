// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/entity/past_layout.hpp"
#include "runtime/topology/manifest.hpp"

namespace aisle::topology {

/// The manifests of a state, oldest first: number 1 is the first of them.
using history = std::vector<manifest>;

/// From their bytes. The text says which is wrong, and how.
[[nodiscard]] std::expected<history, std::string> unpack_history(std::span<const std::string> all);

/// For each stage of the newest manifest, in its order: how what was kept under the older ones is
/// read. Names are followed from one manifest to the next, so that a behaviour that was dropped
/// once does not come back with what it left. `all` ends with what the state is from now on, whose
/// number is its place.
[[nodiscard]] std::vector<std::shared_ptr<const entity::kept_layouts>> past_layouts(
    const history& all);

}  // namespace aisle::topology
