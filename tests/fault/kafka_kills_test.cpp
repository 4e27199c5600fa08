// SPDX-License-Identifier: Apache-2.0
// From Kafka to Kafka: killed anywhere, and with brokers that go and come, a run goes on to the
// results of one that nobody disturbed.
#include <algorithm>
#include <array>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/fault/kafka_follower.hpp"
#include "tests/fault/kill_harness.hpp"

namespace aisle::fault {
namespace {

using test_support::kafka_cluster;

/// Large enough for many epochs, and so many kills, in one run; with more kills, a larger one.
job_size size_for(std::uint64_t kills, int partitions) {
  const bool many = kills >= 50;
  return {.stores = many ? "12" : "6",
          .skus = many ? "200" : "100",
          .days = many ? "20" : "5",
          .partitions = partitions};
}

/// Without AISLE_KILLS as many as a test has time for.
constexpr std::uint64_t kills_unless_said = 6;

TEST_CASE("kill -9 at any moment, brokers stopped and killed: the same results, in Kafka") {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  const auto kills = kills_wanted(kills_unless_said);
  const auto bounces = std::max<std::uint64_t>(2, kills / 10);
  const job retail{job_kind::kafka, *kafka, size_for(kills, 1)};
  kill_harness harness{retail, first_seed()};
  const auto counts = harness.kill_with_bounces(kills, bounces);
  CHECK(counts.kills == kills);
  CHECK(counts.epochs >= kills);
  CHECK(counts.broker_stops + counts.broker_kills == bounces);
  MESSAGE(retail.events(), " events: ", counts.text());
}

constexpr std::array<std::string_view, 14> points{
    "kafka.fence_wanted",
    "kafka.fenced",
    "kafka.begun",
    "kafka.half_produced",
    "kafka.commit_wanted",
    "kafka.commit_in_doubt",
    "kafka.committed",
    "checkpoint.lane_assigned",
    "checkpoint.lane_fenced",
    "checkpoint.marker_read",
    "checkpoint.part_delivered",
    "checkpoint.trim_wanted",
    "checkpoint.record_wanted",
    "node.complete_read",
};

TEST_CASE(
    "killed at every point of a delivery to Kafka, and the broker behind it: the same results") {
  auto kafka = test_support::own_kafka(lasting);
  if (!kafka) return;
  const auto kills = kills_wanted(kills_unless_said);
  const auto deaths = std::max<std::uint64_t>(kills / 12, 1);
  const job retail{job_kind::kafka, *kafka, size_for(kills, 1)};
  kill_harness harness{retail, first_seed()};
  const auto counts = harness.die_at_each(points, deaths);
  CHECK_MESSAGE(counts.deaths == deaths * points.size(), counts.text());
  MESSAGE(points.size(), " points: ", counts.text());
}

TEST_CASE(
    "the verifier finds a record of Kafka that is doubled, out of order, or without its place") {
  const auto record = [](const std::string& id, const std::string& place) {
    test_support::kafka_record made;
    made.value = "{}";
    made.partition = 0;
    made.headers = {{"ce_id", id}, {"aisle-place", place}};
    return made;
  };
  const auto wrong_after = [](std::initializer_list<test_support::kafka_record> records) {
    header_laws laws;
    findings wrong;
    for (const auto& each : records)
      laws.take("windows", each, wrong);
    return !wrong.empty();
  };
  const std::string lane = "retail/windows/2/";
  CHECK_FALSE(wrong_after({record("a", lane + "3/9/0/0"), record("b", lane + "3/10/0/0"),
                           record("c", lane + "12/11/0/0")}));
  CHECK(wrong_after({record("a", lane + "3/9/0/0"), record("a", lane + "3/9/0/1")}));
  CHECK(wrong_after({record("a", lane + "3/9/0/0"), record("b", lane + "3/9/0/0")}));
  CHECK(wrong_after({record("a", lane + "3/10/0/0"), record("b", lane + "3/9/0/0")}));
  auto bare = record("a", lane + "3/9/0/0");
  bare.headers.pop_back();
  CHECK(wrong_after({bare}));
}

}  // namespace
}  // namespace aisle::fault
