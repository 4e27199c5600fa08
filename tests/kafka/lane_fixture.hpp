// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/flow/record_frame.hpp"
#include "runtime/kafka/marker_reader.hpp"
#include "runtime/kafka/sink_lane.hpp"
#include "runtime/kafka/watchdog.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"

namespace aisle::kafka {

/// A sink of a topology of its own on a real broker.
struct test_sink {
  std::string servers;
  std::string topology = test_support::unique_name("floor");
  std::string topic = test_support::unique_name("results");
  base::duration transaction_timeout = std::chrono::seconds{30};

  [[nodiscard]] lane_name name(std::uint32_t lane = 0) const {
    return {.cluster = "00ff", .topology = topology, .sink = "out", .lane = base::lane_id{lane}};
  }
  [[nodiscard]] settings to() const { return {.brokers = servers, .properties = {}}; }
  [[nodiscard]] sink_lane_settings lane(std::uint32_t number = 0) const {
    return {.to = to(),
            .name = name(number),
            .topic = {.topic = topic, .partitions = 1},
            .transaction_timeout = transaction_timeout,
            .init_patience = std::chrono::seconds{60},
            .tell = {}};
  }
  [[nodiscard]] txn_settings producer(std::uint32_t lane = 0) const {
    return {.to = to(),
            .transactional_id = transactional_id(name(lane)),
            .transaction_timeout = transaction_timeout,
            .init_patience = std::chrono::seconds{60}};
  }
  /// As it stands in the topic.
  [[nodiscard]] result<std::optional<lane_marker>> marker(
      std::uint32_t lane = 0, base::duration at_most = std::chrono::seconds{60}) const {
    const auto page = read_markers(
        {.to = to(), .topic = marker_topic(topology), .cluster = name().cluster}, at_most);
    return page ? page->of(name(lane)) : std::unexpected{page.error()};
  }
  /// The values that a consumer of committed records sees, in order.
  [[nodiscard]] std::vector<std::string> committed() const {
    std::vector<std::string> values;
    for (const auto& record : test_support::read_all(servers, topic)) {
      values.push_back(record.value.value_or("none"));
    }
    return values;
  }
};

/// True when the marker was found, and is this one; nothing: when the lane has none.
template <class Found>
[[nodiscard]] bool holds(const Found& found, const std::optional<lane_marker>& expected) {
  return found.has_value() && found.value() == expected;
}

/// Of the generation 1; parts are numbered from 0.
[[nodiscard]] inline lane_marker marker_of(std::uint64_t epoch, std::uint32_t part = 0) {
  return {.attempt = {.generation = control::generation{1}, .epoch = base::epoch{epoch}},
          .part = part};
}

[[nodiscard]] inline std::string value_of(std::uint64_t epoch, int record) {
  return "e" + std::to_string(epoch) + "r" + std::to_string(record);
}

/// `records` records of the epoch, each with a key.
[[nodiscard]] inline std::string frames_of(std::uint64_t epoch, int records = 3) {
  std::string lines;
  for (int r = 0; r < records; ++r) {
    flow::append_frame(lines, "k" + std::to_string(r), value_of(epoch, r));
    lines += '\n';
  }
  return lines;
}

/// What is to be seen when epochs 1 to `last` are out.
[[nodiscard]] inline std::vector<std::string> values_to(std::uint64_t last, int records = 3) {
  std::vector<std::string> values;
  for (std::uint64_t epoch = 1; epoch <= last; ++epoch) {
    for (int r = 0; r < records; ++r) {
      values.push_back(value_of(epoch, r));
    }
  }
  return values;
}

/// What `lane_owner` does: takes the lane over, and brings out what the marker does not name, up to
/// `last`; takes over again, at most `tries` times in all, where that is the answer. Tells whether
/// everything is out.
[[nodiscard]] inline bool deliver_to(sink_lane& lane, std::uint64_t last, int tries = 1) {
  for (int t = 0; t < tries; ++t) {
    if (!lane.fence()) {
      continue;
    }
    auto marker = lane.read_marker();
    if (marker && !*marker && lane.write_first_marker()) {
      marker = lane_marker{};
    }
    if (!marker || !*marker) {
      continue;
    }
    auto next = (*marker)->attempt.epoch.get() + 1;
    while (next <= last && lane.write(marker_of(next), frames_of(next))) {
      ++next;
    }
    if (next > last) {
      return true;
    }
  }
  return false;
}

}  // namespace aisle::kafka
