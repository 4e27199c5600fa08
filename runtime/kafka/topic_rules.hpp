// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::kafka {

/// What a topic is for, which decides about its settings.
enum class topic_use : std::uint8_t {
  /// Where a sink writes.
  output,
  /// Where records lie that are too large for the topic they were meant for.
  undelivered,
  /// Where lanes say what is out.
  markers,
  /// Where a tool writes events with time stamps of their own, which may be of long ago.
  events,
};

/// A topic as the broker describes it.
struct topic_facts {
  std::int32_t partitions = 0;
  std::int32_t replicas = 0;
  /// Settings in force, by name; empty when we are not allowed to see them.
  std::map<std::string, std::string, std::less<>> settings;

  [[nodiscard]] std::string_view setting(std::string_view name) const;
  /// `max.message.bytes`, or Kafka's default where it cannot be seen.
  [[nodiscard]] std::size_t record_bytes_max() const;
};

/// What stands out about a topic, as a sentence that says what to do.
struct topic_finding {
  std::string text;
  /// It cannot be gone on with.
  bool refuses = false;
};

[[nodiscard]] std::vector<topic_finding> look_over(std::string_view name, topic_use use,
                                                   const topic_facts& is, std::int32_t brokers);

/// How a topic is made that is not there.
struct topic_wish {
  std::int32_t partitions = 1;
  std::int32_t replicas = 1;
  std::vector<std::pair<std::string, std::string>> settings;
};

/// With as many replicas as there are brokers, at most three, of which two have to have a record
/// where there are three: so one broker may be away.
[[nodiscard]] topic_wish wish_for(topic_use use, std::int32_t partitions, std::int32_t brokers);

/// Kafka's default for the largest record of a topic.
inline constexpr std::size_t record_bytes_default = 1'048'588;
/// What the largest record of an `undelivered` topic may have.
inline constexpr std::size_t undelivered_bytes_max = std::size_t{64} << 20;

}  // namespace aisle::kafka
