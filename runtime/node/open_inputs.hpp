// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <optional>
#include <vector>

#include "runtime/node/node.hpp"
#include "runtime/node/open_sources.hpp"
#include "runtime/node/tables.hpp"
#include "runtime/topology/plan.hpp"

namespace aisle::node {

/// What a run reads.
struct run_inputs {
  opened_tables tables;
  std::vector<opened_source> sources;
};

/// Opens tables and sources once every broker they need has answered; again, where `start_patience`
/// has no end, when one goes away meanwhile. Nothing when the run was asked to stop while it
/// waited. `options.notice` hears what a person should.
[[nodiscard]] std::expected<std::optional<run_inputs>, run_error> open_inputs(
    const topology::plan& plan, const run_options& options);

}  // namespace aisle::node
