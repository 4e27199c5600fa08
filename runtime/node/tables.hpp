// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/node/topic_table.hpp"
#include "runtime/node/wiring.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// Reads a table's file, decompressed as its name says, and parses it: everything wrong at once.
[[nodiscard]] std::expected<std::shared_ptr<const table::reference>, base::diagnostics> load_table(
    const topology::planned_table& table);

/// The tables of a plan, in its order.
struct opened_tables {
  loaded_tables rows;
  /// Those that are topics, to be read on; null for a file.
  std::vector<std::shared_ptr<topic_table>> topics;
  /// What a person should hear of them.
  std::vector<std::string> remarks;
};

/// Reads all tables of the plan, topics to their present end; or says what is wrong with any of
/// them. `schemas`: the node's registry, where the plan needs one.
[[nodiscard]] std::expected<opened_tables, base::diagnostics> load_tables(
    const topology::plan& plan, const kafka_config& kafka = {},
    const std::shared_ptr<record::schema_source>& schemas = {});

}  // namespace aisle::node
