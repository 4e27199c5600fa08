// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/changes.hpp"

#include <random>

#include <doctest/doctest.h>

namespace aisle::checkpoint {
namespace {

constexpr attempt at(std::int64_t g, std::uint64_t n) {
  return {.generation = generation{g}, .epoch = base::epoch{n}};
}

entity::actor_changes some_actors() {
  entity::actor_changes actors;
  actors.add(7, "a key", base::event_time{base::duration{5}}, [](auto& to) { to += "a state"; });
  actors.add(~0ULL, "", base::end_of_time, [](auto&) {});
  actors.add(9, std::string("\0b", 2), base::beginning_of_time, [](auto& to) { to += "\n\xff"; });
  return actors;
}

changes all_kinds(const entity::actor_changes& actors) {
  return {.actors = &actors,
          .notes = {{.name = "facts", .bytes = "some"},
                    {.name = "empty", .bytes = ""},
                    {.name = "gone", .bytes = std::nullopt}},
          .outbox = outbox_change{.prev = at(3, 4),
                                  .delivered_to = at(1, 2),
                                  .born = true,
                                  .parts = {{.start_offset = 70, .bytes = "one\n"},
                                            {.start_offset = 74, .bytes = ""}}}};
}

/// What was read, written again.
std::string written_again(const kv::delta& read) {
  entity::actor_changes actors;
  for (const auto& one : read.actors) {
    REQUIRE(one.state.has_value());
    actors.add(one.key_hash, one.key, one.due, [&](auto& to) { to += *one.state; });
  }
  changes what{.actors = &actors, .notes = {}, .outbox = {}};
  for (const auto& one : read.notes) {
    const auto bytes = one.bytes ? std::optional{std::string{*one.bytes}} : std::nullopt;
    what.notes.push_back({.name = std::string{one.name}, .bytes = bytes});
  }
  if (read.outbox) {
    what.outbox = {.prev = read.outbox->prev,
                   .delivered_to = read.outbox->delivered_to,
                   .born = read.outbox->born,
                   .parts = {}};
    for (const auto part : read.outbox->parts) {
      const auto taken = decode_part(part);
      REQUIRE(taken.has_value());
      what.outbox->parts.push_back(*taken);
    }
  }
  return encode(what);
}

/// Hostile bytes are refused, or they are exactly what those changes are written as.
bool is_taken(const std::string& bytes) {
  const auto read = decode_changes(bytes);
  if (!read) {
    CHECK_FALSE(read.error().empty());
    return false;
  }
  CHECK(written_again(*read) == bytes);
  return true;
}

TEST_CASE("changes of every kind are read back as they were") {
  const auto actors = some_actors();
  const auto bytes = encode(all_kinds(actors));
  const auto read = decode_changes(bytes);
  REQUIRE(read.has_value());
  REQUIRE(read->actors.size() == 3);
  CHECK(read->actors[0].key_hash == 7);
  CHECK(read->actors[0].key == "a key");
  CHECK(read->actors[0].state == "a state");
  CHECK((read->actors[0].due == base::event_time{base::duration{5}}));
  CHECK((read->actors[1].due == base::end_of_time));
  CHECK(read->actors[1].state == "");
  REQUIRE(read->notes.size() == 3);
  CHECK(read->notes[0].bytes == "some");
  CHECK(read->notes[1].bytes == "");
  CHECK_FALSE(read->notes[2].bytes.has_value());
  REQUIRE(read->outbox.has_value());
  CHECK((read->outbox->prev == at(3, 4)));
  CHECK((read->outbox->delivered_to == at(1, 2)));
  CHECK(read->outbox->born);
  CHECK(decode_part(read->outbox->parts[0])->start_offset == 70);
  CHECK(decode_part(read->outbox->parts[0])->bytes == "one\n");
  CHECK(written_again(*read) == bytes);
}

TEST_CASE("an epoch that changed nothing is changes, too") {
  const auto bytes = encode({});
  const auto read = decode_changes(bytes);
  REQUIRE(read.has_value());
  CHECK(read->actors.empty());
  CHECK(read->notes.empty());
  CHECK_FALSE(read->outbox.has_value());
  CHECK_FALSE(decode_changes("").has_value());
}

TEST_CASE("changes that are cut off anywhere, or go on, are refused") {
  const auto actors = some_actors();
  const auto bytes = encode(all_kinds(actors));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    // A copy of its own, so that a read beyond its end is one beyond a block of memory.
    CHECK_FALSE(decode_changes(std::string{bytes, 0, size}).has_value());
  }
  CHECK_FALSE(decode_changes(bytes + '\0').has_value());
}

TEST_CASE("a bit that is flipped is an error, or other changes, and never more than is there") {
  const auto actors = some_actors();
  const auto bytes = encode(all_kinds(actors));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    CAPTURE(bit);
    auto flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    if (!is_taken(flipped)) {
      ++refused;
    }
  }
  CHECK(refused > bytes.size());
}

TEST_CASE("any bytes are refused, or are what they say") {
  std::mt19937_64 chance{1};
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes(chance() % 64, '\0');
    for (auto& b : bytes) {
      b = chance() % 4 == 0 ? static_cast<char>(chance()) : '\0';
    }
    bytes.insert(bytes.begin(), '\1');
    is_taken(bytes);
  }
}

TEST_CASE("a count that lies costs no memory") {
  for (const std::size_t from : {std::size_t{1}, std::size_t{9}}) {
    auto bytes = encode({});
    for (std::size_t i = from; i < from + 4; ++i) {
      bytes[i] = '\xff';
    }
    CHECK_FALSE(decode_changes(bytes).has_value());
  }
}

TEST_CASE("changes of another version are refused, and say so") {
  auto bytes = encode({});
  bytes[0] = '\2';
  const auto read = decode_changes(bytes);
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().find("another version") != std::string::npos);
}

TEST_CASE("a part that does not say where it belongs is refused") {
  CHECK_FALSE(decode_part("1234567").has_value());
  CHECK_FALSE(decode_part(std::string(8, '\xff')).has_value());
  CHECK(decode_part(std::string(8, '\0'))->bytes.empty());
}

}  // namespace
}  // namespace aisle::checkpoint
