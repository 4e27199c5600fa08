// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/topic_reader.hpp"

#include <chrono>

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>

#include "runtime/kafka/group_offsets.hpp"
#include "runtime/kafka/handles.hpp"
#include "tests/kafka/in_time.hpp"
#include "tests/kafka/reading.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::kafka {
namespace {

using test_support::append;
using test_support::kafka_record;
using test_support::kafka_topics;
using test_support::shared_kafka;
using test_support::unique_name;

constexpr std::chrono::milliseconds a_moment{20};
/// For one answer of a broker.
constexpr int answer_ms = 60'000;

kafka_record at(std::int64_t ms, std::string value, std::int32_t partition = 0) {
  return {.value = std::move(value), .partition = partition, .timestamp = ms};
}

/// `count` records on each of the partitions, stamped 1000, 1001 … in turn.
std::vector<kafka_record> in_turn(int partitions, int count) {
  std::vector<kafka_record> all;
  for (int n = 0; n < count; ++n) {
    for (int p = 0; p < partitions; ++p) {
      all.push_back(at(1000 + n * partitions + p, fmt::to_string(n), p));
    }
  }
  return all;
}

struct topic {
  explicit topic(const std::string& servers, int partitions = 1)
      : server{servers}, admin{servers}, name{unique_name("reader")} {
    create(partitions);
  }
  // The records' times are long ago, and retention goes by them.
  void create(int partitions) { admin.create(name, partitions, {{"retention.ms", "-1"}}); }
  void put(const std::vector<kafka_record>& records) const { append(server, name, records); }
  [[nodiscard]] waiting_reader reader(topic_options options = {}) const {
    options.topic = name;
    return waiting_reader{server, options};
  }

  std::string server;
  kafka_topics admin;
  std::string name;
};

TEST_CASE("a topic is read to its present end, merged by the times of its records") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 2};
  of.put({at(10, "a"), at(11, "b"), at(12, "c"), at(11, "d", 1), at(15, "e", 1)});
  auto reader = of.reader({.until = extent::present_end});
  of.put({at(1, "later")});
  CHECK(reader.to_end() == strings{"0/0=a", "0/1=b", "1/0=d", "0/2=c", "1/1=e"});
  CHECK_FALSE(reader->behind(base::partition_id{0}));
}

TEST_CASE("a followed topic is caught up with at its end, and woken for what comes") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 2};
  of.put({at(10, "a")});
  auto reader = of.reader();
  CHECK(reader.to_present() == strings{"0/0=a"});
  CHECK(reader->behind(base::partition_id{0})->empty());
  CHECK(reader->behind(base::partition_id{1})->empty());
  of.put({at(11, "b", 1)});
  CHECK(reader.read({}, 1) == strings{"1/0=b"});
}

TEST_CASE("keys, headers, tombstones and empty values come as they were written") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 1};
  of.put({{.key = "k", .value = "v", .headers = {{"h", "1"}, {"h", ""}}, .timestamp = 1},
          {.key = "k", .value = {}, .timestamp = 2},
          {.key = {}, .value = "", .timestamp = 3}});
  auto reader = of.reader();
  io::raw_record record;
  reader.read_one(record);
  CHECK(record.bytes == "v");
  CHECK(record.key == "k");
  CHECK_FALSE(record.tombstone);
  const auto headers = reader->headers();
  REQUIRE(headers.size() == 2);
  CHECK(headers[0].name == "h");
  CHECK(headers[0].value == "1");
  CHECK(headers[1].value.empty());
  reader.read_one(record);
  CHECK(record.tombstone);
  CHECK(record.bytes.empty());
  CHECK(record.key == "k");
  reader.read_one(record);
  CHECK_FALSE(record.tombstone);
  CHECK(record.bytes.empty());
  CHECK(record.key.empty());
}

TEST_CASE("every compression is read, and of a record that is too long its beginning") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 1};
  strings expected;
  for (const auto* const codec : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    append(*servers, of.name, {at(1, std::string(300, 'x') + codec)},
           {{"compression.type", codec}});
    expected.push_back(fmt::format("0/{}={}", expected.size(), std::string(100, 'x')));
  }
  auto reader = of.reader({.until = extent::present_end, .most_bytes = 100});
  CHECK(reader.to_end() == expected);
}

