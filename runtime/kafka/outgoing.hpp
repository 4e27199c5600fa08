// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "runtime/flow/record_frame.hpp"

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
};

/// Hands the record to the client, which takes a copy. Null, or why not, which the caller owns.
[[nodiscard]] rd_kafka_error_s* hand_over(rd_kafka_s* to, const outgoing& record);

/// No fewer bytes than a batch of this record alone has before it is compressed: what a topic's
/// `max.message.bytes` is compared with.
[[nodiscard]] std::size_t batch_bytes_of(const outgoing& record);

}  // namespace aisle::kafka
