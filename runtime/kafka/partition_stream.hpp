// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/time.hpp"
#include "runtime/kafka/client.hpp"
#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {

/// librdkafka's reading of the one partition of a topic, from an offset on. In no group. Has to end
/// before its client.
class partition_stream {
 public:
  partition_stream(client& with, const std::string& topic)
      : topic_{rd_kafka_topic_new(with.handle(), topic.c_str(), nullptr)} {}
  partition_stream(const partition_stream&) = delete;
  partition_stream& operator=(const partition_stream&) = delete;
  ~partition_stream() {
    if (runs_) rd_kafka_consume_stop(topic_.get(), the_partition);
  }

  /// `from`: a number and not RD_KAFKA_OFFSET_BEGINNING, for which librdkafka 2.0.2 asks half a
  /// second later where it does not know the leader yet.
  [[nodiscard]] bool start(std::int64_t from) {
    runs_ = topic_ && rd_kafka_consume_start(topic_.get(), the_partition, from) == 0;
    return runs_;
  }
  /// Null when nothing came in time.
  [[nodiscard]] message_handle next(base::duration at_most) {
    return message_handle{
        rd_kafka_consume(topic_.get(), the_partition, static_cast<int>(at_most.count()))};
  }

  static constexpr std::int32_t the_partition = 0;

 private:
  topic_handle topic_;
  bool runs_ = false;
};

}  // namespace aisle::kafka
