// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::base {
namespace {

// What is on disk was put there by these. Those of no bytes are the ones XXH3 publishes.
TEST_CASE("hashes are what they always were") {
  CHECK(hash64("") == 0x2D06800538D394C2);
  CHECK(to_hex(hash_128("")) == "99aa06d3014798d86001c324468d497f");
  CHECK(hash64("85123A") == 0x639EBB924ECB71);
  CHECK(to_hex(hash_128("85123A")) == "174c70fa971415a996ef4c926cefa1ba");
}

TEST_CASE("a hash is written with all its digits") {
  CHECK(to_hex({.high = 0, .low = 10}) == "0000000000000000000000000000000a");
  CHECK(to_hex({.high = 0x0123456789ABCDEF, .low = ~std::uint64_t{0}}) ==
        "0123456789abcdefffffffffffffffff");
}

TEST_CASE("the slot is the upper end of the hash, so that shards are ranges of hashes") {
  CHECK(slot_of(0) == slot{0});
  CHECK(slot_of(0xFFFF'0000'0000'0000) == slot{0xFFFF});
  CHECK(slot_of(0x0001'FFFF'FFFF'FFFF) == slot{1});
}

TEST_CASE("shards share the slots evenly, in order, and leave none out") {
  for (const std::uint32_t shards : {1U, 2U, 3U, 4U, 7U, 16U, 1'000U, 65'536U}) {
    CAPTURE(shards);
    std::vector<std::uint32_t> slots(shards);
    std::uint32_t last = 0;
    for (std::uint32_t s = 0; s <= 0xFFFF; ++s) {
      const auto shard = shard_of(slot{static_cast<std::uint16_t>(s)}, shards).get();
      REQUIRE(shard < shards);
      REQUIRE(shard >= last);
      last = shard;
      ++slots[shard];
    }
    const auto [fewest, most] = std::ranges::minmax(slots);
    CHECK(most - fewest <= 1);
  }
}

TEST_CASE("when the shards double, each splits in two and nothing else moves") {
  for (std::uint32_t s = 0; s <= 0xFFFF; ++s) {
    const slot one{static_cast<std::uint16_t>(s)};
    REQUIRE(shard_of(one, 8).get() / 2 == shard_of(one, 4).get());
  }
}

TEST_CASE("keys that differ a little fall all over the shards") {
  std::array<int, 16> hit{};
  for (int i = 0; i < 16'000; ++i) {
    ++hit[shard_of(slot_of(hash64("key " + std::to_string(i))), 16).get()];
  }
  for (const auto count : hit) {
    // 1,000 on average; five standard deviations are 153.
    CHECK(count > 847);
    CHECK(count < 1'153);
  }
}

}  // namespace
}  // namespace aisle::base
