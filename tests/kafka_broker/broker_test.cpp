// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"

using namespace aisle::test_support;

namespace {

std::vector<std::string> values(const std::vector<kafka_record>& records) {
  std::vector<std::string> made;
  for (const auto& record : records)
    made.push_back(record.value.value_or("null"));
  return made;
}

using strings = std::vector<std::string>;

}  // namespace

TEST_CASE("records come back from the shared broker as they were written") {
  const auto servers = shared_kafka();
  if (!servers) return;
  kafka_topics topics{*servers};
  const auto topic = topics.create(unique_name("records"), 2);

  append(*servers, topic,
         {{.key = "a", .value = "1", .headers = {{"h", "x"}, {"h", ""}}, .partition = 1},
          {.key = "a", .partition = 1, .timestamp = 1'300'000'000'000},
          {.value = "", .partition = 0}});

  const auto found = read_all(*servers, topic);
  REQUIRE(found.size() == 3);
  CHECK(found[0].value == "");
  CHECK_FALSE(found[0].key);
  CHECK(found[1].headers ==
        std::vector<std::pair<std::string, std::string>>{{"h", "x"}, {"h", ""}});
  CHECK(found[1].offset == 0);
  CHECK(found[2].key == "a");
  CHECK_FALSE(found[2].value);
  CHECK(found[2].timestamp == 1'300'000'000'000);
  CHECK(topics.offsets(topic, 1).end == 2);
}

TEST_CASE("a topic grows, forgets, goes, and comes back empty") {
  const auto servers = shared_kafka();
  if (!servers) return;
  kafka_topics topics{*servers};
  const auto topic = topics.create(unique_name("grows"), 1, {{"cleanup.policy", "delete"}});
  append(*servers, topic, {{.value = "1"}, {.value = "2"}, {.value = "3"}});

  topics.forget_before(topic, 0, 2);
  CHECK(topics.offsets(topic).first == 2);
  CHECK(values(read_all(*servers, topic)) == strings{"3"});
  topics.grow(topic, 5);
  CHECK(topics.partitions(topic) == 5);
  topics.remove(topic);
  CHECK(topics.partitions(topic) == 0);
  topics.create(topic);
  CHECK(topics.offsets(topic).end == 0);
}

TEST_CASE("a topic is read to the end that it had, through a transaction that was open then") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const auto topic = kafka_topics{*servers}.create(unique_name("open"), 2);
  append(*servers, topic, {{.value = "a", .partition = 0}, {.value = "c", .partition = 1}});
  const auto writer = kafka_client(
      RD_KAFKA_PRODUCER,
      {{"bootstrap.servers", *servers}, {"transactional.id", unique_name("open-for-a-while")}});
  auto* const rk = writer.get();
  constexpr int answer_ms = 60'000;
  REQUIRE(rd_kafka_init_transactions(rk, answer_ms) == nullptr);
  REQUIRE(rd_kafka_begin_transaction(rk) == nullptr);
  {
    const std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)> to{
        rd_kafka_topic_new(rk, topic.c_str(), nullptr), &rd_kafka_topic_destroy};
    std::string value = "b";
    REQUIRE(rd_kafka_produce(to.get(), 0, RD_KAFKA_MSG_F_COPY, value.data(), value.size(), nullptr,
                             0, nullptr) == 0);
  }
  REQUIRE(rd_kafka_flush(rk, answer_ms) == 0);

  auto read = std::async(std::launch::async, [&] { return read_all(*servers, topic); });
  std::this_thread::sleep_for(std::chrono::milliseconds{500});
  REQUIRE(rd_kafka_commit_transaction(rk, answer_ms) == nullptr);
  CHECK(values(read.get()) == strings{"a", "b", "c"});
}

