// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kafka_topics.hpp"

#include <array>
#include <chrono>
#include <span>
#include <thread>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

namespace aisle::test_support {
namespace {

using steady = std::chrono::steady_clock;

constexpr int timeout_ms = 120'000;
/// Behind it another broker may have what was asked for.
constexpr int one_answer_ms = 5'000;
constexpr std::chrono::milliseconds between_tries{20};

steady::time_point deadline() { return steady::now() + std::chrono::milliseconds{timeout_ms}; }

/// A broker tells of a topic before it takes over its partitions, and librdkafka asks it at once;
/// or it is down, and the others have not noticed.
bool not_yet(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT ||
         error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

/// One topic's answer to what was asked of it.
void must_be_fine(const rd_kafka_topic_result_t* const* topics, std::size_t count) {
  REQUIRE(count == 1);
  const auto* one = std::span{topics, count}.front();
  REQUIRE_MESSAGE(rd_kafka_topic_result_error(one) == RD_KAFKA_RESP_ERR_NO_ERROR,
                  std::string{rd_kafka_topic_result_error_string(one)});
}

void must_be_fine(const rd_kafka_topic_partition_list_t* partitions) {
  for (const auto& one : std::span{partitions->elems, static_cast<std::size_t>(partitions->cnt)}) {
    REQUIRE_MESSAGE(one.err == RD_KAFKA_RESP_ERR_NO_ERROR, std::string{rd_kafka_err2str(one.err)});
  }
}

}  // namespace

void rd_kafka_destroyer::operator()(rd_kafka_s* client) const { rd_kafka_destroy(client); }

kafka_handle kafka_client(int type, const kafka_settings& settings,
                          const kafka_callbacks& callbacks) {
  std::array<char, 512> why{};
  auto* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    const auto set = rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why.data(), why.size());
    REQUIRE_MESSAGE(set == RD_KAFKA_CONF_OK, std::string{why.data()});
  }
  if (callbacks.delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf, callbacks.delivery);
  if (callbacks.error != nullptr) rd_kafka_conf_set_error_cb(conf, callbacks.error);
  rd_kafka_conf_set_opaque(conf, callbacks.opaque);
  auto* made = rd_kafka_new(static_cast<rd_kafka_type_t>(type), conf, why.data(), why.size());
  if (made == nullptr) rd_kafka_conf_destroy(conf);
  REQUIRE_MESSAGE(made != nullptr, std::string{why.data()});
  return kafka_handle{made};
}

void kafka_topics::queue_destroyer::operator()(rd_kafka_queue_s* queue) const {
  rd_kafka_queue_destroy(queue);
}

void kafka_topics::event_destroyer::operator()(rd_kafka_op_s* event) const {
  rd_kafka_event_destroy(event);
}

kafka_topics::kafka_topics(const kafka_settings& login)
    : client_{kafka_client(RD_KAFKA_PRODUCER, login)},
      answers_{rd_kafka_queue_new(client_.get())} {}

kafka_topics::event kafka_topics::answer() const {
  event got{rd_kafka_queue_poll(answers_.get(), timeout_ms)};
  REQUIRE_MESSAGE(got, "the broker does not answer");
  REQUIRE_MESSAGE(rd_kafka_event_error(got.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
                  std::string{rd_kafka_event_error_string(got.get())});
  return got;
}

std::string kafka_topics::create(const std::string& topic, int partitions,
                                 const std::map<std::string, std::string>& settings, int copies) {
  std::array<char, 512> why{};
  auto* wanted = rd_kafka_NewTopic_new(topic.c_str(), partitions, copies, why.data(), why.size());
  REQUIRE_MESSAGE(wanted != nullptr, std::string{why.data()});
  for (const auto& [name, value] : settings)
    rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
  rd_kafka_CreateTopics(client_.get(), &wanted, 1, nullptr, answers_.get());
  rd_kafka_NewTopic_destroy(wanted);

  const auto got = answer();
  std::size_t count = 0;
  const auto* topics =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(got.get()), &count);
  must_be_fine(topics, count);
  wait_for_partitions(topic, partitions);
  return topic;
}

