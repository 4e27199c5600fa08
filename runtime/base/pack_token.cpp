// SPDX-License-Identifier: Apache-2.0
// The first bytes are those of the msgpack specification, "Formats".
#include "runtime/base/pack_token.hpp"

#include <bit>
#include <limits>

namespace aisle::base {
namespace {

using kind = packed_kind;

/// Takes `count` bytes, at most 8, as one number, most significant first.
bool take_number(std::string_view& from, std::size_t count, std::uint64_t& into) {
  if (from.size() < count) {
    return false;
  }
  into = 0;
  for (std::size_t i = 0; i < count; ++i) {
    into = into << 8 | static_cast<std::uint8_t>(from[i]);
  }
  from.remove_prefix(count);
  return true;
}

bool take_bytes(std::string_view& from, std::uint64_t count, packed_token& into) {
  if (count > from.size()) {
    return false;
  }
  into.bytes = from.substr(0, count);
  from.remove_prefix(count);
  return true;
}

/// An element takes a byte at least, so a size beyond the bytes that are left is a lie.
bool set_size(std::string_view from, kind of, std::uint64_t size, packed_token& into) {
  into.kind = of;
  into.size = static_cast<std::uint32_t>(size);
  return size <= from.size() / (of == kind::map ? 2 : 1);
}

void set_unsigned(std::uint64_t number, packed_token& into) {
  const bool fits = number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  into.kind = fits ? kind::integer : kind::large;
  into.integer = fits ? static_cast<std::int64_t>(number) : 0;
  into.large = number;
}

void set_signed(std::uint64_t bits, std::size_t width, packed_token& into) {
  const auto unused = 64 - 8 * width;
  into.kind = kind::integer;
  into.integer = static_cast<std::int64_t>(bits << unused) >> unused;
}

/// Kinds that are their own first byte, or begin in it.
bool take_short(std::string_view& from, std::uint8_t first, packed_token& into) {
  if (first < 0x80 || first >= 0xE0) {
    into.kind = kind::integer;
    into.integer = static_cast<std::int8_t>(first);
    return true;
  }
  if (first < 0x90) {
    return set_size(from, kind::map, first & 0x0FU, into);
  }
  if (first < 0xA0) {
    return set_size(from, kind::array, first & 0x0FU, into);
  }
  into.kind = kind::text;
  return take_bytes(from, first & 0x1FU, into);
}

bool take_float(std::string_view& from, std::size_t width, packed_token& into) {
  std::uint64_t bits = 0;
  if (!take_number(from, width, bits)) {
    return false;
  }
  into.kind = width == 4 ? kind::single : kind::number;
  into.number = width == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                           : std::bit_cast<double>(bits);
  return true;
}

bool take_extension(std::string_view& from, std::uint64_t size, packed_token& into) {
  std::uint64_t type = 0;
  into.kind = kind::extension;
  if (!take_number(from, 1, type)) {
    return false;
  }
  into.type = static_cast<std::int8_t>(type);
  return take_bytes(from, size, into);
}

/// Kinds whose size or number stands in the bytes behind the first.
bool take_long(std::string_view& from, std::uint8_t first, packed_token& into) {
  std::uint64_t n = 0;
  const auto take = [&](std::size_t width) { return take_number(from, width, n); };
  switch (first) {
    case 0xC4:
    case 0xC5:
    case 0xC6:
      into.kind = kind::bytes;
      return take(std::size_t{1} << (first - 0xC4U)) && take_bytes(from, n, into);
    case 0xC7:
    case 0xC8:
    case 0xC9:
      return take(std::size_t{1} << (first - 0xC7U)) && take_extension(from, n, into);
    case 0xCA:
    case 0xCB:
      return take_float(from, first == 0xCA ? 4 : 8, into);
    case 0xCC:
    case 0xCD:
    case 0xCE:
    case 0xCF:
      if (!take(std::size_t{1} << (first - 0xCCU))) {
        return false;
      }
      set_unsigned(n, into);
      return true;
    case 0xD0:
    case 0xD1:
    case 0xD2:
    case 0xD3:
      if (!take(std::size_t{1} << (first - 0xD0U))) {
        return false;
      }
      set_signed(n, std::size_t{1} << (first - 0xD0U), into);
      return true;
    case 0xD4:
    case 0xD5:
    case 0xD6:
    case 0xD7:
    case 0xD8:
      return take_extension(from, std::uint64_t{1} << (first - 0xD4U), into);
    case 0xD9:
    case 0xDA:
    case 0xDB:
      into.kind = kind::text;
      return take(std::size_t{1} << (first - 0xD9U)) && take_bytes(from, n, into);
    case 0xDC:
    case 0xDD:
      return take(std::size_t{2} << (first - 0xDCU)) && set_size(from, kind::array, n, into);
    case 0xDE:
    case 0xDF:
      return take(std::size_t{2} << (first - 0xDEU)) && set_size(from, kind::map, n, into);
    default:
      return false;
  }
}

}  // namespace

bool take_any_token(std::string_view& from, packed_token& into) {
  if (from.empty()) {
    return false;
  }
  const auto first = static_cast<std::uint8_t>(from.front());
  from.remove_prefix(1);
  if (first < 0xC0 || first >= 0xE0) {
    return take_short(from, first, into);
  }
  if (first == 0xC0 || first == 0xC2 || first == 0xC3) {
    into.kind = first == 0xC0 ? kind::nil : kind::boolean;
    into.boolean = first == 0xC3;
    return true;
  }
  return take_long(from, first, into);
}

}  // namespace aisle::base
