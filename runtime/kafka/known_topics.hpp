// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"

struct rd_kafka_topic_s;

namespace aisle::kafka {

/// Topics whose leaders a producer has asked for before the first record: otherwise that record
/// waits for librdkafka's next look at its topics, up to a second. Has to end before its client.
class known_topics {
 public:
  known_topics() = default;
  /// Topics that cannot be asked for in time are left out: the record will say why.
  known_topics(client& with, const std::vector<std::string>& names, base::duration at_most);

 private:
  struct gives_back_topic {
    void operator()(rd_kafka_topic_s* topic) const;
  };
  std::vector<std::unique_ptr<rd_kafka_topic_s, gives_back_topic>> topics_;
};

}  // namespace aisle::kafka
