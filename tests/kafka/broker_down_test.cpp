// SPDX-License-Identifier: Apache-2.0
// The broker is hurt while a lane delivers.
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/committed_reader.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/immediate_lane.hpp"
#include "runtime/kafka/sink_lane.hpp"
#include "tests/kafka/in_time.hpp"
#include "tests/kafka/lane_fixture.hpp"

namespace aisle::kafka {
namespace {

using namespace std::chrono_literals;

/// A lane that delivers on a thread of its own, taking over again and again, until it is all out.
class delivery_thread {
 public:
  delivery_thread(const test_sink& sink, std::uint64_t last)
      : thread_{[this, how = sink.lane(), last] {
          sink_lane lane{how, process_watchdog()};
          while (next_ <= last && !ends_) {
            step(lane, last);
          }
        }} {}
  delivery_thread(const delivery_thread&) = delete;
  delivery_thread& operator=(const delivery_thread&) = delete;
  ~delivery_thread() {
    ends_ = true;
    thread_.join();
  }

  void wait_for(std::uint64_t epoch) const {
    while (next_ <= epoch) {
      std::this_thread::sleep_for(1ms);
    }
  }
  [[nodiscard]] int take_overs() const { return take_overs_; }

 private:
  void step(sink_lane& lane, std::uint64_t last) {
    ++take_overs_;
    if (!lane.fence()) return;
    const auto marker = lane.read_marker();
    if (!marker) return;
    if (!*marker && !lane.write_first_marker()) return;
    next_ = marker->value_or(lane_marker{}).attempt.epoch.get() + 1;
    while (next_ <= last && lane.write(marker_of(next_), frames_of(next_))) {
      ++next_;
    }
  }

  std::atomic<std::uint64_t> next_ = 1;
  std::atomic<int> take_overs_ = 0;
  std::atomic<bool> ends_ = false;
  std::thread thread_;
};

TEST_CASE(
    "a broker that is killed and stopped in the middle of commits loses and repeats nothing") {
  auto kafka = test_support::own_kafka({.settings = {}});
  if (!kafka) return;
  // Shorter than the broker is away, so that commits in doubt are given up and looked for.
  const test_sink sink{.servers = kafka->servers(), .transaction_timeout = 3s};
  constexpr std::uint64_t last = 400;
  std::uint64_t seen = 20;
  int take_overs = 0;
  {
    delivery_thread lane{sink, last};
    for (int round = 0; round < 3; ++round) {
      lane.wait_for(seen);
      round == 1 ? kafka->stop() : kafka->kill();
      std::this_thread::sleep_for(round == 0 ? 5s : 0s);
      kafka->start();
      seen += 30;
    }
    lane.wait_for(last);
    take_overs = lane.take_overs();
  }
  MESSAGE("takes over ", take_overs, " times");
  CHECK(take_overs >= 2);
  CHECK(sink.committed() == values_to(last));
}

TEST_CASE("what goes out at once waits for a broker that is away, and is not sent twice") {
  auto kafka = test_support::own_kafka({.settings = {}});
  if (!kafka) return;
  const test_sink sink{.servers = kafka->servers()};
  // In its first turn it makes the topic, too.
  const auto lane = open_immediate_lane({.to = sink.to(),
                                         .lane = base::lane_id{0},
                                         .topic = {.topic = sink.topic, .partitions = 1},
                                         .turn = 5s,
                                         .tell = {}});
  auto frames = frames_of(1);
  std::uint64_t offset = 0;
  io::result<void> done;
  const auto is_written = [&] {
    done = lane->write_at(offset, frames);
    return done.has_value();
  };
  REQUIRE_MESSAGE(in_time(is_written), done.error().message);
  offset += frames.size();

  kafka->kill();
  frames = frames_of(2);
  done = lane->write_at(offset, frames);
  REQUIRE_FALSE(done);
  CHECK(io::can_be_retried(done.error().code));
  CHECK_FALSE(lane->write_at(offset, frames));
  kafka->start();
  REQUIRE_MESSAGE(in_time(is_written), done.error().message);
  CHECK(lane->sync());
  CHECK(sink.committed() == values_to(2));
}

int leader_of(const std::string& servers, const std::string& topic) {
  const auto by = test_support::kafka_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", servers}});
  const topic_handle named{rd_kafka_topic_new(by.get(), topic.c_str(), nullptr)};
  const rd_kafka_metadata_t* answered = nullptr;
  REQUIRE(rd_kafka_metadata(by.get(), 0, named.get(), &answered, 60'000) == 0);
  const metadata_handle facts{answered};
  REQUIRE(facts->topics->partition_cnt == 1);
  return facts->topics->partitions->leader;
}

TEST_CASE("ends are found although the broker that led was killed and does not come back") {
  auto kafka = test_support::own_kafka({.nodes = 3});
  if (!kafka) return;
  const test_sink sink{.servers = kafka->servers()};
  sink_lane lane{sink.lane(), process_watchdog()};
  REQUIRE(deliver_to(lane, 1));
  const auto topic = marker_topic(sink.topology);
  committed_reader reader{sink.to(), topic, 60s};
  REQUIRE(reader.end().has_value());

  kafka->kill(leader_of(sink.servers, topic));
  CHECK(holds(sink.marker(), marker_of(1)));
  const auto end = reader.end();
  CHECK_MESSAGE(end.has_value(), end.error().message);
}

}  // namespace
}  // namespace aisle::kafka
