// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"

namespace aisle::base {

/// XXH3, 64 bits, seed 0: part of what is on disk (slots) and therefore never changed.
[[nodiscard]] std::uint64_t hash64(std::string_view bytes);
/// The same with a seed: for checksums that hold only in one place.
[[nodiscard]] std::uint64_t hash64(std::string_view bytes, std::uint64_t seed);

/// 128 bits of XXH3: for ids, where a collision would be a wrong answer.
struct hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const hash128&, const hash128&) = default;
};
[[nodiscard]] hash128 hash_128(std::string_view bytes);

/// 32 lower-case hex digits.
[[nodiscard]] std::string to_hex(hash128 hash);

/// The slot of a key: the upper 16 bits of its hash, so that shards are ranges of hashes.
[[nodiscard]] constexpr slot slot_of(std::uint64_t key_hash) {
  return slot{static_cast<std::uint16_t>(key_hash >> 48)};
}

/// The shard, of `shards` that share the slots evenly, which a slot belongs to.
[[nodiscard]] constexpr shard_id shard_of(slot s, std::uint32_t shards) {
  return shard_id{static_cast<std::uint32_t>((std::uint64_t{s.get()} * shards) >> 16)};
}

}  // namespace aisle::base
