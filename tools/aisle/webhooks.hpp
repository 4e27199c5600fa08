// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "runtime/topology/plan.hpp"

namespace aisle::tool {

/// Says on stderr, before a run, which sinks are off because their webhook has no url.
void tell_webhooks_off(const std::vector<topology::planned_sink>& sinks);

/// Says on stderr, after a run, how many records could not be posted, and where they are.
void tell_undelivered(const std::vector<topology::planned_sink>& sinks,
                      const std::filesystem::path& out);

}  // namespace aisle::tool
