// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {

/// librdkafka's pretended broker: sound for groups, and for nothing that has to do with
/// transactions.
class mock_cluster {
 public:
  mock_cluster()
      : host_{rd_kafka_new(RD_KAFKA_PRODUCER, silent(), nullptr, 0)},
        brokers_{rd_kafka_mock_cluster_new(host_.get(), 1)} {
    REQUIRE(brokers_ != nullptr);
  }

  [[nodiscard]] std::string servers() const {
    return rd_kafka_mock_cluster_bootstraps(brokers_.get());
  }
  void create(const std::string& topic) {
    REQUIRE(rd_kafka_mock_topic_create(brokers_.get(), topic.c_str(), 1, 1) ==
            RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void down() { rd_kafka_mock_broker_set_down(brokers_.get(), 1); }
  void up() { rd_kafka_mock_broker_set_up(brokers_.get(), 1); }

 private:
  static rd_kafka_conf_t* silent() {
    auto* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    return conf;
  }

  std::unique_ptr<rd_kafka_t, gives_back<rd_kafka_destroy>> host_;
  std::unique_ptr<rd_kafka_mock_cluster_t, gives_back<rd_kafka_mock_cluster_destroy>> brokers_;
};

}  // namespace aisle::kafka
