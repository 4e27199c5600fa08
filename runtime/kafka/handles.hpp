// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

/// librdkafka's objects, each with an owner that gives it back.
namespace aisle::kafka {

template <auto Destroy>
struct gives_back {
  template <class Thing>
  void operator()(Thing* thing) const {
    Destroy(thing);
  }
};

using conf_handle = std::unique_ptr<rd_kafka_conf_t, gives_back<rd_kafka_conf_destroy>>;
using topic_conf_handle =
    std::unique_ptr<rd_kafka_topic_conf_t, gives_back<rd_kafka_topic_conf_destroy>>;
using queue_handle = std::unique_ptr<rd_kafka_queue_t, gives_back<rd_kafka_queue_destroy>>;
using topic_handle = std::unique_ptr<rd_kafka_topic_t, gives_back<rd_kafka_topic_destroy>>;
using message_handle = std::unique_ptr<rd_kafka_message_t, gives_back<rd_kafka_message_destroy>>;
using event_handle = std::unique_ptr<rd_kafka_event_t, gives_back<rd_kafka_event_destroy>>;
using error_handle = std::unique_ptr<rd_kafka_error_t, gives_back<rd_kafka_error_destroy>>;
using headers_handle = std::unique_ptr<rd_kafka_headers_t, gives_back<rd_kafka_headers_destroy>>;
using metadata_handle =
    std::unique_ptr<const rd_kafka_metadata_t, gives_back<rd_kafka_metadata_destroy>>;
using offsets_handle = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                       gives_back<rd_kafka_topic_partition_list_destroy>>;

}  // namespace aisle::kafka
