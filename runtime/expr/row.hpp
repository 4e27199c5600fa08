// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string_view>

#include "runtime/base/value.hpp"

namespace aisle::expr {

/// How the fields of one record lie in memory: word 0 holds a bit per field (set = present), word 1
/// + i holds field i. Integers, decimals (units), booleans, timestamps and durations (ms) stand as
/// they are, numbers as the bits of a double, texts as offset (upper 32 bits) and length (lower 32)
/// into `heap`. A null record (`words == nullptr`) has every field absent. Lives as long as the
/// batch or table behind it.
struct row_ref {
  const std::uint64_t* words = nullptr;
  const char* heap = nullptr;
};

/// Word 0 has 64 bits, and one is spare.
inline constexpr std::size_t fields_max = 63;

/// Where a name was found when the topology was planned: the row (0 is the event, 1 … the tables
/// the stage knows) and the field in it.
struct place {
  std::uint8_t row = 0;
  std::uint8_t field = 0;
  base::value_type type;

  friend bool operator==(const place&, const place&) = default;
};

[[nodiscard]] constexpr std::uint64_t text_word(std::size_t offset, std::size_t length) {
  return std::uint64_t{offset} << 32 | std::uint64_t{length};
}

[[nodiscard]] inline std::string_view text_at(const char* heap, std::uint64_t word) {
  return {heap + (word >> 32), static_cast<std::size_t>(word & 0xFFFF'FFFF)};
}

/// The field's value, null when absent. No look-up by name, no allocation.
[[nodiscard]] inline base::value load(row_ref row, std::uint8_t field, base::value_type type) {
  if (row.words == nullptr || (row.words[0] >> field & 1) == 0) {
    return {};
  }
  const auto word = row.words[1 + field];
  switch (type.kind) {
    case base::kind::null:
      return {};
    case base::kind::string:
      return base::value::of(text_at(row.heap, word));
    case base::kind::integer:
      return base::value::of(static_cast<std::int64_t>(word));
    case base::kind::decimal:
      return base::value::of(base::decimal{static_cast<std::int64_t>(word), type.scale});
    case base::kind::number:
      return base::value::of(std::bit_cast<double>(word));
    case base::kind::boolean:
      return base::value::of(word != 0);
    case base::kind::timestamp:
      return base::value::of(base::event_time{base::duration{static_cast<std::int64_t>(word)}});
    case base::kind::duration:
      return base::value::of(base::duration{static_cast<std::int64_t>(word)});
  }
  return {};
}

[[nodiscard]] inline base::value load(std::span<const row_ref> rows, place at) {
  return load(rows[at.row], at.field, at.type);
}

}  // namespace aisle::expr
