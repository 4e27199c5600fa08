// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/kafka_topics.hpp"

/// Apache Kafka itself for tests, by tools/kafka. A machine on which it cannot be had (no Java, no
/// Maven Central) skips the test:
///
///   const auto servers = shared_kafka();
///   if (!servers) return;  // said why
namespace aisle::test_support {

struct kafka_options {
  /// Empty: what AISLE_TEST_KAFKA_VERSION says, or the usual one.
  std::string version{};
  /// 1, or 3, of which every topic has three copies and needs two.
  int nodes = 1;
  /// Listens with SASL_SSL besides.
  bool secure = false;
  /// NAME=VALUE each, as in server.properties.
  std::vector<std::string> settings{};
};

/// Brokers of a test's own, to be hurt. They are killed and forgotten at the end of the test, and
/// also when the test's process is killed itself. Nodes count from 1. Whatever fails ends the test.
class kafka_cluster {
 public:
  kafka_cluster(const kafka_cluster&) = delete;
  kafka_cluster& operator=(const kafka_cluster&) = delete;
  kafka_cluster(kafka_cluster&& other) noexcept;
  kafka_cluster& operator=(kafka_cluster&&) = delete;
  ~kafka_cluster();

  /// As `bootstrap.servers` has it, without security; the same through all restarts.
  [[nodiscard]] std::string servers() const;
  /// Of one node: `127.0.0.1:PORT`.
  [[nodiscard]] std::string server(int node) const;

  /// Starts the node on its data and port, and waits until it serves. Nothing when it runs.
  void start(int node = 1);
  /// All of them at once.
  void start_all();
  /// Stops it as an administrator does, and waits for its end.
  void stop(int node = 1);
  /// kill -9, and waits for its end.
  void kill(int node = 1);
  /// It stands still, its connections stay open (SIGSTOP).
  void pause(int node = 1);
  void resume(int node = 1);

  /// What a client of the listener with SASL_SSL needs. The mechanisms are SCRAM-SHA-512 and PLAIN.
  struct security {
    /// As `bootstrap.servers` has it: localhost, as the certificate says.
    std::string servers;
    std::string user;
    std::string password;
    std::filesystem::path password_file;
    /// The authority that signed the broker's certificate, and one that did not.
    std::filesystem::path ca;
    std::filesystem::path wrong_ca;
  };
  /// Of one that was started with `secure`.
  [[nodiscard]] security secure() const;

  /// librdkafka's settings for it, complete.
  [[nodiscard]] kafka_settings login(const std::string& mechanism) const;

  /// What the node's broker says.
  [[nodiscard]] std::filesystem::path log_file(int node = 1) const;

 private:
  friend std::optional<kafka_cluster> own_kafka(const kafka_options&);
  explicit kafka_cluster(std::filesystem::path folder) : folder_{std::move(folder)} {}

  [[nodiscard]] std::string fact(const std::string& name) const;
  [[nodiscard]] int process(int node) const;

  std::filesystem::path folder_;
};

/// Starts brokers of the test's own, which takes some seconds. Nothing when none can be had; then
/// it said so, and the test is over.
[[nodiscard]] std::optional<kafka_cluster> own_kafka(const kafka_options& how = {});

/// As `bootstrap.servers` has it: the one broker that all tests share, AISLE_TEST_KAFKA, or one
/// that lives as long as this process. Do not hurt it, and use topics of your own. Nothing when
/// none can be had; then it said so, and the test is over.
[[nodiscard]] std::optional<std::string> shared_kafka();

/// A name for a topic, a group or a transactional id that nobody else has: "sales" becomes
/// "sales-1f03a2-1".
[[nodiscard]] std::string unique_name(const std::string& about);

}  // namespace aisle::test_support
