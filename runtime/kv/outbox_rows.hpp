// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/kv/txn.hpp"
#include "runtime/kv/value.hpp"

/// Parts of an outbox as rows of the table `outbox`: (lane, attempt, part, chunk).
namespace aisle::kv {

inline constexpr std::size_t outbox_key_bytes = outbox_prefix_bytes + 4;
inline constexpr std::size_t part_bytes_limit = UINT32_MAX;

/// Whose chunk it is.
struct outbox_chunk {
  copy_id lane;
  attempt of;
  std::uint32_t part = 0;
  std::uint32_t schema = 0;
};

struct chunk_written {
  std::uint64_t sum = 0;
  std::size_t bytes = 0;
};
/// Writes the chunk of `part` that begins at `byte` into `key` and `value`.
chunk_written encode_outbox_chunk(const outbox_chunk& of, std::string_view part, std::size_t byte,
                                  std::string& key, std::string& value);

/// Reads a part back, and adds its chunks to `sum`. Throws `damaged` when it is not whole.
[[nodiscard]] std::string read_outbox_part(const txn& in, copy_id lane, attempt of,
                                           std::uint32_t part, row_sum& sum);

/// What the checksum of a chunk holds at: its key without the lane's number in this file.
[[nodiscard]] inline std::string_view outbox_place(std::string_view key) { return key.substr(8); }
/// `key` must be one of the table.
[[nodiscard]] delta_prefix read_outbox_prefix(std::string_view key);

}  // namespace aisle::kv
