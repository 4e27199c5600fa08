// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "bench/program.hpp"
#include "runtime/kafka/topics.hpp"

namespace aisle::bench {

/// Apache Kafka for a bench, at full speed, on a free port; killed and removed at its end, and also
/// when the bench is killed itself. It shares the processors with what is measured.
class kafka_broker {
 public:
  /// Null where none can be had (no Java, no way to Maven Central): then it said so.
  static std::unique_ptr<kafka_broker> start(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto log = folder.string() + ".log";
    const int code = call(
        {"start", "--fresh", "--full-speed", "--port", "0", "--owner", std::to_string(::getpid())},
        folder, log);
    std::ifstream file{log};
    const std::string said{std::istreambuf_iterator<char>{file}, {}};
    if (code == cannot_be_had) {
      fmt::print("SKIPPED: no Kafka: {}", said);
      return nullptr;
    }
    if (code != 0) {
      fmt::print(stderr, "bench: Kafka does not start: {}", said);
      std::exit(1);
    }
    return std::unique_ptr<kafka_broker>{new kafka_broker{folder}};
  }
  kafka_broker(const kafka_broker&) = delete;
  kafka_broker& operator=(const kafka_broker&) = delete;
  ~kafka_broker() { call({"stop", "--kill", "--remove"}, folder_, "/dev/null"); }

  /// As `bootstrap.servers` has it.
  [[nodiscard]] const std::string& servers() const { return servers_; }
  [[nodiscard]] std::chrono::duration<double> cpu() const { return cpu_of(process_); }

  /// A topic that sinks may write; ends the bench when it cannot be made.
  void make_topic(const std::string& name, std::int32_t partitions) const {
    auto with = kafka::client::open(kafka::purpose::administer, to());
    const auto made = with ? kafka::ensure_topic(**with, {.name = name, .partitions = partitions},
                                                 std::chrono::seconds{30})
                           : std::unexpected{with.error()};
    if (!made) {
      fmt::print(stderr, "bench: {}\n", made.error().message);
      std::exit(1);
    }
  }
  [[nodiscard]] kafka::settings to() const { return {.brokers = servers_, .properties = {}}; }

 private:
  static constexpr int cannot_be_had = 3;  // an exit code of tools/kafka/kafka.py

  explicit kafka_broker(std::filesystem::path folder) : folder_{std::move(folder)} {
    std::ifstream addresses{folder_ / "addresses"};
    for (std::string line; std::getline(addresses, line);) {
      constexpr std::string_view name = "servers=";
      if (line.starts_with(name)) {
        servers_ = line.substr(name.size());
      }
    }
    std::ifstream{folder_ / "node-1" / "pid"} >> process_;
  }

  static int call(std::vector<std::string> words, const std::filesystem::path& folder,
                  const std::string& log) {
    const std::vector<std::string> before{"/usr/bin/env", "python3", "-B",
                                          AISLE_SOURCE_DIR "/tools/kafka/kafka.py"};
    words.insert(words.begin(), before.begin(), before.end());
    words.insert(words.end(), {"--folder", folder.string()});
    return program{words, log}.wait();
  }

  std::filesystem::path folder_;
  std::string servers_;
  pid_t process_ = 0;
};

}  // namespace aisle::bench
