// SPDX-License-Identifier: Apache-2.0
#include "bench/kafka_latency/sales_load.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/sales.hpp"
#include "runtime/kafka/handles.hpp"
#include "runtime/kafka/outgoing.hpp"

namespace aisle::bench {
namespace {

/// Sales that are due within it go together.
constexpr std::chrono::microseconds tick{500};

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

void check(const rd_kafka_message_t& told) {
  if (told.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    die(fmt::format("a sale is not taken: {}", rd_kafka_err2str(told.err)));
  }
}

}  // namespace

sales_load::sales_load(const kafka::settings& to, std::string topic, double rate)
    : topic_{std::move(topic)}, rate_{rate} {
  // A till sends a sale when it is there; what Aisle writes, it flushes.
  const std::vector<kafka::property> own{{"linger.ms", kafka::secret{"0"}}};
  auto opened = kafka::client::open(kafka::purpose::write, to, own, check);
  if (!opened) {
    die(opened.error().message);
  }
  client_ = *std::move(opened);
}

void sales_load::begin(std::uint64_t counts_from) {
  counts_from_ = counts_from;
  begun_ = steady::now();
  begun_by_calendar_ = std::chrono::system_clock::now();
}

steady::time_point sales_load::due(std::uint64_t number) const {
  return begun_ + std::chrono::duration_cast<steady::duration>(
                      std::chrono::duration<double>{static_cast<double>(number) / rate_});
}

std::chrono::system_clock::time_point sales_load::due_by_calendar(std::uint64_t number) const {
  return begun_by_calendar_ +
         std::chrono::duration_cast<std::chrono::system_clock::duration>(due(number) - begun_);
}

void sales_load::append_until(std::uint64_t end) {
  while (next_ < end) {
    const auto now = steady::now();
    for (; next_ < end && due(next_) <= now; ++next_) {
      append(next_);
    }
    std::this_thread::sleep_until(std::max(due(next_), now + tick));
  }
}

void sales_load::append(std::uint64_t number) {
  const auto key = store_of(number);
  const kafka::error_handle refused{kafka::hand_over(
      client_->handle(), {.topic = topic_, .key = key, .value = sale(number), .headers = {}})};
  if (refused) {
    die(rd_kafka_error_string(refused.get()));
  }
  client_->poll();
}

}  // namespace aisle::bench
