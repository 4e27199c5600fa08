// SPDX-License-Identifier: Apache-2.0
// Each class of errors, from a broker that only pretends: it has no transactions, but answers what
// it is told to.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/known_topics.hpp"
#include "runtime/kafka/outgoing.hpp"
#include "runtime/kafka/txn_producer.hpp"
#include "tests/kafka/in_time.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::kafka {
namespace {

using namespace std::chrono_literals;

enum api : std::int16_t {
  produce_api = 0,
  init_api = 22,
  add_partitions_api = 24,
  end_api = 26,
};

class mock_broker {
 public:
  mock_broker()
      : host_{test_support::kafka_client(RD_KAFKA_PRODUCER, {{"log_level", "3"}})},
        cluster_{rd_kafka_mock_cluster_new(host_.get(), 1)} {
    REQUIRE(cluster_ != nullptr);
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
  }
  mock_broker(const mock_broker&) = delete;
  mock_broker& operator=(const mock_broker&) = delete;
  ~mock_broker() { rd_kafka_mock_cluster_destroy(cluster_); }

  /// The next requests of this kind are answered so.
  void answer(api to, const std::vector<rd_kafka_resp_err_t>& with) {
    rd_kafka_mock_push_request_errors_array(cluster_, to, with.size(), with.data());
  }
  /// As `answer`, each after that long.
  void answer_late(api to, rd_kafka_resp_err_t with, const std::vector<int>& after_ms) {
    for (const int ms : after_ms)
      rd_kafka_mock_broker_push_request_error_rtts(cluster_, 1, to, 1, with, ms);
  }
  void be_down() { rd_kafka_mock_broker_set_down(cluster_, 1); }

  [[nodiscard]] txn_settings producer() const {
    return {.to = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster_), .properties = {}},
            .transactional_id = "aisle-a-lane",
            .transaction_timeout = 30s,
            .topics = {topic},
            .init_patience = 60s};
  }

  static constexpr std::int32_t partitions = 4;
  const std::string topic = "results";

 private:
  test_support::kafka_handle host_;
  rd_kafka_mock_cluster_t* cluster_;
};

/// One transaction of one record.
outcome write_one(txn_producer& by, const std::string& topic) {
  const std::string value = "v";
  auto done = by.begin();
  if (done) {
    done = by.produce({.topic = topic, .key = "k", .value = value, .headers = {}});
  }
  return done ? by.commit() : done;
}

TEST_CASE("retriable: a coordinator that is not ready is asked again, and nobody hears of it") {
  mock_broker broker;
  broker.answer(init_api,
                {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
                 RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS});
  txn_producer by{broker.producer(), process_watchdog()};
  REQUIRE_MESSAGE(by.fence(), by.why());
  broker.answer(
      end_api, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR});
  CHECK_MESSAGE(write_one(by, broker.topic), by.why());
  CHECK(by.state() == txn_state::ready);
}

TEST_CASE("abortable: a record that the broker does not take ends the producer, not the lane") {
  mock_broker broker;
  txn_producer by{broker.producer(), process_watchdog()};
  REQUIRE(by.fence());
  broker.answer(produce_api, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  CHECK(write_one(by, broker.topic).error() == verdict::take_over);

  CHECK(by.why().find("was not taken") != std::string::npos);
  REQUIRE(by.fence());
  CHECK(write_one(by, broker.topic));
}

TEST_CASE("fatal: a broken sequence ends the producer, and the next one works") {
  mock_broker broker;
  txn_producer by{broker.producer(), process_watchdog()};
  REQUIRE(by.fence());
  broker.answer(end_api, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE});
  CHECK(write_one(by, broker.topic).error() == verdict::take_over);

  REQUIRE(by.fence());
  CHECK(write_one(by, broker.topic));
}

TEST_CASE("fenced: the lane is lost, wherever the broker says so") {
  for (const auto at : {add_partitions_api, end_api}) {
    for (const auto code :
         {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_PRODUCER_FENCED}) {
      mock_broker broker;
      txn_producer by{broker.producer(), process_watchdog()};
      REQUIRE(by.fence());
      broker.answer(at, {code});
      CHECK_MESSAGE(write_one(by, broker.topic).error() == verdict::lost, at, " ", code);

      CHECK(by.why().find("aisle-a-lane was taken over") != std::string::npos);
    }
  }
}

TEST_CASE("hopeless: who is not allowed is told so, and does not try for ever") {
  mock_broker broker;
  txn_producer by{broker.producer(), process_watchdog()};
  broker.answer(init_api, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED});
  CHECK(by.fence().error() == verdict::refused);
  CHECK_FALSE(by.why().empty());
  REQUIRE(by.fence());
  broker.answer(add_partitions_api, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  CHECK(write_one(by, broker.topic).error() == verdict::refused);
}

TEST_CASE("overdue: a commit that nobody answers is in doubt, and given up in time") {
  mock_broker broker;
  auto how = broker.producer();
  how.transaction_timeout = 2s;
  txn_producer by{how, process_watchdog()};
  REQUIRE(by.fence());
  const std::string value = "v";
  REQUIRE(by.begin());
  REQUIRE(by.produce({.topic = broker.topic, .key = "k", .value = value, .headers = {}}));
  by.flush(30s);
  broker.be_down();
  CHECK(by.commit().error() == verdict::take_over);
}

// librdkafka 2.0.2 frees a transaction's error when it begins to end a producer, and again when an
// answer comes meanwhile that is an error, too: "double free or corruption (fasttop)".
TEST_CASE("a producer ends behind the last answer to its records") {
  mock_broker broker;
  const std::string value = "v";
  const auto delivered = std::make_shared<std::atomic<int>>(0);
  {
    auto by =
        client::open(purpose::write, broker.producer().to, {}, [delivered](const auto& record) {
          *delivered += record.err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
        });
    REQUIRE(by);
    const known_topics known{**by, {broker.topic}, 10s};
    broker.answer_late(produce_api, RD_KAFKA_RESP_ERR_NO_ERROR, {4'000, 4'000, 4'000, 4'000});
    for (std::int32_t p = 0; p < mock_broker::partitions; ++p) {
      REQUIRE(
          hand_over(
              (*by)->handle(),
              {.topic = broker.topic, .key = {}, .value = value, .headers = {}, .partition = p}) ==
          nullptr);
    }
    // So that all are sent.
    rd_kafka_flush((*by)->handle(), 2'000);
  }
  // Closing may go on behind the client's end.
  CHECK(in_time([&] { return *delivered == mock_broker::partitions; }, 20ms));
}

}  // namespace
}  // namespace aisle::kafka
