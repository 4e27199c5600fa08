// SPDX-License-Identifier: Apache-2.0
#include <chrono>

#include <doctest/doctest.h>

#include "runtime/kafka/marker_reader.hpp"
#include "runtime/kafka/topic_writer.hpp"
#include "tests/kafka/mock_cluster.hpp"
#include "tests/kafka/reading.hpp"
#include "tests/support/kafka_records.hpp"

namespace aisle::kafka {
namespace {

using namespace std::chrono_literals;

constexpr auto topic = "mocked";

void put(const mock_cluster& to, int count) {
  std::vector<test_support::kafka_record> records;
  for (int n = 0; n < count; ++n) {
    records.push_back({.value = fmt::to_string(n), .partition = 0, .timestamp = 1000 + n});
  }
  test_support::append(to.servers(), topic, records);
}

TEST_CASE("errors that pass are waited out, and no record is lost or read twice") {
  for (const auto error :
       {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR__TRANSPORT}) {
    CAPTURE(rd_kafka_err2name(error));
    mock_cluster cluster;
    cluster.create(topic, 1);
    put(cluster, 20);
    waiting_reader reader{cluster.servers(), {.topic = topic}};
    CHECK(reader.to_present().size() == 20);
    cluster.fail_next(fetch_request, {error, error, error});
    put(cluster, 20);
    const auto rest = reader.read({}, 20);
    REQUIRE(rest.size() == 20);
    CHECK(rest.front() == "0/20=0");
    CHECK(rest.back() == "0/39=19");
  }
}

TEST_CASE("what a person has to mend ends the run") {
  mock_cluster cluster;
  cluster.create(topic, 1);
  put(cluster, 5);
  waiting_reader reader{cluster.servers(), {.topic = topic}};
  CHECK(reader.to_present().size() == 5);
  cluster.refuse(topic, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto failed = reader.failure();
  CHECK(failed.code == io::errc::no_permission);
  CHECK(failed.message.find("Kafka topic \"mocked\"") != std::string::npos);
}

TEST_CASE("ends that are not answered leave it open whether all is read") {
  mock_cluster cluster;
  cluster.create(topic, 1);
  put(cluster, 5);
  waiting_reader reader{cluster.servers(), {.topic = topic}};
  CHECK(reader.to_present().size() == 5);
  cluster.fail_next(offsets_request, std::vector(40, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION));
  CHECK(reader.read({io::reading::cut_off}).empty());
  CHECK_FALSE(reader->behind(base::partition_id{0})->empty());
}

constexpr auto not_leader_yet = RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;

TEST_CASE("markers are read when the broker of a topic that was just made has taken it over") {
  mock_cluster cluster;
  cluster.create(topic);
  test_support::append(cluster.servers(), topic,
                       {{.key = "00ff/out/0", .value = to_text(lane_marker{}), .partition = 0}});
  cluster.fail_next(offsets_request, std::vector(3, not_leader_yet));
  const auto page =
      read_markers({.to = to_servers(cluster.servers()), .topic = topic, .cluster = "00ff"}, 60s);
  REQUIRE_MESSAGE(page, page.error().message);
  CHECK(page->of({.cluster = "00ff", .topology = "floor", .sink = "out", .lane = {}})->has_value());
}

TEST_CASE("what there is of a topic is told when all of its partitions have leaders") {
  mock_cluster cluster;
  cluster.create(topic, 2);
  put(cluster, 5);
  cluster.fail_next(offsets_request, std::vector(3, not_leader_yet));
  const auto there = extent_of(to_servers(cluster.servers()), topic);
  REQUIRE_MESSAGE(there, there.error().message);
  REQUIRE(there->has_value());
  CHECK((*there)->partitions == 2);
  CHECK((*there)->offsets == 5);
}

}  // namespace
}  // namespace aisle::kafka
