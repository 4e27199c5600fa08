// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/topic_reader.hpp"

#include <array>
#include <atomic>
#include <thread>

#include <doctest/doctest.h>

#include "runtime/io/file_watch.hpp"
#include "runtime/log/producer.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

using strings = std::vector<std::string>;

strings read_rest(io::record_reader& from, io::reading& stopped) {
  strings all;
  io::raw_record record;
  for (;;) {
    const auto found = from.next(record);
    REQUIRE_MESSAGE(found, found.error().message);
    stopped = *found;
    if (*found != io::reading::record) return all;
    all.push_back(std::to_string(record.partition.get()) + "/" +
                  std::to_string(record.ordinal.get()) + "=" + std::string{record.bytes});
  }
}

struct two_partitions : log_folder {
  two_partitions()
      : log_folder{{.partitions = 2, .segment_bytes = segment_bytes_min, .keep = {}}} {}

  void put(std::uint32_t partition, const strings& values, std::int64_t ms) const {
    partition_writer writer{made, base::partition_id{partition}, clock};
    std::vector<new_record> records;
    for (const auto& value : values) {
      records.push_back({.key = {},
                         .value = value,
                         .timestamp = base::event_time{base::duration{ms++}},
                         .headers = {}});
    }
    REQUIRE(writer.append({.records = records, .by = {}, .marker = {}}));
  }
};

TEST_CASE("keys and headers come with the record they were written with") {
  const two_partitions log;
  partition_writer writer{log.made, base::partition_id{0}, log.clock};
  const std::vector<new_record> records{
      {.key = "k", .value = "v", .timestamp = {}, .headers = {{"h", "1"}, {"none", std::nullopt}}},
      {.key = {}, .value = "w", .timestamp = {}, .headers = {}}};
  REQUIRE(writer.append({.records = records, .by = {}, .marker = {}}));
  auto reader = open_topic_reader(log.made, extent::present_end);
  REQUIRE(reader);
  CHECK((*reader)->headers().empty());
  io::raw_record record;
  REQUIRE((*reader)->next(record).value() == io::reading::record);
  CHECK(record.key == "k");
  const auto headers = (*reader)->headers();
  REQUIRE(headers.size() == 2);
  CHECK(headers[0].name == "h");
  CHECK(headers[0].value == "1");
  CHECK(headers[1].value.empty());
  REQUIRE((*reader)->next(record).value() == io::reading::record);
  CHECK(record.key.empty());
  CHECK((*reader)->headers().empty());
}

TEST_CASE("partitions are merged by the times of their records") {
  const two_partitions log;
  log.put(0, {"a", "b", "c"}, 10);
  log.put(1, {"d", "e"}, 11);
  auto reader = open_topic_reader(log.made, extent::follow);
  REQUIRE(reader);
  io::reading stopped{};
  CHECK(read_rest(**reader, stopped) == strings{"0/0=a", "0/1=b", "1/0=d", "0/2=c", "1/1=e"});
  CHECK(stopped == io::reading::caught_up);
  log.put(1, {"f"}, 20);
  CHECK((*reader)->behind(base::partition_id{1})->records == 1);
  CHECK(read_rest(**reader, stopped) == strings{"1/2=f"});
  CHECK((*reader)->behind(base::partition_id{1})->empty());
}

TEST_CASE("what comes after the present end is left for the next run") {
  const two_partitions log;
  log.put(0, {"a", "b"}, 10);
  auto reader = open_topic_reader(log.made, extent::present_end);
  REQUIRE(reader);
  log.put(0, {"later"}, 12);
  log.put(1, {"later"}, 1);
  io::reading stopped{};
  CHECK(read_rest(**reader, stopped) == strings{"0/0=a", "0/1=b"});
  CHECK(stopped == io::reading::end);
}

