// SPDX-License-Identifier: Apache-2.0
#include "bench/kafka_throughput/consume.hpp"

#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "runtime/kafka/client.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/topic_facts.hpp"

namespace aisle::bench {
namespace {

constexpr int wait_ms = 10;
constexpr std::chrono::seconds patience{30};

/// With its usual bounds it stops when so much is fetched ahead, and then sleeps for up to a
/// second.
const std::vector<kafka::property> no_waiting{
    {"queued.min.messages", kafka::secret{"10000000"}},
    {"queued.max.messages.kbytes", kafka::secret{"2097151"}},
    {"fetch.wait.max.ms", kafka::secret{"10"}}};

/// Everything of all topics comes into one queue.
class consumer {
 public:
  explicit consumer(std::unique_ptr<kafka::client> with) : with_{std::move(with)} {}

  [[nodiscard]] bool begin(const std::string& name) {
    const auto partitions = kafka::partitions_of(*with_, name, patience);
    if (!partitions) {
      fmt::print(stderr, "bench: {}\n", partitions.error().message);
      return false;
    }
    topics_.emplace_back(rd_kafka_topic_new(with_->handle(), name.c_str(), nullptr));
    for (std::uint32_t p = 0; p < *partitions; ++p) {
      rd_kafka_consume_start_queue(topics_.back().get(), static_cast<std::int32_t>(p),
                                   RD_KAFKA_OFFSET_BEGINNING, queue_.get());
    }
    open_ += *partitions;
    return true;
  }

  /// Records until each partition has come to its end.
  [[nodiscard]] std::uint64_t read_all() {
    std::uint64_t records = 0;
    std::array<rd_kafka_message_t*, 10'000> some{};
    while (open_ > 0) {
      const auto got =
          rd_kafka_consume_batch_queue(queue_.get(), wait_ms, some.data(), some.size());
      for (ssize_t m = 0; m < got; ++m) {
        const kafka::message_handle one{some[static_cast<std::size_t>(m)]};
        records += one->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1U : 0U;
        open_ -= one->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? 1U : 0U;
      }
    }
    return records;
  }

 private:
  std::unique_ptr<kafka::client> with_;
  kafka::queue_handle queue_{rd_kafka_queue_new(with_->handle())};
  std::vector<kafka::topic_handle> topics_;
  std::uint32_t open_ = 0;
};

}  // namespace

bool consume(const std::string& servers, const std::vector<std::string>& topics) {
  auto with =
      kafka::client::open(kafka::purpose::read, {.brokers = servers, .properties = {}}, no_waiting);
  if (!with) {
    fmt::print(stderr, "bench: {}\n", with.error().message);
    return false;
  }
  consumer from{*std::move(with)};
  for (const auto& topic : topics) {
    if (!from.begin(topic)) {
      return false;
    }
  }
  fmt::print("{} records\n", from.read_all());
  std::fflush(stdout);
  return true;
}

}  // namespace aisle::bench
