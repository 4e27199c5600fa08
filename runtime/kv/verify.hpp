// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/kv/errors.hpp"

namespace aisle::kv {

/// What a look at the whole file came to.
struct verdict {
  /// What is wrong, and at which byte of the file; at most 100. Empty: all of it is as written.
  struct finding {
    std::uint64_t at = 0;
    std::string what;
  };
  std::vector<finding> findings;
  std::uint64_t pages = 0;
  std::uint64_t free_pages = 0;
  std::uint64_t rows = 0;
  /// No table has a row: a file whose first commit never came.
  bool empty = true;
  std::uint64_t copies = 0;

  [[nodiscard]] bool sound() const { return findings.empty(); }
};

/// Reads every page and every row of the state in `folder`: pages and trees, the checksum of each
/// value, chunks and their rows, chains and outboxes against what the ledger says, the index of
/// timers against the actors, in both directions. Reads the file itself, not through LMDB, so that
/// no damage ends the process; takes the folder's lock meanwhile.
[[nodiscard]] result<verdict> verify(const std::filesystem::path& folder);

}  // namespace aisle::kv
