// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "runtime/kafka/control_topic.hpp"
#include "runtime/kafka/topics.hpp"
#include "tests/control/control_log_laws.hpp"
#include "tests/support/kafka_broker.hpp"

namespace aisle::kafka {

/// A cluster's control log that nobody else has, not made yet.
inline control_topic_settings new_control_settings(const std::string& servers) {
  auto how =
      control_topic_of({.brokers = servers, .properties = {}}, test_support::unique_name("t"));
  how.patience = std::chrono::seconds{60};
  return how;
}

/// Makes the topic, without a record in it.
inline void make_empty(const control_topic_settings& how) {
  auto with = client::open(purpose::administer, how.to);
  REQUIRE(with.has_value());
  const auto made =
      ensure_topic(**with, {.name = how.topic, .use = topic_use::control}, how.patience);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.error().message));
}

inline control_topic_settings empty_control_topic(const std::string& servers) {
  auto how = new_control_settings(servers);
  make_empty(how);
  return how;
}

}  // namespace aisle::kafka
