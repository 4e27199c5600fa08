// SPDX-License-Identifier: Apache-2.0
#include "bench/kafka_throughput/results.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "runtime/kafka/topic_reader.hpp"
#include "runtime/log/topic_reader.hpp"

namespace aisle::bench {
namespace {

[[noreturn]] void die(const std::string& why) {
  fmt::print(stderr, "bench: {}\n", why);
  std::exit(1);
}

results all_of(io::record_reader& from) {
  results all;
  io::raw_record record;
  for (;;) {
    const auto found = from.next(record);
    if (!found) {
      die(found.error().message);
    }
    if (*found == io::reading::end) {
      return all;
    }
    if (*found != io::reading::record) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
      continue;
    }
    const auto hash = base::hash_128(record.bytes);
    all.sum.low += hash.low;
    all.sum.high += hash.high;
    ++all.records;
  }
}

}  // namespace

results results_in_kafka(const std::string& servers, const std::string& topic) {
  auto reader = kafka::open_topic_reader({.brokers = servers, .properties = {}},
                                         {.topic = topic, .until = kafka::extent::present_end});
  if (!reader) {
    die(reader.error().message);
  }
  return all_of(**reader);
}

results results_in_log(const std::filesystem::path& log, const std::string& topic) {
  const auto opened = log::open_topic(log, topic);
  if (!opened) {
    die(opened.error().message);
  }
  auto reader = log::open_topic_reader(*opened, log::extent::present_end);
  if (!reader) {
    die(reader.error().message);
  }
  return all_of(**reader);
}

}  // namespace aisle::bench
