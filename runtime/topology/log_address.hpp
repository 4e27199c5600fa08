// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace aisle::topology {

/// What topics are.
enum class log_kind : std::uint8_t {
  /// Files that are read to their end: DIR/TOPIC.ndjson.
  files,
  /// Topics of an embedded log (runtime/log).
  embedded,
  /// Topics of a Kafka cluster (runtime/kafka).
  kafka,
};

/// `--log`: where topics live.
struct log_address {
  /// Of files and of an embedded log.
  std::filesystem::path folder;
  log_kind kind = log_kind::files;
  /// Of Kafka: `HOST:PORT[,HOST:PORT…]`, to begin with; they know the others.
  std::string brokers{};

  friend bool operator==(const log_address&, const log_address&) = default;
};

/// Reads `files:DIR`, `embedded:DIR` and `kafka:HOST:PORT[,HOST:PORT…]`; a relative DIR begins at
/// `working`, an IPv6 host stands in brackets. The error is a sentence for a person.
[[nodiscard]] std::expected<log_address, std::string> parse_log(
    std::string_view text, const std::filesystem::path& working);

/// As `parse_log` reads it, from any folder.
[[nodiscard]] std::string to_text(const log_address& log);

}  // namespace aisle::topology
