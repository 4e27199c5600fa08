// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "runtime/base/diagnostic.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// Reads every table of the plan, or says everything that is wrong with any of them.
[[nodiscard]] std::expected<loaded_tables, base::diagnostics> load_tables(
    const topology::plan& plan);

}  // namespace aisle::node
