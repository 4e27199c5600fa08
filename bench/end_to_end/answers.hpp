// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "runtime/base/hash.hpp"

namespace aisle::bench {

/// All records of a folder of .ndjson files, whatever their order and file: equal records, equal
/// answers (but for a collision of 128 bits).
struct answers {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  /// Sum of the records' hashes, so that order does not matter and repeats count.
  base::hash128 sum;

  friend bool operator==(const answers&, const answers&) = default;
};

[[nodiscard]] answers answers_in(const std::filesystem::path& folder);
[[nodiscard]] std::string to_text(const answers& all);

}  // namespace aisle::bench
