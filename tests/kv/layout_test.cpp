// SPDX-License-Identifier: Apache-2.0
// The examples and promises of LAYOUT.md.
#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "runtime/kv/keys.hpp"
#include "runtime/kv/ledger.hpp"
#include "runtime/kv/value.hpp"

namespace aisle::kv {
namespace {

TEST_CASE("the example of a row is in the bytes that LAYOUT.md shows") {
  std::string place;
  append_actor_place(place, 1, "7");
  std::string key;
  std::string value;
  chunker{}.cut(place,
                {.kind = value_kind::first,
                 .schema = 3,
                 .of = {.generation = generation{5}, .epoch = base::epoch{9}},
                 .due = no_timer,
                 .long_key = {},
                 .bytes = "hi"},
                [&](std::string_view at, std::string_view bytes, std::uint64_t) {
                  append_base_prefix(key, unit_id{2});
                  key += at;
                  value = bytes;
                  return true;
                });
  CHECK(hex_of(key) ==
        "00000002"
        "00"
        "0000000000000001"
        "0001"
        "37"
        "0000");
  CHECK(hex_of(std::string_view{value}.substr(8)) ==
        "0101"
        "0000"
        "03000000"
        "0500000000000000"
        "0900000000000000"
        "0000000000000010"
        "02000000"
        "00000000"
        "6869");
  // Part of what is on disk: never changed.
  CHECK(hex_of(std::string_view{value}.substr(0, 8)) == "23b03e9ed937f855");
}

TEST_CASE("a value is one only at its place, and only with every bit as it was") {
  std::string place = "place";
  std::string value;
  value_head head;
  head.payload_bytes = 5;
  encode_chunk(value, place, head, "bytes");
  CHECK(decode_chunk(place, value)->bytes == "bytes");
  CHECK_FALSE(decode_chunk("elsewhere", value).has_value());
  for (std::size_t i = 0; i < value.size() * 8; ++i) {
    auto flipped = value;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    CHECK_FALSE(decode_chunk(place, flipped).has_value());
  }
  for (std::size_t i = 0; i < value.size(); ++i) {
    CHECK_FALSE(decode_chunk(place, value.substr(0, i)).has_value());
  }
}

TEST_CASE("keys sort by attempt, copy, slot and time, and the signs of times count") {
  const auto delta = [](std::int64_t g, std::uint64_t n, std::uint32_t unit, std::uint32_t number,
                        std::uint64_t hash) {
    std::string key;
    append_delta_prefix(key, {.generation = generation{g}, .epoch = base::epoch{n}},
                        {.unit = unit_id{unit}, .number = number});
    append_actor_place(key, hash, "k");
    return key;
  };
  CHECK(delta(1, 300, 1, 1, 1) < delta(2, 1, 1, 1, 1));
  CHECK(delta(1, 255, 1, 1, 1) < delta(1, 256, 1, 1, 1));
  CHECK(delta(1, 1, 1, 9, 1) < delta(1, 1, 2, 1, 1));
  CHECK(delta(1, 1, 1, 1, 255) < delta(1, 1, 1, 1, 256));
  const auto timer = [](std::int64_t due) {
    std::string key;
    append_timer_bound(key, unit_id{1}, base::event_time{base::duration{due}});
    return key;
  };
  CHECK(timer(-1) < timer(0));
  CHECK(timer(-300) < timer(-2));
  CHECK(timer(5) < timer(1'000));
  CHECK(due_of_timer(timer(-7)) == base::event_time{base::duration{-7}});
}

TEST_CASE("keys of any length are told apart, and fit LMDB") {
  const std::string almost(plain_key_max, 'k');
  const std::string longer(plain_key_max + 1, 'k');
  for (const auto& key :
       {std::string{}, std::string{"a"}, almost, longer, std::string(70'000, 'k')}) {
    std::string place;
    append_actor_place(place, 9, key);
    CHECK(delta_prefix_bytes + place.size() + chunk_number_bytes <= key_bytes_max);
    const auto read = read_place(place);
    REQUIRE(read.has_value());
    CHECK(read->is_long == (key.size() > plain_key_max));
    if (!read->is_long) CHECK(read->key == key);
    for (std::size_t i = 0; i < place.size(); ++i) {
      CHECK_FALSE(read_place(std::string_view{place}.substr(0, i)).has_value());
    }
  }
}

TEST_CASE("a row of the ledger is one only under its key, whole") {
  const copy_id copy{.unit = unit_id{1}, .number = 2};
  const auto key = ledger_key::copy(copy);
  const copy_row row{.state = copy_state::leaving,
                     .hashes = range_of(1, 3),
                     .base = {.generation = generation{1}, .epoch = base::epoch{2}},
                     .tip = {.generation = generation{3}, .epoch = base::epoch{4}},
                     .folded = {.chunks = 5, .sum = UINT64_MAX},
                     .in_base = {.chunks = 6, .sum = 7},
                     .actors = 8,
                     .timers = 9,
                     .folds_to = {.generation = generation{1}, .epoch = base::epoch{3}}};
  const auto value = encode_row(key, row);
  copy_row read;
  REQUIRE(decode_row(key, value, read));
  CHECK((read == row));
  CHECK_FALSE(decode_row(ledger_key::copy({.unit = unit_id{1}, .number = 3}), value, read));
  for (std::size_t i = 0; i < value.size(); ++i) {
    CHECK_FALSE(decode_row(key, value.substr(0, i), read));
  }
  CHECK_FALSE(decode_row(key, sealed(key, std::string(3, '\x01')), read));
  CHECK(ledger_key::copy_of(key) == copy);
}

}  // namespace
}  // namespace aisle::kv
