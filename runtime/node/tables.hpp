// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>

#include "runtime/base/diagnostic.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// Reads a table's file, decompressed as its name says, and parses it: everything wrong at once.
[[nodiscard]] std::expected<std::shared_ptr<const table::reference>, base::diagnostics> load_table(
    const topology::planned_table& table);

/// All tables of the plan, or what is wrong with any of them.
[[nodiscard]] std::expected<loaded_tables, base::diagnostics> load_tables(
    const topology::plan& plan);

}  // namespace aisle::node
