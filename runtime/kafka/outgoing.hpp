// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/time.hpp"
#include "runtime/flow/record_frame.hpp"
#include "runtime/kafka/settings.hpp"

struct rd_kafka_s;
struct rd_kafka_error_s;

namespace aisle::kafka {

/// A record on its way to a topic; views into memory that somebody else has.
struct outgoing {
  const std::string& topic;
  /// None: `partition` says where it goes. Otherwise the murmur2 hash of the key does, as with
  /// Kafka's Java clients (`partitioner=murmur2_random`).
  std::optional<std::string_view> key;
  std::string_view value;
  std::span<const flow::framed_record::header> headers;
  std::int32_t partition = 0;
  /// None: when it is handed over.
  std::optional<base::event_time> timestamp{};
};

/// Hands the record to the client, which takes a copy. Null, or why not, which the caller owns.
[[nodiscard]] rd_kafka_error_s* hand_over(rd_kafka_s* to, const outgoing& record);

/// No fewer bytes than a batch of this record alone has before it is compressed: what a topic's
/// `max.message.bytes` is compared with.
[[nodiscard]] std::size_t batch_bytes_of(const outgoing& record);

/// librdkafka's `batch.size`; a record that is larger is a batch by itself.
inline constexpr std::size_t batch_bytes_default = 1'000'000;

/// What keeps a client from putting more records into a batch than a topic takes at once, where
/// that is less than it would; its own bound is for all topics alike.
[[nodiscard]] std::optional<property> batch_setting(std::size_t topic_takes);

}  // namespace aisle::kafka