TEST_CASE("a position is where reading goes on, from any place") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 3};
  of.put(in_turn(3, 40));
  const auto all = of.reader({.until = extent::present_end}).to_end();
  REQUIRE(all.size() == 120);
  for (const std::size_t skip : {0UL, 1UL, 17UL, 119UL, 120UL}) {
    auto first = of.reader({.until = extent::present_end});
    CHECK(first.read({}, skip).size() == skip);
    auto second = of.reader({.until = extent::present_end});
    for (const auto& position : first.positions()) {
      REQUIRE(second->seek(position));
    }
    CHECK(second.to_end() == strings{all.begin() + static_cast<std::ptrdiff_t>(skip), all.end()});
  }
}

TEST_CASE("where no position is kept, reading begins where the start policy says") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 2};
  of.put({at(1000, "a"), at(2000, "b"), at(3000, "c"), at(1500, "d", 1)});
  const auto read = [&](topic_options options) {
    options.until = extent::present_end;
    return of.reader(options).to_end();
  };
  CHECK(read({.start = start_at::earliest}).size() == 4);
  CHECK(read({.start = start_at::latest}).empty());
  CHECK(read({.start = start_at::time, .time = base::event_time{base::duration{2000}}}) ==
        strings{"0/1=b", "0/2=c"});

  const auto group = unique_name("group");
  CHECK(read({.start = start_at::group, .group = group}).size() == 4);
  {
    auto reader = of.reader({.group = group});
    CHECK(reader.read({}, 3).size() == 3);
    reader->completed(reader.positions());
    const auto committed = group_offsets::open(to_servers(*servers), group);
    REQUIRE(committed);
    CHECK(in_time(
        [&] {
          const auto kept = (*committed)->read(of.name, 2, std::chrono::minutes{1});
          REQUIRE_MESSAGE(kept, kept.error().message);
          return kept->front().has_value();
        },
        a_moment));
  }
  CHECK(read({.start = start_at::group, .group = group}) == strings{"0/2=c"});
  // A position counts for more.
  auto resumed = of.reader({.until = extent::present_end, .start = start_at::latest});
  REQUIRE(resumed->seek({.partition = base::partition_id{0}, .ordinal = base::offset{2}}));
  CHECK(resumed.to_end() == strings{"1/0=d", "0/2=c"});
}

TEST_CASE("open and aborted transactions are not read; an open one is a backlog, marks are none") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 1};
  const auto writer = test_support::kafka_client(
      RD_KAFKA_PRODUCER,
      {{"bootstrap.servers", *servers}, {"transactional.id", unique_name("reader-txn")}});
  auto* const rk = writer.get();
  const topic_handle target{rd_kafka_topic_new(rk, of.name.c_str(), nullptr)};
  const auto write = [&](const char* value) {
    REQUIRE(rd_kafka_begin_transaction(rk) == nullptr);
    std::string bytes{value};
    REQUIRE(rd_kafka_produce(target.get(), 0, RD_KAFKA_MSG_F_COPY, bytes.data(), bytes.size(),
                             nullptr, 0, nullptr) == 0);
    REQUIRE(rd_kafka_flush(rk, answer_ms) == 0);
  };
  REQUIRE(rd_kafka_init_transactions(rk, answer_ms) == nullptr);
  write("a");
  REQUIRE(rd_kafka_commit_transaction(rk, answer_ms) == nullptr);
  write("b");
  REQUIRE(rd_kafka_abort_transaction(rk, answer_ms) == nullptr);

  auto reader = of.reader();
  const auto soon_is_empty = [&](bool wanted) {
    return in_time(
        [&] {
          CHECK(reader.to_present().empty());
          return reader->behind(base::partition_id{0})->empty() == wanted;
        },
        a_moment);
  };
  CHECK(reader.to_present() == strings{"0/0=a"});
  // A broker answers before it has written the mark.
  CHECK(soon_is_empty(true));
  CHECK(of.reader({.until = extent::present_end}).to_end() == strings{"0/0=a"});
  write("c");
  CHECK(reader.to_present().empty());
  // What is in it is written, and will be old when it comes: the partition is not at its end.
  CHECK(soon_is_empty(false));
  // Behind the marks it goes on without a mistake.
  auto resumed = of.reader();
  REQUIRE(resumed->seek(reader.positions().front()));
  REQUIRE(rd_kafka_commit_transaction(rk, answer_ms) == nullptr);
  CHECK(reader.read({}, 1) == strings{"0/4=c"});
  CHECK(resumed.read({}, 1) == strings{"0/4=c"});
  CHECK(soon_is_empty(true));
}

