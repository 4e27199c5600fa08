// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/kafka/client.hpp"

namespace aisle::bench {

using steady = std::chrono::steady_clock;

/// Sales that are appended to a topic of Kafka at a rate, each at its own time.
class sales_load {
 public:
  /// Sales from this number on are no part of the load.
  static constexpr std::uint64_t knocks = 1'000'000'000;

  sales_load(const kafka::settings& to, std::string topic, double rate);

  /// The load begins now, with sale 0; from sale `counts_from` on it counts.
  void begin(std::uint64_t counts_from);
  /// Those that are not appended yet, up to this one, each when it is due.
  void append_until(std::uint64_t end);
  void append(std::uint64_t number);

  [[nodiscard]] bool counts(std::uint64_t number) const {
    return number >= counts_from_ && number < knocks;
  }
  [[nodiscard]] steady::time_point due(std::uint64_t number) const;
  /// The same as the machine's clocks show it.
  [[nodiscard]] std::chrono::system_clock::time_point due_by_calendar(std::uint64_t number) const;

 private:
  std::string topic_;
  double rate_;
  std::unique_ptr<kafka::client> client_;
  std::uint64_t next_ = 0;
  std::uint64_t counts_from_ = 0;
  steady::time_point begun_;
  std::chrono::system_clock::time_point begun_by_calendar_;
};

}  // namespace aisle::bench
