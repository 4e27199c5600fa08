// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "runtime/flow/record_frame.hpp"
#include "runtime/kafka/immediate_lane.hpp"
#include "runtime/kafka/txn_producer.hpp"
#include "tests/kafka/in_time.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::kafka {
namespace {

using steady = std::chrono::steady_clock;

/// More than goes into two batches, and one record for each.
constexpr int records = 25'000;
/// With a broker that hangs, and with one that answers.
constexpr std::chrono::seconds patience{4};
constexpr std::chrono::seconds long_patience{60};

double busy_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// Of a core, while something is waited for that takes a while.
double busy_share_of(const std::function<void()>& waits) {
  const auto began = steady::now();
  const auto before = busy_s();
  waits();
  const std::chrono::duration<double> took = steady::now() - began;
  REQUIRE(took > patience / 2);
  return (busy_s() - before) / took.count();
}

/// A loop that never rests takes 1, what is produced meanwhile some percent.
constexpr double busy_share_max = 0.4;

TEST_CASE("a transaction that a broker hangs in keeps no processor busy, and fits into batches") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  const std::string topic = "hangs";
  test_support::kafka_topics{kafka->servers()}.create(topic, 1);
  txn_settings how{.to = {.brokers = kafka->servers(), .properties = {}},
                   .transactional_id = "hangs",
                   .transaction_timeout = long_patience,
                   .topics = {topic},
                   .init_patience = long_patience};
  txn_producer patient{how, process_watchdog()};
  how.transaction_timeout = patience;
  txn_producer impatient{how, process_watchdog()};
  const auto write_all = [&](txn_producer& producer) {
    auto done = producer.begin();
    for (int n = 0; done && n < records; ++n) {
      const auto value = std::to_string(n);
      done = producer.produce(
          {.topic = topic, .key = {}, .value = value, .headers = {}, .partition = 0});
    }
    return done ? producer.commit() : done;
  };
  REQUIRE(patient.fence());
  REQUIRE(patient.begin());
  const std::string first = "first";
  REQUIRE(
      patient.produce({.topic = topic, .key = {}, .value = first, .headers = {}, .partition = 0}));
  REQUIRE(patient.commit());
  REQUIRE(impatient.fence());

  kafka->pause();
  outcome while_it_hangs;
  CHECK(busy_share_of([&] { while_it_hangs = write_all(impatient); }) < busy_share_max);
  REQUIRE_FALSE(while_it_hangs);
  CHECK(while_it_hangs.error() == verdict::take_over);

  kafka->resume();
  REQUIRE_MESSAGE(patient.fence(), patient.why());
  REQUIRE_MESSAGE(write_all(patient), patient.why());
  const auto all = test_support::read_all(kafka->servers(), topic);
  REQUIRE(all.size() == records + 1);
  for (int n = 0; n < records; ++n) {
    REQUIRE(all[static_cast<std::size_t>(n) + 1].value == std::to_string(n));
  }
}

TEST_CASE("what is written at once waits for a broker that hangs, and comes once and in order") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  const std::string topic = "hangs-at-once";
  test_support::kafka_topics{kafka->servers()}.create(topic, 1);
  const auto lane = open_immediate_lane({.to = {.brokers = kafka->servers(), .properties = {}},
                                         .lane = base::lane_id{0},
                                         .topic = {.topic = topic, .partitions = 1},
                                         .turn = patience,
                                         .tell = {}});
  std::string frames;
  flow::append_frame(frames, std::nullopt, "first");
  frames += '\n';
  const auto is_there = [&](std::uint64_t at) {
    return in_time([&] { return lane->write_at(at, frames).has_value(); });
  };
  REQUIRE(is_there(0));
  const auto begin = frames.size();
  frames.clear();
  for (int n = 0; n < records; ++n) {
    flow::append_frame(frames, std::nullopt, std::to_string(n));
    frames += '\n';
  }

  kafka->pause();
  io::result<void> while_it_hangs;
  CHECK(busy_share_of([&] { while_it_hangs = lane->write_at(begin, frames); }) < busy_share_max);
  REQUIRE_FALSE(while_it_hangs);
  CHECK(while_it_hangs.error().code == io::errc::write_failed);

  kafka->resume();
  REQUIRE(is_there(begin));
  const auto all = test_support::read_all(kafka->servers(), topic);
  REQUIRE(all.size() == records + 1);
  for (int n = 0; n < records; ++n) {
    REQUIRE(all[static_cast<std::size_t>(n) + 1].value == std::to_string(n));
  }
}

}  // namespace
}  // namespace aisle::kafka
