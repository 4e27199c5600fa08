// SPDX-License-Identifier: Apache-2.0
// What a start does while Kafka's brokers are away.
#include <csignal>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/world.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::e2e {
namespace {

/// Readings of a file, each of which goes into a topic.
class passed_on {
 public:
  explicit passed_on(std::string servers) : servers_{std::move(servers)} {
    folder_.write("contracts/reading.yaml", R"(apiVersion: v3.1.0
kind: DataContract
name: reading
version: 1.0.0
schema:
  - properties:
      - {name: id, logicalType: string, required: true, primaryKey: true}
      - {name: at, logicalType: timestamp, required: true, eventTime: true}
)");
    folder_.write("readings.ndjson", "");
  }

  void make_topic() const { test_support::kafka_topics{servers_}.create(topic_, 1); }
  [[nodiscard]] strings command(const strings& more = {}) const {
    const auto file = folder_.write("meter.yaml", fmt::format(R"(aisle: 1
topology: meter
sources:
  readings: {{files: readings.ndjson, contract: reading, disorder: 0s}}
actors:
  meter:
    per: id
    reads: readings
    windows:
      minute: {{tumbling: 1m, keep: {{n: count()}}}}
sinks:
  counts: {{from: meter.windows, topic: {}}}
)",
                                                              topic_));
    auto all = aisle_command({"run", file, "--log", "kafka:" + servers_, "--out", folder_ / "out",
                              "--state", folder_ / "state", "--epoch", "50ms"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  /// The reading of this minute completes the windows of those before.
  void append(int minute) const {
    std::ofstream{folder_ / "readings.ndjson", std::ios::app}
        << fmt::format(R"({{"id":"{0}","at":"2026-03-02T00:{0:02}:00Z"}})", minute) << '\n';
  }
  [[nodiscard]] bool has_passed_on(std::size_t windows) const {
    return eventually([&] { return test_support::read_all(servers_, topic_).size() == windows; });
  }

 private:
  std::string servers_;
  temp_folder folder_;
  std::string topic_ = test_support::unique_name("counts");
};

bool has_said(const running& program, const std::string& words) {
  return eventually([&] { return program.said().find(words) != std::string::npos; });
}

TEST_CASE("a run with a state waits for its broker, can be stopped meanwhile, and goes on") {
  auto kafka = test_support::own_kafka();
  if (!kafka) return;
  const passed_on meter{kafka->servers()};
  meter.make_topic();
  {
    running first{meter.command()};
    meter.append(0);
    meter.append(1);
    REQUIRE(meter.has_passed_on(1));
    first.send(SIGTERM);
    REQUIRE(first.wait().code == 0);
  }
  kafka->kill(1);
  {
    running waits{meter.command()};
    REQUIRE(has_said(waits, "waiting for kafka:" + kafka->servers() + " since "));
    CHECK(waits.said().find("for as long as it takes") != std::string::npos);
    waits.send(SIGTERM);
    const auto end = waits.wait();
    CHECK(end.code == 0);
    CHECK_MESSAGE(end.err.find("was stopped before it began") != std::string::npos, end.err);
  }
  running goes_on{meter.command()};
  REQUIRE(has_said(goes_on, "waiting for kafka:"));
  meter.append(2);
  kafka->start(1);
  CHECK(meter.has_passed_on(2));
  CHECK(has_said(goes_on, "kafka:" + kafka->servers() + " answers"));
  goes_on.send(SIGTERM);
  CHECK(goes_on.wait().code == 0);
}

TEST_CASE("3: a run without a state does not wait for a broker for ever") {
  const passed_on meter{"127.0.0.1:1"};
  const temp_folder folder;
  const auto config = folder.write("node.yaml", "kafka: {connect_within: 1s}\n");
  running program{meter.command({"--config", config})};
  const auto end = program.wait();
  CHECK(end.code == 3);
  CHECK_MESSAGE(end.err.find("it was waited for 1s") != std::string::npos, end.err);
}

}  // namespace
}  // namespace aisle::e2e
