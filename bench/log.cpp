// SPDX-License-Identifier: Apache-2.0
// What does a record cost in the embedded log: appended in groups of a size, synced, and read back?
#include <filesystem>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "runtime/base/check.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/log/partition_writer.hpp"
#include "runtime/log/reader.hpp"

namespace {

namespace fs = std::filesystem;
namespace base = aisle::base;
namespace log = aisle::log;

constexpr base::partition_id first{0};
constexpr std::size_t value_bytes = 200;

/// A log of its own, gone with the run.
struct scratch {
  fs::path folder = fs::temp_directory_path() / ("aisle-bench-log-" + std::to_string(::getpid()));
  log::topic topic;

  scratch() {
    auto made = log::make_topic(folder, "bench", {}, base::system_clock());
    base::check(made.has_value(), "a topic can be made");
    topic = std::move(*made);
  }
  scratch(const scratch&) = delete;
  scratch& operator=(const scratch&) = delete;
  ~scratch() { fs::remove_all(folder); }
};

std::vector<log::new_record> records_of(std::size_t count, const std::string& value) {
  return std::vector<log::new_record>(
      count, {.key = "key", .value = value, .timestamp = {}, .headers = {}});
}

void append(benchmark::State& state) {
  const scratch in;
  log::partition_writer writer{in.topic, first, base::system_clock()};
  const std::string value(value_bytes, 'v');
  const auto records = records_of(static_cast<std::size_t>(state.range(0)), value);
  for (auto _ : state) {
    base::check(writer.append({.records = records, .by = {}, .marker = {}}).has_value(),
                "an append is acknowledged");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void read(benchmark::State& state) {
  const scratch in;
  log::partition_writer writer{in.topic, first, base::system_clock()};
  const std::string value(value_bytes, 'v');
  const auto records = records_of(static_cast<std::size_t>(state.range(0)), value);
  constexpr std::int64_t total = 200'000;
  for (std::int64_t at = 0; at < total; at += state.range(0)) {
    base::check(writer.append({.records = records, .by = {}, .marker = {}}).has_value(),
                "an append is acknowledged");
  }
  std::vector<log::record> into;
  std::int64_t count = 0;
  for (auto _ : state) {
    auto reader = log::reader::open_at_start(in.topic, first);
    base::check(reader.has_value(), "a log can be read");
    while (reader->poll(into).value()) {
      count += static_cast<std::int64_t>(into.size());
    }
  }
  state.SetItemsProcessed(count);
}

BENCHMARK(append)->Arg(1)->Arg(100)->Arg(10'000)->UseRealTime();
BENCHMARK(read)->Arg(100)->Arg(10'000);

}  // namespace
