// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/pack.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>

#include <msgpack.hpp>

#include "runtime/base/check.hpp"

namespace aisle::base {
namespace {

/// What msgpack-c writes to: a string that grows.
struct string_stream {
  std::string& to;
  void write(const char* bytes, std::size_t size) { to.append(bytes, size); }
};

using writer = msgpack::packer<string_stream>;

/// The format's lengths have 32 bits; whoever packs 4 GiB into one value has lost count of his
/// bounds.
std::uint32_t length_of(std::string_view bytes) {
  check(bytes.size() <= std::numeric_limits<std::uint32_t>::max(), "a value below 4 GiB");
  return static_cast<std::uint32_t>(bytes.size());
}

/// The first bytes of the kinds a packer writes (the msgpack specification, "Formats").
enum first_byte : std::uint8_t {
  fixarray = 0x90,
  fixstr = 0xA0,
  nil_byte = 0xC0,
  false_byte = 0xC2,
  true_byte = 0xC3,
  bin8 = 0xC4,
  float64 = 0xCB,
  uint8 = 0xCC,
  int8 = 0xD0,
  str8 = 0xD9,
  array16 = 0xDC,
  array32 = 0xDD,
  negative_fixint = 0xE0,
};

bool is_fixarray(std::uint8_t first) { return (first & 0xF0) == fixarray; }
bool is_fixstr(std::uint8_t first) { return (first & 0xE0) == fixstr; }

/// Takes `count` bytes as one number, most significant first. Nothing when they are not there.
std::optional<std::uint64_t> take_big_endian(std::string_view& from, std::size_t count) {
  if (from.size() < count) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  if (count == sizeof number) {
    std::memcpy(&number, from.data(), sizeof number);
    number = __builtin_bswap64(number);
  } else {
    for (std::size_t i = 0; i < count; ++i) {
      number = number << 8 | static_cast<std::uint8_t>(from[i]);
    }
  }
  from.remove_prefix(count);
  return number;
}

std::optional<std::uint8_t> take_byte(std::string_view& from) {
  if (from.empty()) {
    return std::nullopt;
  }
  const auto byte = static_cast<std::uint8_t>(from.front());
  from.remove_prefix(1);
  return byte;
}

std::optional<std::int64_t> take_unsigned(std::string_view& from, std::size_t width) {
  const auto bits = take_big_endian(from, width);
  if (!bits || *bits > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*bits);
}

std::optional<std::int64_t> take_signed(std::string_view& from, std::size_t width) {
  const auto bits = take_big_endian(from, width);
  if (!bits) {
    return std::nullopt;
  }
  const auto unused = 64 - 8 * width;
  return static_cast<std::int64_t>(*bits << unused) >> unused;
}

std::optional<std::int64_t> take_integer(std::string_view& from) {
  const auto first = take_byte(from);
  if (!first) {
    return std::nullopt;
  }
  if (*first < 0x80) {
    return *first;
  }
  if (*first >= negative_fixint) {
    return static_cast<std::int8_t>(*first);
  }
  if (*first >= uint8 && *first < uint8 + 4) {
    return take_unsigned(from, std::size_t{1} << (*first - uint8));
  }
  if (*first >= int8 && *first < int8 + 4) {
    return take_signed(from, std::size_t{1} << (*first - int8));
  }
  return std::nullopt;
}

/// The length of a text or of bytes; `short_form` is the kind's one-byte form, `first8` its 8-bit
/// form.
std::optional<std::uint64_t> take_length(std::string_view& from, bool (*short_form)(std::uint8_t),
                                         std::uint8_t first8) {
  const auto first = take_byte(from);
  if (!first) {
    return std::nullopt;
  }
  if (short_form != nullptr && short_form(*first)) {
    return *first & 0x1FU;
  }
  if (*first >= first8 && *first < first8 + 3) {
    return take_big_endian(from, std::size_t{1} << (*first - first8));
  }
  return std::nullopt;
}

std::optional<std::string_view> take_bytes(std::string_view& from,
                                           std::optional<std::uint64_t> length) {
  if (!length || *length > from.size()) {
    return std::nullopt;
  }
  const auto bytes = from.substr(0, *length);
  from.remove_prefix(*length);
  return bytes;
}

std::optional<std::uint64_t> take_array_size(std::string_view& from) {
  const auto first = take_byte(from);
  if (!first) {
    return std::nullopt;
  }
  if (is_fixarray(*first)) {
    return *first & 0x0FU;
  }
  if (*first == array16 || *first == array32) {
    return take_big_endian(from, *first == array16 ? 2 : 4);
  }
  return std::nullopt;
}

}  // namespace

void packer::nil() {
  string_stream stream{to_};
  writer{stream}.pack_nil();
}

void packer::boolean(bool flag) {
  string_stream stream{to_};
  writer to{stream};
  flag ? to.pack_true() : to.pack_false();
}

void packer::integer(std::int64_t number) {
  // Most are small, and are their own first byte.
  if (number >= -32 && number < 128) {
    to_ += static_cast<char>(number);
    return;
  }
  string_stream stream{to_};
  writer{stream}.pack_int64(number);
}

void packer::number(double number) {
  // Not pack_double: that writes a whole number as an integer, and -0 would come back as 0.
  const auto bits = __builtin_bswap64(std::bit_cast<std::uint64_t>(number));
  std::array<char, 9> packed{static_cast<char>(float64)};
  std::memcpy(packed.data() + 1, &bits, sizeof bits);
  to_.append(packed.data(), packed.size());
}

void packer::text(std::string_view text) {
  string_stream stream{to_};
  writer to{stream};
  to.pack_str(length_of(text));
  to.pack_str_body(text.data(), length_of(text));
}

void packer::bytes(std::string_view bytes) {
  string_stream stream{to_};
  writer to{stream};
  to.pack_bin(length_of(bytes));
  to.pack_bin_body(bytes.data(), length_of(bytes));
}

void packer::array(std::uint32_t size) {
  string_stream stream{to_};
  writer{stream}.pack_array(size);
}

template <class Value>
Value unpacker::accept(std::string_view rest, const std::optional<Value>& taken) {
  if (!taken) {
    ok_ = false;
    return Value{};
  }
  rest_ = rest;
  return *taken;
}

bool unpacker::nil() {
  const bool is_nil = ok_ && !rest_.empty() && static_cast<std::uint8_t>(rest_.front()) == nil_byte;
  rest_.remove_prefix(is_nil ? 1 : 0);
  return is_nil;
}

bool unpacker::boolean() {
  auto rest = left();
  const auto first = take_byte(rest);
  const bool fits = first == true_byte || first == false_byte;
  return accept(rest, fits ? std::optional{*first == true_byte} : std::nullopt);
}

std::int64_t unpacker::integer() {
  auto rest = left();
  const auto taken = take_integer(rest);
  return accept(rest, taken);
}

double unpacker::number() {
  auto rest = left();
  const auto bits = take_byte(rest) == float64 ? take_big_endian(rest, 8) : std::nullopt;
  return accept(rest, bits ? std::optional{std::bit_cast<double>(*bits)} : std::nullopt);
}

std::string_view unpacker::text() {
  auto rest = left();
  const auto length = take_length(rest, is_fixstr, str8);
  const auto taken = take_bytes(rest, length);
  return accept(rest, taken);
}

std::string_view unpacker::bytes() {
  auto rest = left();
  const auto length = take_length(rest, nullptr, bin8);
  const auto taken = take_bytes(rest, length);
  return accept(rest, taken);
}

std::uint32_t unpacker::array(std::uint32_t size_max) {
  auto rest = left();
  const auto size = take_array_size(rest);
  // An element takes a byte at least, so a size beyond the bytes that are left is a lie.
  const bool fits = size && *size <= size_max && *size <= rest.size();
  return static_cast<std::uint32_t>(accept(rest, fits ? size : std::nullopt));
}

}  // namespace aisle::base
