// SPDX-License-Identifier: Apache-2.0
#include "runtime/log/partitioner.hpp"

namespace aisle::log {
namespace {

constexpr std::uint32_t seed = 0x9747'b28cU;
constexpr std::uint32_t multiplier = 0x5bd1'e995U;

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

std::int32_t murmur2(std::string_view bytes) {
  auto hash = seed ^ static_cast<std::uint32_t>(bytes.size());
  while (bytes.size() >= 4) {
    auto word = byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
                byte_at(bytes, 3) << 24;
    word *= multiplier;
    word ^= word >> 24;
    hash = hash * multiplier ^ word * multiplier;
    bytes.remove_prefix(4);
  }
  if (!bytes.empty()) {
    for (auto at = bytes.size(); at-- > 0;) {
      hash ^= byte_at(bytes, at) << 8 * at;
    }
    hash *= multiplier;
  }
  hash ^= hash >> 13;
  hash *= multiplier;
  hash ^= hash >> 15;
  return static_cast<std::int32_t>(hash);
}

}  // namespace aisle::log
