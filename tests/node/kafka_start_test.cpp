// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kafka_start.hpp"

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/kv/environment.hpp"
#include "runtime/node/open_sources.hpp"
#include "tests/support/own_folder.hpp"

namespace aisle::node {
namespace {

using namespace std::chrono_literals;

/// A folder that holds what `holds_state` looks for.
struct kept_folder : test_support::own_folder {
  kept_folder() { write(kv::data_file_name, "state"); }
};

/// A sink in a cluster where nobody listens.
topology::plan plan_of_nowhere() {
  topology::plan plan;
  auto& sink = plan.sinks.emplace_back();
  sink.name = "decisions";
  sink.log.emplace();
  sink.log->kind = topology::log_kind::kafka;
  sink.log->brokers = "127.0.0.1:1";
  return plan;
}

TEST_CASE("a run that goes on from a state waits for its brokers without end, unless it is told") {
  const kept_folder kept;
  run_options options;
  CHECK(start_patience(options) == base::duration{30s});
  options.state = kept.path() / "none-yet";
  CHECK(start_patience(options) == base::duration{30s});
  options.state = kept.path();
  CHECK(start_patience(options) == std::nullopt);
  options.kafka.connect_within = 5s;
  CHECK(start_patience(options) == base::duration{5s});
  options.state.reset();
  CHECK(start_patience(options) == base::duration{5s});
}

TEST_CASE("who is waited for is said") {
  std::vector<std::string> said;
  std::atomic<bool> stop{false};
  run_options options;
  options.kafka.connect_within = 10min;
  options.stop_requested = &stop;
  options.notice = [&](const std::string& text) {
    said.push_back(text);
    stop = true;
  };
  const auto reached = reach_brokers(plan_of_nowhere(), options);
  REQUIRE(reached);
  CHECK(*reached == brokers::not_waited_for);
  REQUIRE_FALSE(said.empty());
  CHECK_MESSAGE(said.front().starts_with("waiting for kafka:127.0.0.1:1 since "), said.front());
  CHECK_MESSAGE(said.front().contains(" s, for 10m at most: "), said.front());
}

TEST_CASE("a broker that does not answer in time is a fault") {
  run_options options;
  options.kafka.connect_within = 1s;
  const auto reached = reach_brokers(plan_of_nowhere(), options);
  REQUIRE_FALSE(reached);
  CHECK(reached.error().code == errc::stopped);
  const auto& problem = reached.error().problems.at(0);
  CHECK(problem.code == broker_away);
  CHECK(problem.path == "kafka:127.0.0.1:1");
  CHECK_MESSAGE(
      problem.message.find("it was waited for 1s (kafka: connect_within") != std::string::npos,
      problem.message);
}

TEST_CASE("whoever is asked to stop waits for no broker") {
  const std::atomic<bool> stop{true};
  const kept_folder kept;
  run_options options;
  options.state = kept.path();
  options.stop_requested = &stop;
  const auto reached = reach_brokers(plan_of_nowhere(), options);
  REQUIRE(reached);
  CHECK(*reached == brokers::not_waited_for);
}

TEST_CASE("where no topic is in Kafka nobody is asked") {
  CHECK(reach_brokers({}, {}).value() == brokers::are_there);
}

}  // namespace
}  // namespace aisle::node
