// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/kafka_start.hpp"

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/connection_words.hpp"
#include "runtime/node/open_sources.hpp"

namespace aisle::node {
namespace {

std::set<std::string> brokers_of(const topology::plan& plan) {
  std::set<std::string> all;
  const auto add = [&](const std::optional<topology::log_address>& log) {
    if (log && log->kind == topology::log_kind::kafka) {
      all.insert(log->brokers);
    }
  };
  for (const auto& source : plan.sources) {
    add(source.log);
  }
  for (const auto& table : plan.tables) {
    add(table.log);
  }
  for (const auto& sink : plan.sinks) {
    add(sink.log);
  }
  return all;
}

}  // namespace

std::expected<void, run_error> reach_brokers(const topology::plan& plan,
                                             const kafka_config& config) {
  for (const auto& brokers : brokers_of(plan)) {
    const auto there =
        kafka::reach({.brokers = brokers, .properties = config.properties}, config.connect_within);
    if (!there) {
      const auto& [code, message] = there.error();
      return std::unexpected{
          run_error{kafka::needs_a_person(code) ? errc::not_started : errc::stopped,
                    {problem("kafka:" + brokers, broker_away, message)}}};
    }
  }
  return {};
}

}  // namespace aisle::node
