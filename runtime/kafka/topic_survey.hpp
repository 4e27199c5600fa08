// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/group_offsets.hpp"
#include "runtime/kafka/topic_options.hpp"

namespace aisle::kafka {

/// What a topic holds of a partition, and where reading it begins.
struct partition_place {
  /// Of the oldest record that is kept.
  base::offset first;
  /// Behind the last that can be read.
  base::offset end;
  base::offset start;
};

/// By partition; each begins at its oldest record. Waits for the answer, some seconds at most.
[[nodiscard]] result<std::vector<partition_place>> places_of(client& with, const std::string& topic,
                                                             std::uint32_t partitions);

/// Asks how many partitions there are, what they hold, and where each begins by `options.start`.
/// Waits `options.patience` for brokers, and for a partition that has no leader yet, as one of a
/// topic that was just made. `group` may be null where the start does not need one.
[[nodiscard]] result<std::vector<partition_place>> survey(client& with, group_offsets* group,
                                                          const topic_options& options);

}  // namespace aisle::kafka