TEST_CASE("what a broker has it has still after kill -9, a clean stop, and a pause") {
  auto kafka = own_kafka();
  if (!kafka) return;
  const auto servers = kafka->servers();
  const auto topic = kafka_topics{servers}.create(unique_name("kept"));
  append(servers, topic, {{.value = "before"}});

  kafka->kill();
  kafka->start();
  append(servers, topic, {{.value = "killed"}});
  kafka->stop();
  kafka->start();
  append(servers, topic, {{.value = "stopped"}});
  kafka->pause();
  kafka->resume();

  CHECK(kafka->servers() == servers);
  CHECK(values(read_all(servers, topic)) == strings{"before", "killed", "stopped"});
}

TEST_CASE("three brokers go on when one of them is killed") {
  auto kafka = own_kafka({.nodes = 3});
  if (!kafka) return;
  const auto servers = kafka->servers();
  const auto topic = kafka_topics{servers}.create(unique_name("three"), 3);

  kafka->kill(2);
  append(servers, topic,
         {{.value = "a", .partition = 0},
          {.value = "b", .partition = 1},
          {.value = "c", .partition = 2}});
  kafka->start(2);
  kafka->kill(1);
  CHECK(values(read_all(servers, topic)) == strings{"a", "b", "c"});
}

namespace {

void keep_first(rd_kafka_t*, int error, const char*, void* opaque) {
  auto& first = *static_cast<rd_kafka_resp_err_t*>(opaque);
  if (first == RD_KAFKA_RESP_ERR_NO_ERROR) first = static_cast<rd_kafka_resp_err_t>(error);
}

/// What a client hears first: no error when it is let in.
rd_kafka_resp_err_t answer_to(const kafka_settings& login) {
  auto heard = RD_KAFKA_RESP_ERR_NO_ERROR;
  const auto client =
      kafka_client(RD_KAFKA_PRODUCER, login, {.error = keep_first, .opaque = &heard});
  for (int tries = 0; tries < 60; ++tries) {
    const rd_kafka_metadata_t* all = nullptr;
    if (rd_kafka_metadata(client.get(), 0, nullptr, &all, 500) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_metadata_destroy(all);
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_poll(client.get(), 0);
    if (heard != RD_KAFKA_RESP_ERR_NO_ERROR) return heard;
  }
  return RD_KAFKA_RESP_ERR__TIMED_OUT;
}

}  // namespace

TEST_CASE("a secure broker lets in who has the password and knows its authority, nobody else") {
  const auto kafka = own_kafka({.version = "3.9.1", .secure = true});
  if (!kafka) return;
  for (const auto* mechanism : {"SCRAM-SHA-512", "PLAIN"}) {
    CAPTURE(mechanism);
    const auto login = kafka->login(mechanism);
    CHECK(answer_to(login) == RD_KAFKA_RESP_ERR_NO_ERROR);
    auto wrong = login;
    wrong["sasl.password"] += "x";
    CHECK(answer_to(wrong) == RD_KAFKA_RESP_ERR__AUTHENTICATION);
    wrong = login;
    wrong["ssl.ca.location"] = kafka->secure().wrong_ca.string();
    // It is a transport error when OpenSSL is done before librdkafka has to wait.
    const auto answer = answer_to(wrong);
    const bool is_refused =
        answer == RD_KAFKA_RESP_ERR__SSL || answer == RD_KAFKA_RESP_ERR__TRANSPORT;
    CHECK_MESSAGE(is_refused, std::string{rd_kafka_err2name(answer)});
  }
}

TEST_CASE("Kafka 4.1 lets librdkafka 2.0.2 in by PLAIN, and not by SCRAM") {
  const auto kafka = own_kafka({.version = "4.1.0", .secure = true});
  if (!kafka) return;
  CHECK(answer_to(kafka->login("PLAIN")) == RD_KAFKA_RESP_ERR_NO_ERROR);
  // It doubles the nonce. When this fails, librdkafka is a newer one: nobody need be warned.
  CHECK(answer_to(kafka->login("SCRAM-SHA-512")) == RD_KAFKA_RESP_ERR__AUTHENTICATION);
}
