// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace aisle::base {

/// What a value of msgpack is.
enum class packed_kind : std::uint8_t {
  nil,
  boolean,
  /// In `integer`.
  integer,
  /// An integer beyond 63 bits, in `large`.
  large,
  /// A float of 32 bits, in `number`.
  single,
  /// One of 64 bits.
  number,
  text,
  bytes,
  /// `size` values follow.
  array,
  /// `size` pairs follow: keys, which can be anything, and values.
  map,
  /// `type` says what `bytes` mean; -1 is a moment.
  extension,
};

/// One value of msgpack that strangers wrote: the whole of a scalar, or the head of an array or a
/// map, whose elements follow.
struct packed_token {
  packed_kind kind = packed_kind::nil;
  bool boolean = false;
  std::int8_t type = 0;
  std::uint32_t size = 0;
  std::int64_t integer = 0;
  std::uint64_t large = 0;
  double number = 0;
  /// Of texts, bytes and extensions; lives as long as what it was taken from. Texts may be no
  /// UTF-8.
  std::string_view bytes;
};

/// As `take_token`, of any value.
[[nodiscard]] bool take_any_token(std::string_view& from, packed_token& into);

/// Takes the next value off `from`; of `into` it sets the kind and what belongs to it. False when
/// there is none, when it is cut off, or when it promises more than can be there; both are then
/// unspecified.
[[nodiscard]] inline bool take_token(std::string_view& from, packed_token& into) {
  // Nearly all there is are names, short texts and small numbers.
  if (!from.empty()) [[likely]] {
    const auto first = static_cast<std::uint8_t>(from.front());
    if (first < 0x80) {
      into.kind = packed_kind::integer;
      into.integer = first;
      from.remove_prefix(1);
      return true;
    }
    const auto size = first & 0x1FU;
    if ((first & 0xE0U) == 0xA0 && size < from.size()) {
      into.kind = packed_kind::text;
      into.bytes = from.substr(1, size);
      from.remove_prefix(1 + size);
      return true;
    }
  }
  return take_any_token(from, into);
}

}  // namespace aisle::base
