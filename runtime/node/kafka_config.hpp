// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/base/yaml.hpp"
#include "runtime/kafka/settings.hpp"
#include "runtime/topology/log_address.hpp"

namespace aisle::node {

/// How a node speaks to Kafka: `kafka:` in its file. Which brokers, `log:` says.
struct kafka_config {
  std::vector<kafka::property> properties;
  /// Topics that sinks write may be made when they are not there.
  bool create_topics = true;
  /// How long a run waits at its start for a broker to answer; nothing: see `start_patience`.
  std::optional<base::duration> connect_within{};
  /// What a person should hear about the properties.
  std::vector<std::string> warnings;

  /// `connect_within`, or what is waited where nothing else is known.
  [[nodiscard]] base::duration patience() const {
    return connect_within.value_or(std::chrono::seconds{30});
  }
  friend bool operator==(const kafka_config&, const kafka_config&) = default;
};

/// What a client is opened with.
[[nodiscard]] kafka::settings settings_for(const topology::log_address& log,
                                           const kafka_config& config);

/// Reads the section. Secrets are taken from where it says they are: their texts stand in no
/// message. A relative file begins at `begins_at`.
[[nodiscard]] kafka_config read_kafka(const base::yaml_document& document,
                                      const base::yaml_node& section,
                                      const std::filesystem::path& begins_at,
                                      base::diagnostics& complaints);

}  // namespace aisle::node
