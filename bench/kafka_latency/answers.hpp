// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "bench/kafka_latency/sales_load.hpp"
#include "bench/latency/histogram.hpp"
#include "runtime/kafka/client.hpp"

struct rd_kafka_message_s;

namespace aisle::bench {

/// A consumer of decisions with librdkafka's usual settings: it reads what is committed, on a
/// thread of its own, and notes how long each decision took.
class answers {
 public:
  /// `load` must outlive it.
  answers(const kafka::settings& to, const std::string& topic, std::int32_t partitions,
          const sales_load& load);
  ~answers();
  answers(const answers&) = delete;
  answers& operator=(const answers&) = delete;

  /// A decision has come, of whatever sale.
  [[nodiscard]] bool any() const { return any_; }
  /// Decisions of sales that count.
  [[nodiscard]] std::uint64_t count() const { return count_; }

  // Only when nothing comes any more.

  /// From when a sale was due to when its decision was here.
  [[nodiscard]] const histogram& latencies() const { return all_; }
  /// The part of it until the decision was handed to the lane's producer; by the clock that time
  /// stamps have, in whole milliseconds.
  [[nodiscard]] const histogram& until_produced() const { return until_produced_; }
  /// The part from then on.
  [[nodiscard]] const histogram& until_read() const { return until_read_; }

 private:
  void read(const std::string& topic, std::int32_t partitions);
  void take(const rd_kafka_message_s& record);

  const sales_load& load_;
  std::unique_ptr<kafka::client> client_;
  std::atomic<bool> any_ = false;
  std::atomic<bool> leaving_ = false;
  std::atomic<std::uint64_t> count_ = 0;
  histogram all_;
  histogram until_produced_;
  histogram until_read_;
  std::thread thread_;
};

}  // namespace aisle::bench
