// SPDX-License-Identifier: Apache-2.0
#include "bench/kafka_latency/answers.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "bench/sales.hpp"
#include "runtime/kafka/handles.hpp"

namespace aisle::bench {
namespace {

constexpr int wait_ms = 100;

std::unique_ptr<kafka::client> reader_of(const kafka::settings& to) {
  auto opened = kafka::client::open(kafka::purpose::read, to);
  if (!opened) {
    fmt::print(stderr, "bench: {}\n", opened.error().message);
    std::exit(1);
  }
  return *std::move(opened);
}

template <class Duration>
histogram::time in_us(Duration took) {
  return std::chrono::duration_cast<histogram::time>(took);
}

}  // namespace

answers::answers(const kafka::settings& to, const std::string& topic, std::int32_t partitions,
                 const sales_load& load)
    : load_{load},
      client_{reader_of(to)},
      thread_{[this, topic, partitions] { read(topic, partitions); }} {}

answers::~answers() {
  leaving_ = true;
  thread_.join();
}

void answers::read(const std::string& topic, std::int32_t partitions) {
  const kafka::topic_handle from{rd_kafka_topic_new(client_->handle(), topic.c_str(), nullptr)};
  const kafka::queue_handle queue{rd_kafka_queue_new(client_->handle())};
  for (std::int32_t p = 0; p < partitions; ++p) {
    rd_kafka_consume_start_queue(from.get(), p, RD_KAFKA_OFFSET_BEGINNING, queue.get());
  }
  while (!leaving_) {
    const kafka::message_handle got{rd_kafka_consume_queue(queue.get(), wait_ms)};
    client_->poll();
    if (got && got->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      take(*got);
    }
  }
  for (std::int32_t p = 0; p < partitions; ++p) {
    rd_kafka_consume_stop(from.get(), p);
  }
}

void answers::take(const rd_kafka_message_s& record) {
  const auto here = steady::now();
  const auto by_calendar = std::chrono::system_clock::now();
  const auto number = sale_decided({static_cast<const char*>(record.payload), record.len});
  any_ = any_ || number.has_value();
  if (!number || !load_.counts(*number)) {
    return;
  }
  const std::chrono::system_clock::time_point produced{
      std::chrono::milliseconds{rd_kafka_message_timestamp(&record, nullptr)}};
  all_.record(in_us(here - load_.due(*number)));
  until_produced_.record(in_us(produced - load_.due_by_calendar(*number)));
  until_read_.record(in_us(by_calendar - produced));
  ++count_;
}

}  // namespace aisle::bench
