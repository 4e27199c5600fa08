// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string_view>

#include "tools/world/options.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::tool {

/// The folder of `embedded:DIR`; nothing when the text is something else.
[[nodiscard]] std::optional<std::filesystem::path> folder_of_log(std::string_view log);

/// What a simulated chain writes its events into: topics of the log that options.log names,
/// embedded or Kafka, with options.partitions each. A record is keyed by what its contract
/// partitions by, lies where Kafka's partitioner puts that key, and is stamped with the simulated
/// time of its arrival.
///
/// Fails with bad_option, or with no_log when the log cannot be read, or one of the chain's topics
/// is there and has records, or other settings: two chains in one log would be neither. Nothing is
/// made before the opener is called.
[[nodiscard]] std::expected<world::topic_opener, world::world_error> open_world_log(
    const world::world_options& options);

}  // namespace aisle::tool
