// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include "runtime/topology/plan.hpp"

namespace aisle::limit {

/// How much of the job is done, to tell what its parts cost.
enum class depth : std::uint8_t {
  /// Records are read, decoded, and dropped when they are repeats.
  decode,
  /// They are also put in order, and windows are kept.
  windows,
  /// All of it.
  everything,
};

struct loop_counts {
  std::uint64_t records = 0;
  std::uint64_t stores = 0;
  std::uint64_t shelves = 0;
  std::uint64_t products = 0;
};

/// The answers of `retail` by one hand-written loop on the calling thread: what `plan` says of
/// sources, tables and models is used, its stages are written out by hand. Writes
/// OUT/windows/part.ndjson, and decisions and late likewise. The error is a sentence.
[[nodiscard]] std::expected<loop_counts, std::string> run_retail(const topology::plan& plan,
                                                                 const std::filesystem::path& out,
                                                                 depth how_far);

}  // namespace aisle::limit
