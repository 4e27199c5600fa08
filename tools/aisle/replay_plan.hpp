// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>

#include "runtime/base/diagnostic.hpp"
#include "runtime/node/kafka_config.hpp"
#include "runtime/node/registry_config.hpp"
#include "runtime/topology/plan.hpp"
#include "tools/aisle/replay_range.hpp"

namespace aisle::tool {

/// Narrows a plan to a part of its input. Offsets are looked up in the sources, which are read up
/// to them, by the schemas of `registry` where they name theirs: what was skipped says which
/// windows are whole. Every sink becomes files below the output folder: what was delivered the
/// first time is not delivered again. What is wrong is reported, and the plan is then no longer of
/// use.
[[nodiscard]] std::expected<void, base::diagnostics> narrow(
    topology::plan& plan, const replay_range& to, const node::kafka_config& kafka,
    const std::optional<node::registry_config>& registry);

}  // namespace aisle::tool
