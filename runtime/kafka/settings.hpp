// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/kafka/errors.hpp"

namespace aisle::kafka {

/// A text that only `reveal` gives away: it has no way into a message by itself.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) : text_{std::move(text)} {}
  [[nodiscard]] const std::string& reveal() const { return text_; }
  friend bool operator==(const secret&, const secret&) = default;

 private:
  std::string text_;
};

/// One setting of librdkafka's, by its name there (CONFIGURATION.md of librdkafka). Every value is
/// treated as a secret: no text of this room repeats one, except where `is_secret` says no.
struct property {
  std::string name;
  secret value;
  friend bool operator==(const property&, const property&) = default;
};

/// How to speak to a Kafka cluster: what a person configures.
struct settings {
  /// host:port, host:port …
  std::string brokers;
  /// Passed through to librdkafka, after `check`; they go before our own defaults.
  std::vector<property> properties;
  friend bool operator==(const settings&, const settings&) = default;
};

/// Settings whose values are never shown, and may come from the environment or from a file:
/// passwords, keys, tokens.
[[nodiscard]] bool is_secret(std::string_view name);

/// What is wrong with a setting, or doubtful.
struct complaint {
  /// `brokers`, or the property's name.
  std::string setting;
  std::string message;
  /// Of an unknown name: the one that was meant, perhaps.
  std::string suggestion{};
  /// It can be gone on with; say it aloud.
  bool only_warns = false;
};

/// Everything that is wrong: unknown names, values that cannot be, and settings that would break
/// what Aisle promises, each with its reason and what to use instead. Contains no value of a
/// secret.
[[nodiscard]] std::vector<complaint> check(const settings& of);

/// The environment variable's value: an error (never holding it) when it is not set or empty.
[[nodiscard]] result<secret> secret_from_environment(const std::string& variable);
/// The file's content without the line ends behind it.
[[nodiscard]] result<secret> secret_from_file(const std::string& path);

/// What a client is made for.
enum class purpose : std::uint8_t { read, write, administer };

/// Our own settings for such a client, in force where the person says nothing else.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> defaults_for(purpose use);

}  // namespace aisle::kafka
