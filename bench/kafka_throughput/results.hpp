// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "runtime/base/hash.hpp"

namespace aisle::bench {

/// All records of a topic, whatever their order: equal records, equal results (but for a collision
/// of 128 bits).
struct results {
  std::uint64_t records = 0;
  /// Sum of the records' hashes.
  base::hash128 sum;

  friend bool operator==(const results&, const results&) = default;
};

/// Of a topic in Kafka, what is committed; ends the bench when it cannot be read.
[[nodiscard]] results results_in_kafka(const std::string& servers, const std::string& topic);
/// Of a topic in the embedded log.
[[nodiscard]] results results_in_log(const std::filesystem::path& log, const std::string& topic);

}  // namespace aisle::bench
