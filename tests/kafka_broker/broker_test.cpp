// SPDX-License-Identifier: Apache-2.0
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

TEST_CASE("Kafka 3.9 keeps what it has, too") {
  auto kafka = own_kafka({.version = "3.9.1"});
  if (!kafka) return;
  const auto topic = kafka_topics{kafka->servers()}.create(unique_name("old"));
  append(kafka->servers(), topic, {{.value = "before"}});
  kafka->kill();
  kafka->start();
  CHECK(values(read_all(kafka->servers(), topic)) == strings{"before"});
}

namespace {

/// True when a client with these settings is let in.
bool may_enter(const kafka_settings& login) {
  const auto client = kafka_client(RD_KAFKA_PRODUCER, login);
  const rd_kafka_metadata_t* all = nullptr;
  const auto error = rd_kafka_metadata(client.get(), 0, nullptr, &all, 10'000);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_metadata_destroy(all);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

TEST_CASE("a secure broker lets in who has the password and knows its authority, nobody else") {
  // librdkafka 2.0.2 cannot log in to Kafka 4 with SCRAM (tools/kafka/README.md).
  const auto kafka = own_kafka({.version = "3.9.1", .secure = true});
  if (!kafka) return;
  for (const auto* mechanism : {"SCRAM-SHA-512", "PLAIN"}) {
    CAPTURE(mechanism);
    const auto login = kafka->login(mechanism);
    CHECK(may_enter(login));
    auto wrong = login;
    wrong["sasl.password"] += "x";
    CHECK_FALSE(may_enter(wrong));
    wrong = login;
    wrong["ssl.ca.location"] = kafka->secure().wrong_ca.string();
    CHECK_FALSE(may_enter(wrong));
  }
}
