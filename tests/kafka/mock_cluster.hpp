// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
// Behind the other.
#include <librdkafka/rdkafka_mock.h>

#include "runtime/kafka/handles.hpp"

namespace aisle::kafka {

/// librdkafka's own pretended cluster of one broker: for errors that a real broker cannot be made
/// to answer, and for groups. It knows no transactions.
class mock_cluster {
 public:
  mock_cluster() {
    std::array<char, 512> why{};
    auto* const quiet = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(quiet, nullptr);
    client_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, quiet, why.data(), why.size()));
    REQUIRE_MESSAGE(client_, std::string{why.data()});
    cluster_.reset(rd_kafka_mock_cluster_new(client_.get(), 1));
    REQUIRE(cluster_);
  }

  [[nodiscard]] std::string servers() const {
    return rd_kafka_mock_cluster_bootstraps(cluster_.get());
  }
  void create(const std::string& topic, int partitions = 1) {
    REQUIRE(rd_kafka_mock_topic_create(cluster_.get(), topic.c_str(), partitions, 1) == 0);
  }
  /// The next requests of the kind (ApiKey of the protocol) are answered so, one after the other.
  void fail_next(std::int16_t request, std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster_.get(), request, errors.size(), errors.data());
  }
  /// From now on everything about the topic is answered so.
  void refuse(const std::string& topic, rd_kafka_resp_err_t error) {
    rd_kafka_mock_topic_set_error(cluster_.get(), topic.c_str(), error);
  }
  void down() { rd_kafka_mock_broker_set_down(cluster_.get(), 1); }
  void up() { rd_kafka_mock_broker_set_up(cluster_.get(), 1); }

 private:
  std::unique_ptr<rd_kafka_t, gives_back<rd_kafka_destroy>> client_;
  std::unique_ptr<rd_kafka_mock_cluster_t, gives_back<rd_kafka_mock_cluster_destroy>> cluster_;
};

inline constexpr std::int16_t fetch_request = 1;
inline constexpr std::int16_t offsets_request = 2;
inline constexpr std::int16_t heartbeat_request = 12;

}  // namespace aisle::kafka
