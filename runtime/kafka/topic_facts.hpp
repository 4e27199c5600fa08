// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"

/// What the cluster knows of a topic. Each call asks it and waits for the answer, `at_most` so
/// long; where none comes, the error is the client's last trouble.
namespace aisle::kafka {

/// How many partitions the topic has; errc::not_found when there is none.
[[nodiscard]] result<std::uint32_t> partitions_of(client& with, const std::string& topic,
                                                  base::duration at_most);

/// By partition, 0 to `partitions` - 1: the offset of the oldest record that is kept.
[[nodiscard]] result<std::vector<base::offset>> beginnings(client& with, const std::string& topic,
                                                           std::uint32_t partitions,
                                                           base::duration at_most);
/// The offset behind the last record that can be read: of an open transaction none can.
[[nodiscard]] result<std::vector<base::offset>> ends(client& with, const std::string& topic,
                                                     std::uint32_t partitions,
                                                     base::duration at_most);
/// The offset of the first record stamped `time` or later; the end where there is none.
[[nodiscard]] result<std::vector<base::offset>> offsets_at(client& with, const std::string& topic,
                                                           std::uint32_t partitions,
                                                           base::event_time time,
                                                           base::duration at_most);

}  // namespace aisle::kafka
