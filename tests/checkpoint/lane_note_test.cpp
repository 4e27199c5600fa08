// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/lane_note.hpp"

#include <doctest/doctest.h>

namespace aisle::checkpoint {
namespace {

constexpr attempt at(std::uint64_t n) {
  return {.generation = generation{2}, .epoch = base::epoch{n}};
}
outbox box_of(std::string bytes, std::int64_t start = 100) {
  return {.epoch = base::epoch{5}, .start_offset = start, .bytes = std::move(bytes), .records = 1};
}

/// Of parts: they follow one another, are not empty, and together are the outbox.
void check_whole(const outbox& box, const std::vector<stored_part>& parts) {
  auto next = box.start_offset;
  std::string all;
  for (const auto& part : parts) {
    CHECK(part.start_offset == next);
    CHECK_FALSE(part.bytes.empty());
    next += static_cast<std::int64_t>(part.bytes.size());
    all += part.bytes;
  }
  CHECK((all == box.bytes));
}

TEST_CASE("what a lane remembers is read back, and refused when it is cut off") {
  const lane_note note{
      .delivered_to = at(4), .born = true, .last = at(7), .end = 1'234'567'890'123};
  const auto bytes = pack(note);
  CHECK((unpack_lane(bytes) == note));
  CHECK((unpack_lane(pack({})) == lane_note{}));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(unpack_lane(bytes.substr(0, size)).has_value());
  }
  CHECK_FALSE(unpack_lane(bytes + bytes).has_value());
  CHECK_FALSE(unpack_lane(pack({.delivered_to = {}, .born = false, .last = {}, .end = -1})));
  auto newer = bytes;
  newer[0] = '\x02';
  CHECK(unpack_lane(newer).error().find("another version") != std::string::npos);
}

TEST_CASE("an outbox of an ordinary size is one part, and an empty one is none") {
  const auto box = box_of("one\ntwo\n");
  const auto parts = parts_of(box);
  CHECK(parts.size() == 1);
  check_whole(box, parts);
  CHECK(parts_of(box_of("")).empty());
}

TEST_CASE("a large outbox is cut between lines, into parts of the target at most") {
  const std::string line(999, 'x');
  std::string bytes;
  while (bytes.size() < 2 * part_bytes_target + 5000) {
    bytes += line + "\n";
  }
  const auto box = box_of(std::move(bytes));
  const auto parts = parts_of(box);
  CHECK(parts.size() == 3);
  check_whole(box, parts);
  for (const auto& part : parts) {
    CHECK(part.bytes.size() <= part_bytes_target);
    CHECK(part.bytes.back() == '\n');
  }
}

TEST_CASE("a line that ends where a part is full belongs to it; a longer one is a part by itself") {
  const std::string full = std::string(part_bytes_target - 1, 'x') + "\n";
  const std::string longer = std::string(part_bytes_target + 10, 'y') + "\n";
  const auto exact = box_of(full + "z\n");
  REQUIRE(parts_of(exact).size() == 2);
  CHECK((parts_of(exact)[0].bytes == full));
  check_whole(exact, parts_of(exact));

  const auto long_line = box_of("a\n" + longer + "b\n");
  const auto parts = parts_of(long_line);
  REQUIRE(parts.size() == 3);
  CHECK((parts[1].bytes == longer));
  check_whole(long_line, parts);
}

TEST_CASE("an outbox names the one before it; an epoch that brought nothing is skipped by it") {
  lane_note note{.delivered_to = at(1), .born = true, .last = at(2), .end = 100};
  const auto first = freeze(box_of("one\n"), at(3), note);
  CHECK((note == lane_note{.delivered_to = at(1), .born = true, .last = at(3), .end = 104}));
  const auto nothing = freeze(box_of("", 104), at(4), note);
  CHECK(note.last == at(3));
  const auto third = freeze(box_of("three\n", 104), at(5), note);

  CHECK((decode_changes(first)->outbox->prev == at(2)));
  CHECK((decode_changes(first)->outbox->delivered_to == at(1)));
  CHECK_FALSE(decode_changes(nothing)->outbox.has_value());
  const auto last = decode_changes(third);
  CHECK((last->outbox->prev == at(3)));
  CHECK(decode_part(last->outbox->parts[0])->start_offset == 104);
  REQUIRE(last->notes.size() == 1);
  CHECK(last->notes[0].name == lane_note_name);
  CHECK((unpack_lane(*last->notes[0].bytes) == note));
}

}  // namespace
}  // namespace aisle::checkpoint
