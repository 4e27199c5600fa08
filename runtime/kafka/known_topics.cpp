// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/known_topics.hpp"

#include <librdkafka/rdkafka.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {

void known_topics::gives_back_topic::operator()(rd_kafka_topic_s* topic) const {
  rd_kafka_topic_destroy(topic);
}

known_topics::known_topics(client& with, const std::vector<std::string>& names,
                           base::duration at_most) {
  for (const auto& name : names) {
    auto* const topic = rd_kafka_topic_new(with.handle(), name.c_str(), nullptr);
    if (topic == nullptr) {
      continue;
    }
    topics_.emplace_back(topic);
    const rd_kafka_metadata_t* answered = nullptr;
    rd_kafka_metadata(with.handle(), 0, topic, &answered, static_cast<int>(at_most.count()));
    const metadata_handle not_looked_at{answered};
  }
}

}  // namespace aisle::kafka
