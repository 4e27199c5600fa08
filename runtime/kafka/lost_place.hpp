// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/kafka/errors.hpp"

/// Why reading a partition cannot go on where it stopped, and what a person can do.
namespace aisle::kafka {

/// `partition 3 of the Kafka topic "sales"`
[[nodiscard]] std::string partition_named(std::string_view topic, std::uint32_t partition);

/// errc::changed: the topic has fewer partitions than it had.
[[nodiscard]] error is_gone(std::string_view topic, std::uint32_t partition);

/// errc::changed: the partition ends before the offset where reading stopped.
[[nodiscard]] error ends_before(std::string_view topic, std::uint32_t partition, base::offset end,
                                base::offset stopped);

/// errc::out_of_range: its oldest record is behind the next one that was to be read.
[[nodiscard]] error removed_before_read(std::string_view topic, std::uint32_t partition,
                                        base::offset first, base::offset next);

}  // namespace aisle::kafka
