// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/sink_lane.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kafka/lane_fixture.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::kafka {
namespace {

using namespace std::chrono_literals;
using test_support::shared_kafka;

TEST_CASE("a part comes out with its keys, headers and marker, in one transaction") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  sink_lane lane{sink.lane(), process_watchdog()};
  REQUIRE_MESSAGE(lane.fence(), lane.why());
  REQUIRE(holds(lane.read_marker(), std::nullopt));
  REQUIRE_MESSAGE(lane.write_first_marker(), lane.why());
  CHECK(holds(sink.marker(), lane_marker{}));

  std::string frames;
  flow::append_frame(frames, "north\t1", "{\"n\":1}\n");
  flow::append_header(frames, {.name = "ce_id", .value = "d1"});
  frames += '\n';
  flow::append_frame(frames, std::nullopt, "no key");
  frames += '\n';
  REQUIRE_MESSAGE(lane.write(marker_of(1), frames), lane.why());
  CHECK(holds(sink.marker(), marker_of(1)));

  const auto seen = test_support::read_all(sink.servers, sink.topic);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].key == "north\t1");
  CHECK(seen[0].value == "{\"n\":1}\n");
  const std::vector<std::pair<std::string, std::string>> headers{
      {"ce_id", "d1"}, {"aisle-place", sink.topology + "/out/0/1/1/0/0"}};
  CHECK(seen[0].headers == headers);
  CHECK_FALSE(seen[1].key);
  CHECK(seen[1].value == "no key");
}

TEST_CASE("the older of two producers of a lane is lost, and what it wrote is never seen") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  sink_lane older{sink.lane(), process_watchdog()};
  REQUIRE(deliver_to(older, 2));
  sink_lane newer{sink.lane(), process_watchdog()};
  REQUIRE(newer.fence());
  CHECK(holds(newer.read_marker(), marker_of(2)));

  CHECK(older.write(marker_of(3), frames_of(3)).error() == verdict::lost);
  CHECK_FALSE(older.why().empty());
  REQUIRE(newer.write(marker_of(3), frames_of(3)));
  CHECK(sink.committed() == values_to(3));
}

TEST_CASE("a topic of markers that a broker has not heard of yet is looked for again") {
  auto how = test_sink{.servers = "127.0.0.1:9"}.lane();
  errc refused{};
  how.markers = std::make_shared<marker_desk>(
      [&refused](base::duration) -> result<marker_page> { return base::fail(refused, "so"); });
  sink_lane lane{std::move(how), process_watchdog()};
  for (const auto& [code, then] : {std::pair{errc::not_found, verdict::take_over},
                                   std::pair{errc::unreachable, verdict::take_over},
                                   std::pair{errc::not_allowed, verdict::refused}}) {
    refused = code;
    CHECK(lane.read_marker().error() == then);
    CHECK(lane.why() == "so");
  }
}

TEST_CASE("a zombie's transaction that is open when its lane is taken over cannot be committed") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  sink_lane lane{sink.lane(), process_watchdog()};
  REQUIRE(deliver_to(lane, 1));
  txn_producer zombie{sink.producer(), process_watchdog()};
  REQUIRE(zombie.fence());
  REQUIRE(zombie.begin());
  const std::string value = "of a zombie";
  REQUIRE(zombie.produce({.topic = sink.topic, .key = "k", .value = value, .headers = {}}));
  zombie.flush(30s);

  sink_lane heir{sink.lane(), process_watchdog()};
  REQUIRE(deliver_to(heir, 2));
  CHECK(zombie.commit().error() == verdict::lost);
  CHECK(zombie.state() == txn_state::none);
  CHECK(sink.committed() == values_to(2));
}

TEST_CASE("a marker behind another lane's open transaction is waited for, not overlooked") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  sink_lane lane{sink.lane(), process_watchdog()};
  REQUIRE(deliver_to(lane, 1));
  txn_producer other{sink.producer(1), process_watchdog()};
  REQUIRE(other.fence());
  REQUIRE(other.begin());
  const auto topic = marker_topic(sink.topology);
  const auto key = marker_key(sink.name(1));
  const auto value = to_text(lane_marker{});
  REQUIRE(other.produce({.topic = topic, .key = key, .value = value, .headers = {}}));
  other.flush(30s);
  REQUIRE(lane.write(marker_of(2), frames_of(2)));

  std::vector<std::string> said;
  const auto early = read_markers({.to = sink.to(),
                                   .topic = topic,
                                   .cluster = sink.name().cluster,
                                   .tell = [&](const auto& text) { said.push_back(text); }},
                                  12s);
  REQUIRE_FALSE(early);
  CHECK(early.error().code == errc::timed_out);
  REQUIRE(said.size() == 1);
  CHECK(
      said.front().starts_with("output waits for the end of a transaction that is open in topic "));
  REQUIRE(other.commit());
  CHECK(holds(sink.marker(), marker_of(2)));
  CHECK(holds(sink.marker(1), lane_marker{}));
}

TEST_CASE("the parts of a large outbox come out one by one, and a take-over goes on between them") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  constexpr int records = 20'000;
  std::vector<std::string> expected;
  {
    sink_lane lane{sink.lane(), process_watchdog()};
    REQUIRE(deliver_to(lane, 0));
    REQUIRE_MESSAGE(lane.write(marker_of(1, 0), frames_of(1, records)), lane.why());
  }
  sink_lane heir{sink.lane(), process_watchdog()};
  REQUIRE(heir.fence());
  REQUIRE(holds(heir.read_marker(), marker_of(1, 0)));
  REQUIRE(heir.write(marker_of(1, 1), frames_of(2, records)));
  CHECK(holds(sink.marker(), marker_of(1, 1)));
  CHECK(sink.committed() == values_to(2, records));
}