TEST_CASE("what retention removed before it was read stops the run, and says how much is lost") {
  const auto servers = shared_kafka();
  if (!servers) return;
  topic of{*servers, 1};
  of.put(in_turn(1, 10));
  auto stopped = of.reader({.until = extent::present_end});
  CHECK(stopped.read({}, 3).size() == 3);
  const auto kept = stopped.positions().front();
  of.admin.forget_before(of.name, 0, 7);

  auto strict = of.reader();
  const auto refused = strict->seek(kept);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == io::errc::changed);
  CHECK(refused.error().message.find("4, from offset 3 to 6") != std::string::npos);

  auto lenient = of.reader({.until = extent::present_end, .lost = on_lost::go_on});
  REQUIRE(lenient->seek(kept));
  CHECK(lenient.to_end() == strings{"0/7=7", "0/8=8", "0/9=9"});
  CHECK(lenient->lost() == 4);
}

TEST_CASE("retention that overtakes a running reader is noticed as well") {
  const auto servers = shared_kafka();
  if (!servers) return;
  for (const auto policy : {on_lost::stop, on_lost::go_on}) {
    topic of{*servers, 1};
    of.put(in_turn(1, 10));
    auto reader = of.reader({.lost = policy});
    of.admin.forget_before(of.name, 0, 4);
    if (policy == on_lost::stop) {
      CHECK(reader.failure().message.find("4, from offset 0 to 3") != std::string::npos);
    } else {
      CHECK(reader.to_present().size() == 6);
      CHECK(reader->lost() == 4);
    }
  }
}

TEST_CASE("a topic that was made anew is not taken for the old one") {
  const auto servers = shared_kafka();
  if (!servers) return;
  topic of{*servers, 1};
  of.put(in_turn(1, 5));
  auto old = of.reader({.until = extent::present_end});
  CHECK(old.to_end().size() == 5);
  const auto kept = old.positions().front();
  of.admin.remove(of.name);
  of.create(1);

  auto shorter = of.reader();
  const auto refused = shorter->seek(kept);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("made anew") != std::string::npos);

  // As long as the old one, or longer: the last record that was read is another one there.
  of.put({at(1, "v"), at(2, "w"), at(3, "x"), at(4, "y"), at(5, "z"), at(6, "!")});
  auto longer = of.reader();
  REQUIRE(longer->seek(kept));
  const auto failed = longer.failure();
  CHECK(failed.code == io::errc::changed);
  CHECK(failed.message.find("made anew") != std::string::npos);
}

TEST_CASE("a topic that is deleted while it is read ends the run with the reason") {
  const auto servers = shared_kafka();
  if (!servers) return;
  topic of{*servers, 2};
  of.put(in_turn(2, 5));
  auto reader = of.reader();
  CHECK(reader.to_present().size() == 10);
  of.admin.remove(of.name);
  const auto failed = reader.failure();
  CHECK(failed.code == io::errc::not_found);
  CHECK(failed.message.find("was deleted while it was read") != std::string::npos);
}

TEST_CASE("a partition that is added is noticed, and read from its beginning the next time") {
  const auto servers = shared_kafka();
  if (!servers) return;
  topic of{*servers, 2};
  of.put(in_turn(2, 3));
  auto reader = of.reader({.start = start_at::latest});
  CHECK(reader.to_present().empty());
  CHECK(reader->partitions_now() == 2);
  of.admin.grow(of.name, 5);
  of.put({at(1, "new", 4)});
  CHECK(in_time([&] { return reader->partitions_now() == 5; }, a_moment));
  auto anew = of.reader({.start = start_at::latest});
  for (const auto& position : reader.positions()) {
    REQUIRE(anew->seek(position));
  }
  CHECK(anew.to_present() == strings{"4/0=new"});
}

TEST_CASE("a hundred partitions are read in the order of time, each record once") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const topic of{*servers, 100};
  of.put(in_turn(100, 50));
  auto reader = of.reader({.until = extent::present_end});
  io::raw_record record;
  std::vector<std::int64_t> next(100);
  std::size_t count = 0;
  for (const auto& said : reader.to_end()) {
    const auto slash = said.find('/');
    const auto partition = std::stoul(said.substr(0, slash));
    CHECK(std::stol(said.substr(slash + 1)) == next.at(partition)++);
    ++count;
  }
  CHECK(count == 5000);
}

TEST_CASE("what cannot be opened says why") {
  const auto servers = shared_kafka();
  if (!servers) return;
  const auto missing = open_topic_reader(to_servers(*servers), {.topic = unique_name("none")});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == errc::not_found);
  CHECK(in_time([] {
    const auto nobody = open_topic_reader(
        to_servers("127.0.0.1:1"), {.topic = "t", .patience = std::chrono::milliseconds{300}});
    REQUIRE_FALSE(nobody);
    return nobody.error().code == errc::unreachable;
  }));
}

}  // namespace
}  // namespace aisle::kafka