void kafka_topics::remove(const std::string& topic) {
  auto* wanted = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(client_.get(), &wanted, 1, nullptr, answers_.get());
  rd_kafka_DeleteTopic_destroy(wanted);

  const auto got = answer();
  std::size_t count = 0;
  const auto* topics =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(got.get()), &count);
  must_be_fine(topics, count);
  wait_for_partitions(topic, 0);
}

void kafka_topics::grow(const std::string& topic, int partitions) {
  std::array<char, 512> why{};
  auto* wanted = rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(partitions),
                                            why.data(), why.size());
  REQUIRE_MESSAGE(wanted != nullptr, std::string{why.data()});
  rd_kafka_CreatePartitions(client_.get(), &wanted, 1, nullptr, answers_.get());
  rd_kafka_NewPartitions_destroy(wanted);

  const auto got = answer();
  std::size_t count = 0;
  const auto* topics = rd_kafka_CreatePartitions_result_topics(
      rd_kafka_event_CreatePartitions_result(got.get()), &count);
  must_be_fine(topics, count);
  wait_for_partitions(topic, partitions);
}

void kafka_topics::forget_before(const std::string& topic, std::int32_t partition,
                                 std::int64_t offset) {
  auto* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = offset;
  auto* wanted = rd_kafka_DeleteRecords_new(list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_DeleteRecords(client_.get(), &wanted, 1, nullptr, answers_.get());
  rd_kafka_DeleteRecords_destroy(wanted);

  const auto got = answer();
  must_be_fine(
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(got.get())));
}

int kafka_topics::partitions(const std::string& topic) const {
  const rd_kafka_metadata_t* all = nullptr;
  // All topics: asked for one that is not there, librdkafka keeps it in mind as missing.
  const auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &all, timeout_ms);
  REQUIRE_MESSAGE(error == RD_KAFKA_RESP_ERR_NO_ERROR, std::string{rd_kafka_err2str(error)});
  const std::unique_ptr<const rd_kafka_metadata_t, decltype(&rd_kafka_metadata_destroy)> kept{
      all, &rd_kafka_metadata_destroy};
  for (const auto& one : std::span{all->topics, static_cast<std::size_t>(all->topic_cnt)}) {
    if (one.topic == topic) return one.partition_cnt;
  }
  return 0;
}

void kafka_topics::wait_for_partitions(const std::string& topic, int partitions) const {
  const auto end = deadline();
  while (this->partitions(topic) != partitions) {
    REQUIRE_MESSAGE(steady::now() < end, topic << " has not " << partitions << " partitions");
    std::this_thread::sleep_for(between_tries);
  }
  for (std::int32_t p = 0; p < partitions; ++p)
    static_cast<void>(offsets(topic, p));
}

kafka_topics::extent kafka_topics::offsets(const std::string& topic, std::int32_t partition) const {
  return {.first = offset_at(topic, partition, RD_KAFKA_OFFSET_BEGINNING),
          .end = offset_at(topic, partition, RD_KAFKA_OFFSET_END)};
}

/// rd_kafka_query_watermark_offsets waits without an end for a leader that was killed, and takes a
/// beginning that is refused for the end.
std::int64_t kafka_topics::offset_at(const std::string& topic, std::int32_t partition,
                                     std::int64_t time) const {
  const auto until = deadline();
  for (;;) {
    const std::unique_ptr<rd_kafka_topic_partition_list_t,
                          decltype(&rd_kafka_topic_partition_list_destroy)>
        list{rd_kafka_topic_partition_list_new(1), &rd_kafka_topic_partition_list_destroy};
    auto* const one = rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    one->offset = time;
    auto error = rd_kafka_offsets_for_times(client_.get(), list.get(), one_answer_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = one->err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return one->offset;
    REQUIRE_MESSAGE((not_yet(error) && steady::now() < until),
                    std::string{rd_kafka_err2str(error)});
    std::this_thread::sleep_for(between_tries);
    // Who leads now is not asked otherwise.
    static_cast<void>(partitions(topic));
  }
}

}  // namespace aisle::test_support
