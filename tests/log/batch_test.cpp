// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/batch.hpp"

#include <doctest/doctest.h>

#include "runtime/io/record_reader.hpp"
#include "tests/log/log_folder.hpp"

namespace aisle::log {
namespace {

base::event_time at_ms(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

TEST_CASE("keys, values, headers, tombstones and times come back as they were appended") {
  const log_folder log;
  auto writer = log.writer();
  const std::vector<new_record> appended{
      {.key = "a", .value = "1", .timestamp = at_ms(5000), .headers = {{"h", "x"}, {"n", {}}}},
      {.key = "a", .value = {}, .timestamp = at_ms(-7), .headers = {}},
      {.key = {}, .value = "", .timestamp = at_ms(1LL << 41), .headers = {}},
      {.key = "", .value = std::string_view{"\0\n", 2}, .timestamp = {}, .headers = {}}};
  REQUIRE(writer.append({.records = appended, .by = {}, .marker = {}}));

  auto reader = reader::open_at_start(log.made, first_partition);
  REQUIRE(reader);
  std::vector<record> read;
  REQUIRE(reader->poll(read).value());
  REQUIRE(read.size() == appended.size());
  for (std::size_t at = 0; at < read.size(); ++at) {
    CHECK(read[at].offset == base::offset{static_cast<std::int64_t>(at)});
    CHECK(read[at].key == appended[at].key);
    CHECK(read[at].value == appended[at].value);
    CHECK(read[at].timestamp == appended[at].timestamp);
    REQUIRE(read[at].headers.size() == appended[at].headers.size());
  }
  CHECK(read[0].headers[0].name == "h");
  CHECK(read[0].headers[0].value == "x");
  CHECK_FALSE(read[0].headers[1].value);
  CHECK_FALSE(reader->poll(read).value());
}

TEST_CASE("the bytes behind a value can be read") {
  const log_folder log;
  auto writer = log.writer();
  const std::string value(1000, 'v');
  for (int at = 0; at < 1000; ++at)
    REQUIRE(append(writer, {value}));
  auto reader = reader::open_at_start(log.made, first_partition);
  REQUIRE(reader);
  std::vector<record> read;
  std::uint64_t sum = 0;
  while (reader->poll(read).value()) {
    const char* const end = read.back().value->data() + read.back().value->size();
    for (std::size_t at = 0; at < io::record_padding; ++at) {
      sum += static_cast<unsigned char>(end[at]);  // ASan says when it cannot
    }
  }
  CHECK(sum > 0);
}

TEST_CASE("a record, a batch and a marker above their bounds are refused, and the rest goes on") {
  const log_folder log;
  auto writer = log.writer();
  const std::string value(record_bytes_max, 'v');
  CHECK(append(writer, {value}));
  CHECK(append(writer, {value + "v"}).error().code == errc::too_large);
  CHECK(append(writer, std::vector<std::string>(batch_bytes_max / record_bytes_max, value))
            .error()
            .code == errc::too_large);
  CHECK(append(writer, {"1"}, {}, std::string(257, 'm')).error().code == errc::too_large);
  CHECK(append(writer, {"after"}).value().first == base::offset{1});
  CHECK(read_all(log.made).values.size() == 2);
}

TEST_CASE("a batch holds only at its own place") {
  std::string bytes;
  const new_record record{.key = {}, .value = "v", .timestamp = {}, .headers = {}};
  encode_batch(bytes, 1, 64, {}, {}, std::span{&record, 1});
  CHECK(decode_batch(bytes, 1, 64));
  CHECK_FALSE(decode_batch(bytes, 1, 65));
  CHECK_FALSE(decode_batch(bytes, 2, 64));
  CHECK_FALSE(decode_batch(std::string_view{bytes}.substr(0, bytes.size() - 1), 1, 64));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    CHECK_FALSE(decode_batch(flipped, 1, 64));
  }
}

}  // namespace
}  // namespace aisle::log
