// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
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

/// Takes the next value off `from`. Nothing when there is none, when it is cut off, or when it
/// promises more than can be there; `from` is then unspecified.
[[nodiscard]] std::optional<packed_token> take_token(std::string_view& from);

}  // namespace aisle::base
