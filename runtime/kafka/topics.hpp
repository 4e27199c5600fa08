// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/errors.hpp"
#include "runtime/kafka/topic_rules.hpp"

namespace aisle::kafka {

/// A topic that is needed.
struct topic_order {
  std::string name;
  topic_use use = topic_use::output;
  /// Of a topic that has to be made.
  std::int32_t partitions = 1;
  /// It may be made when it is not there.
  bool create = true;
};

struct found_topic {
  topic_facts facts;
  /// What a person should hear: that it was made, and how, and what stands out about it.
  std::vector<std::string> remarks;
};

/// Looks for the topic, makes it when it is not there and may be made, and looks its settings over.
/// errc::not_found when it is not there and may not be made, errc::bad_setting when one of its
/// settings cannot be gone on with. Never lets the broker make it by its own defaults.
[[nodiscard]] result<found_topic> ensure_topic(client& with, const topic_order& wanted,
                                               base::duration at_most);

}  // namespace aisle::kafka