TEST_CASE("a position is where reading goes on, in the middle of a batch and behind segments too") {
  const two_partitions log;
  for (int batch = 0; batch < 30; ++batch) {
    log.put(0, {std::string(300, 'x'), std::string(300, 'y')}, batch * 10);
    log.put(1, {"z"}, batch * 10 + 5);
  }
  io::reading stopped{};
  auto whole = open_topic_reader(log.made, extent::present_end);
  REQUIRE(whole);
  const auto all = read_rest(**whole, stopped);
  REQUIRE(all.size() == 90);
  for (std::size_t skip = 0; skip <= all.size(); skip += 7) {
    auto first = open_topic_reader(log.made, extent::present_end);
    auto second = open_topic_reader(log.made, extent::present_end);
    REQUIRE(first);
    REQUIRE(second);
    io::raw_record record;
    for (std::size_t at = 0; at < skip; ++at)
      REQUIRE((*first)->next(record).has_value());
    for (const auto partition : {base::partition_id{0}, base::partition_id{1}}) {
      REQUIRE((*second)->seek((*first)->position(partition)));
    }
    CHECK(read_rest(**second, stopped) ==
          strings{all.begin() + static_cast<std::ptrdiff_t>(skip), all.end()});
  }
}

TEST_CASE("a watch notices an append to any partition of a followed topic") {
  const two_partitions log;
  auto reader = open_topic_reader(log.made, extent::follow);
  REQUIRE(reader);
  io::file_watch watch;
  log.put(0, {"a"}, 10);
  REQUIRE((*reader)->watch(watch));
  for (const std::uint32_t partition : {1U, 0U}) {
    CHECK_FALSE(watch.wait(base::duration{0}));
    log.put(partition, {"b"}, 11);
    CHECK(watch.wait(std::chrono::minutes{1}));
  }
  CHECK_FALSE((*open_topic_reader(log.made, extent::present_end))->watch(watch));
}

TEST_CASE(
    "of a record that is too long its beginning is handed out, and what follows comes whole") {
  const two_partitions log;
  log.put(0, {std::string(100, 'x'), "short"}, 10);
  auto reader = open_topic_reader(log.made, extent::present_end, 10);
  REQUIRE(reader);
  io::raw_record record;
  REQUIRE((*reader)->next(record) == io::reading::record);
  CHECK(record.bytes == std::string(10, 'x'));
  CHECK(record.length == 100);
  CHECK(record.oversized());
  REQUIRE((*reader)->next(record) == io::reading::record);
  CHECK(record.bytes == "short");
  CHECK_FALSE(record.oversized());
}

TEST_CASE("a position that is not kept any more, or never was, is an error") {
  const two_partitions log;
  log.put(0, {"a"}, 1);
  auto reader = open_topic_reader(log.made, extent::follow);
  REQUIRE(reader);
  const auto refused = (*reader)->seek({.partition = {}, .ordinal = base::offset{2}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == io::errc::changed);
  CHECK_FALSE((*reader)->seek({.partition = base::partition_id{2}, .ordinal = {}}));
}

TEST_CASE("a watch notices what is appended") {
  const two_partitions log;
  const auto reader = reader::open_at_start(log.made, first_partition);
  REQUIRE(reader);
  io::file_watch watch;
  REQUIRE(watch.add(reader->end_file()));
  CHECK_FALSE(watch.wait(base::duration{0}));
  log.put(0, {"a"}, 1);
  CHECK(watch.wait(base::duration{10'000}));
}

TEST_CASE("a producer of many threads appends everything once, with fewer syncs than appends") {
  const log_folder log{{.partitions = 2, .segment_bytes = segment_bytes_default, .keep = {}}};
  constexpr int threads = 4;
  constexpr int each = 200;
  std::atomic<int> answered{0};
  {
    producer to{log.made, log.clock};
    std::vector<std::thread> all;
    for (int thread = 0; thread < threads; ++thread) {
      all.emplace_back([&, thread] {
        for (int at = 0; at < each; ++at) {
          const auto key = std::to_string(thread);
          to.append(to.choose(key),
                    {{.key = key,
                      .value = key + ":" + std::to_string(at),
                      .timestamp = {},
                      .headers = {}}},
                    {}, {}, [&](const result<log::acknowledged>& done) {
                      if (done) ++answered;
                    });
        }
      });
    }
    for (auto& thread : all)
      thread.join();
    to.flush();
    CHECK(answered == threads * each);
  }
  auto reader = open_topic_reader(log.made, extent::present_end);
  REQUIRE(reader);
  std::array<int, threads> next{};
  io::raw_record record;
  while ((*reader)->next(record).value() == io::reading::record) {
    const auto thread = static_cast<std::size_t>(record.bytes.front() - '0');
    REQUIRE(record.bytes == std::to_string(thread) + ":" + std::to_string(next.at(thread)++));
  }
  for (const auto count : next)
    CHECK(count == each);
}

}  // namespace
}  // namespace aisle::log
