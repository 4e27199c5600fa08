// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/kafka/topic_rules.hpp"

namespace aisle::kafka {

/// What stands out about the topic of a control log. Stricter than for others: what it loses, a
/// cluster has forgotten, though nodes have acted on it.
[[nodiscard]] std::vector<topic_finding> look_over_control(std::string_view name,
                                                           const topic_facts& is);

/// How the topic of a control log is made: one partition, compacted, with a copy on up to three
/// brokers, of which two have to have a record, where there are two.
[[nodiscard]] topic_wish wish_for_control(std::int32_t brokers);

}  // namespace aisle::kafka
