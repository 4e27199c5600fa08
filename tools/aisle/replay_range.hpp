// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "tools/aisle/commands.hpp"

namespace aisle::tool {

/// `SOURCE=OFFSET` or `SOURCE/PARTITION=OFFSET`.
struct offset_asked {
  std::string source;
  /// None: every partition of the source.
  std::optional<base::partition_id> partition;
  base::offset offset;
};

/// Where a replay begins and ends, as it was asked for: by time, or by offsets.
struct replay_range {
  std::optional<base::event_time> from;
  std::vector<offset_asked> offsets;
  base::event_time to = base::end_of_time;
  base::duration warm_up{0};
};

/// Reads `--from`, `--to` and `--warm-up`; or says what cannot be.
[[nodiscard]] std::expected<replay_range, std::string> read_replay_range(
    const replay_options& options);

}  // namespace aisle::tool
