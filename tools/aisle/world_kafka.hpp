// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>

#include "runtime/topology/log_address.hpp"
#include "tools/world/options.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::tool {

/// `open_world_log` for topics of Kafka, with the same answers and errors.
[[nodiscard]] std::expected<world::topic_opener, world::world_error> open_world_kafka(
    const topology::log_address& log, const world::world_options& options);

}  // namespace aisle::tool