TEST_CASE("a record that is too large for its topic goes to another one, whole, in the same step") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  test_support::kafka_topics{sink.servers}.create(sink.topic, 1, {{"max.message.bytes", "2000"}});
  auto how = sink.lane();
  std::vector<std::string> told;
  how.tell = [&](const std::string& text) { told.push_back(text); };
  sink_lane lane{how, process_watchdog()};
  REQUIRE(deliver_to(lane, 0));
  std::string frames;
  const std::string large(3'000'000, 'x');
  flow::append_frame(frames, "a", "before");
  frames += '\n';
  flow::append_frame(frames, "a", large);
  frames += '\n';
  flow::append_frame(frames, "a", "behind");
  frames += '\n';
  REQUIRE_MESSAGE(lane.write(marker_of(1), frames), lane.why());

  CHECK(sink.committed() == std::vector<std::string>{"before", "behind"});
  const auto aside = test_support::read_all(sink.servers, sink.topic + "-undelivered");
  REQUIRE(aside.size() == 1);
  CHECK(aside[0].key == "a");
  CHECK(aside[0].value == large);
  REQUIRE(aside[0].headers.size() == 2);
  CHECK(aside[0].headers[1].first == "aisle-undelivered");
  CHECK(std::ranges::any_of(
      told, [](const std::string& text) { return text.find("too large") != std::string::npos; }));
}

TEST_CASE("what a topic takes at once bounds each batch, and a record of just that size goes out") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  constexpr std::size_t most = 2000;
  test_support::kafka_topics{sink.servers}.create(sink.topic, 1, {{"max.message.bytes", "2000"}});
  sink_lane lane{sink.lane(), process_watchdog()};
  REQUIRE(deliver_to(lane, 0));
  REQUIRE_MESSAGE(lane.write(marker_of(1), frames_of(1, 1000)), lane.why());

  const std::vector<flow::framed_record::header> place{
      {"aisle-place", sink.topology + "/out/0/1/2/0/0"}};
  const std::string value;
  const auto around =
      batch_bytes_of({.topic = sink.topic, .key = "k", .value = value, .headers = place});
  std::string frames;
  for (const auto size : {most - around, most - around + 1}) {
    flow::append_frame(frames, "k", std::string(size, 'x'));
    frames += '\n';
  }
  REQUIRE_MESSAGE(lane.write(marker_of(2), frames), lane.why());
  auto expected = values_to(1, 1000);
  expected.emplace_back(most - around, 'x');
  CHECK(sink.committed() == expected);
  CHECK(test_support::read_all(sink.servers, sink.topic + "-undelivered").size() == 1);
}

TEST_CASE("a key goes to the partition that Kafka's Java clients would choose") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  test_support::kafka_topics{sink.servers}.create(sink.topic, 10);
  sink_lane lane{sink.lane(7), process_watchdog()};
  REQUIRE(deliver_to(lane, 0));
  std::string frames;
  for (const auto* const key : {"21", "foobar", "abc", "a-little-bit-long-string"}) {
    flow::append_frame(frames, key, key);
    frames += '\n';
  }
  flow::append_frame(frames, std::nullopt, "of lane 7");
  frames += '\n';
  REQUIRE_MESSAGE(lane.write(marker_of(1), frames), lane.why());
  // UtilsTest.testMurmur2 of Kafka has the hashes: -973932308, -790332482, 479470107, -985981536.
  std::map<std::string, std::int32_t> found;
  for (const auto& record : test_support::read_all(sink.servers, sink.topic)) {
    found[record.value.value_or("")] = record.partition;
  }
  const std::map<std::string, std::int32_t> expected{
      {"21", 0}, {"foobar", 6}, {"abc", 7}, {"a-little-bit-long-string", 2}, {"of lane 7", 7}};
  CHECK(found == expected);
}

TEST_CASE("a topic that may not be made is asked for, and one that forgets markers is refused") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  auto how = sink.lane();
  how.topic.create = false;
  sink_lane careful{how, process_watchdog()};
  CHECK(careful.fence().error() == verdict::refused);
  CHECK(careful.why().find("create: false") != std::string::npos);
  test_support::kafka_topics topics{sink.servers};
  CHECK(topics.partitions(sink.topic) == 0);

  topics.create(marker_topic(sink.topology), 1, {{"cleanup.policy", "delete"}});
  sink_lane lane{sink.lane(), process_watchdog()};
  CHECK(lane.fence().error() == verdict::refused);
  CHECK(lane.why().find("cleanup.policy") != std::string::npos);
}

TEST_CASE("topics are made with what they need, and a person hears of it once") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const test_sink sink{.servers = *servers};
  std::vector<std::string> told;
  auto how = sink.lane();
  how.topic.partitions = 4;
  how.tell = [&](const std::string& text) { told.push_back(text); };
  sink_lane lane{how, process_watchdog()};
  REQUIRE_MESSAGE(lane.fence(), lane.why());
  REQUIRE(lane.fence());
  CHECK(told.size() == 2);
  const test_support::kafka_topics topics{sink.servers};
  CHECK(topics.partitions(sink.topic) == 4);
  CHECK(topics.partitions(marker_topic(sink.topology)) == 1);
}

}  // namespace
}  // namespace aisle::kafka
