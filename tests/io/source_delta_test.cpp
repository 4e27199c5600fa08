// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/source_delta.hpp"

#include <doctest/doctest.h>

namespace aisle::io {
namespace {

base::event_time at(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

TEST_CASE("what is kept of a source is read back, and refused when it is cut off") {
  const source_facts facts{
      .epoch = base::epoch{9},
      .positions =
          {{.partition = base::partition_id{1}, .file = 2, .byte = 3, .ordinal = base::offset{4}}},
      .reading = {
          .partitions =
              {{.highest = at(7), .idle = true, .repeats = {.turn_at = at(8), .older = at(2)}}, {}},
          .counts = {.read = 10,
                     .accepted = 7,
                     .rejected = 2,
                     .duplicate = 1,
                     .skipped = 5,
                     .rounded = 3},
          .advanced = at(6)}};
  std::string bytes;
  pack(facts, bytes);
  const auto read = unpack_source(bytes);
  REQUIRE(read.has_value());
  CHECK((*read == facts));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(unpack_source(bytes.substr(0, size)).has_value());
  }
}

TEST_CASE("facts that were kept before records could be skipped are read, with none skipped") {
  source_facts facts;
  facts.reading.counts = {.read = 10, .accepted = 7, .rejected = 2, .duplicate = 1, .rounded = 3};
  std::string bytes;
  pack(facts, bytes);
  const std::string now{"\x96\x0A\x07\x02\x01\x03\x00", 7};
  const auto place = bytes.find(now);
  REQUIRE(place != std::string::npos);
  bytes.replace(place, now.size(), "\x95\x0A\x07\x02\x01\x03");
  const auto read = unpack_source(bytes);
  REQUIRE(read.has_value());
  CHECK((*read == facts));
}

TEST_CASE("a page of repeats is read back, and refused when it is cut off") {
  const flow::dedup_page page{
      .generation = at(5), .number = 3, .keys = {{1, 2}, {~0ULL, 0x0102030405060708ULL}}};
  std::string bytes;
  pack(page, bytes);
  const auto read = unpack_repeats(bytes);
  REQUIRE(read.has_value());
  CHECK(read->generation == page.generation);
  CHECK(read->number == page.number);
  CHECK((read->keys == page.keys));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(unpack_repeats(bytes.substr(0, size)).has_value());
  }
}

}  // namespace
}  // namespace aisle::io
