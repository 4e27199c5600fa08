// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/kafka_topics.hpp"

struct rd_kafka_message_s;

namespace aisle::test_support {

struct kafka_record {
  /// Nothing: none, which is not the empty one.
  std::optional<std::string> key{};
  std::optional<std::string> value{};
  std::vector<std::pair<std::string, std::string>> headers{};
  /// To be written: -1 leaves it to the partitioner.
  std::int32_t partition = -1;
  /// Milliseconds since 1970; to be written: 0 is now.
  std::int64_t timestamp = 0;
  /// Where it was read.
  std::int64_t offset = -1;
};

/// A record as a consumer got it.
[[nodiscard]] kafka_record record_of(const rd_kafka_message_s& message);

/// Writes the records in their order, and returns when the broker has them; what fails fails the
/// test. `settings` beside `bootstrap.servers`: librdkafka's, such as compression.type.
void append(const std::string& servers, const std::string& topic,
            const std::vector<kafka_record>& records, kafka_settings settings = {});

/// All that the topic holds now, partition by partition. `isolation.level` is read_committed unless
/// `settings` say otherwise; an open transaction is waited for, and ends the partition there when
/// it stays open for half a minute.
[[nodiscard]] std::vector<kafka_record> read_all(const std::string& servers,
                                                 const std::string& topic,
                                                 kafka_settings settings = {});

}  // namespace aisle::test_support
