// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/ids.hpp"

namespace aisle::log {

/// MurmurHash2 with the seed and the reading of bytes of Kafka's clients
/// (org.apache.kafka.common.utils.Utils.murmur2).
[[nodiscard]] std::int32_t murmur2(std::string_view bytes);

/// The partition of a key among `partitions`, as Kafka's default partitioner chooses it
/// (`toPositive(murmur2(key)) % partitions`), so that a move to Kafka leaves every key where it is.
[[nodiscard]] inline base::partition_id partition_of(std::string_view key,
                                                     std::uint32_t partitions) {
  const auto positive = static_cast<std::uint32_t>(murmur2(key)) & 0x7fff'ffffU;
  return base::partition_id{positive % partitions};
}

}  // namespace aisle::log
