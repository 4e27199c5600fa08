// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cmath>
#include <cstdint>

#include "runtime/base/json_object.hpp"
#include "runtime/base/pack.hpp"
#include "runtime/base/value.hpp"

namespace aisle::base {
namespace {

constexpr int depth_max = 32;

/// Takes `count` bytes as one number, most significant first. False when they are not there.
bool take(std::string_view& from, std::size_t count, std::uint64_t& number) {
  if (from.size() < count) {
    return false;
  }
  number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    number = number << 8 | static_cast<std::uint8_t>(from[i]);
  }
  from.remove_prefix(count);
  return true;
}

std::int64_t with_sign(std::uint64_t bits, std::size_t bytes) {
  const auto shift = 64 - 8 * bytes;
  return static_cast<std::int64_t>(bits << shift) >> shift;
}

bool append(std::string& to, std::string_view& from, int depth);

bool append_array(std::string& to, std::string_view& from, std::uint64_t size, int depth) {
  to += '[';
  for (std::uint64_t i = 0; i < size; ++i) {
    to += i > 0 ? "," : "";
    if (!append(to, from, depth + 1)) {
      return false;
    }
  }
  to += ']';
  return true;
}

bool append_text(std::string& to, std::string_view& from, std::uint64_t size, bool binary) {
  if (size > from.size()) {
    return false;
  }
  const auto text = from.substr(0, size);
  append_json_string(to, binary || !is_utf8(text) ? to_base64(text) : std::string{text});
  from.remove_prefix(size);
  return true;
}

/// Kinds whose size or number stands in 1 << (first & mask) bytes behind the first.
bool append_sized(std::string& to, std::string_view& from, std::uint8_t first, int depth) {
  std::uint64_t n = 0;
  switch (first) {
    case 0xC4:
    case 0xC5:
    case 0xC6:
      return take(from, std::size_t{1} << (first - 0xC4), n) && append_text(to, from, n, true);
    case 0xCB:
      if (!take(from, 8, n)) {
        return false;
      }
      append_json(to, std::isfinite(std::bit_cast<double>(n)) ? value::of(std::bit_cast<double>(n))
                                                              : value{});
      return true;
    case 0xCC:
    case 0xCD:
    case 0xCE:
    case 0xCF:
      if (!take(from, std::size_t{1} << (first - 0xCC), n)) {
        return false;
      }
      to += std::to_string(n);
      return true;
    case 0xD0:
    case 0xD1:
    case 0xD2:
    case 0xD3: {
      const auto bytes = std::size_t{1} << (first - 0xD0);
      if (!take(from, bytes, n)) {
        return false;
      }
      to += std::to_string(with_sign(n, bytes));
      return true;
    }
    case 0xD9:
    case 0xDA:
    case 0xDB:
      return take(from, std::size_t{1} << (first - 0xD9), n) && append_text(to, from, n, false);
    case 0xDC:
    case 0xDD:
      return take(from, std::size_t{2} << (first - 0xDC), n) && append_array(to, from, n, depth);
    default:
      return false;
  }
}

bool append(std::string& to, std::string_view& from, int depth) {
  if (from.empty() || depth > depth_max) {
    return false;
  }
  const auto first = static_cast<std::uint8_t>(from.front());
  from.remove_prefix(1);
  if (first < 0x80 || first >= 0xE0) {
    to += std::to_string(static_cast<std::int8_t>(first));
    return true;
  }
  if ((first & 0xF0) == 0x90) {
    return append_array(to, from, first & 0x0F, depth);
  }
  if ((first & 0xE0) == 0xA0) {
    return append_text(to, from, first & 0x1F, false);
  }
  if (first == 0xC0 || first == 0xC2 || first == 0xC3) {
    to += first == 0xC0 ? "null" : first == 0xC2 ? "false" : "true";
    return true;
  }
  return append_sized(to, from, first, depth);
}

}  // namespace

bool append_packed_json(std::string& to, std::string_view& from) { return append(to, from, 0); }

}  // namespace aisle::base
