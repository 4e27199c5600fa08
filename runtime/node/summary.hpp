// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "runtime/node/coordinator_actor.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {

/// summary.json: {sources: {S: {read, accepted, rejected, duplicate, rounded[, skipped]}}, stages:
/// {S: {in, applied, late, failed, quarantined}}}, the counts of everything up to a complete epoch.
/// When partitions were declared idle or tables changed, `declared: {idle, tables}` says how often.
[[nodiscard]] std::string summary_json(const wiring& wired, const epoch_record& record);

}  // namespace aisle::node
