// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::log {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

/// Appends a number as it stands in memory.
template <std::integral Number>
void put(std::string& to, Number number) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  to.append(raw, sizeof number);
}

/// Overwrites the bytes at `at`.
template <std::integral Number>
void put_at(std::string& to, std::size_t at, Number number) {
  std::memcpy(to.data() + at, &number, sizeof number);
}

/// LEB128: seven bits a byte, the low ones first.
inline void put_varint(std::string& to, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) {
    to += static_cast<char>(number | 0x80);
  }
  to += static_cast<char>(number);
}

/// Negative numbers near zero stay short.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t number) {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

/// Takes numbers and texts off the front of bytes. After one that is not whole, everything is 0 and
/// empty, and `ok` is false.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : rest_{bytes} {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

  template <std::integral Number>
  Number take() {
    Number number{};
    const auto raw = bytes(sizeof number);
    if (ok_) std::memcpy(&number, raw.data(), sizeof number);
    return number;
  }

  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      number |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return number;
    }
    fail();
    return 0;
  }

  std::string_view bytes(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  /// A text behind its length.
  std::string_view text() { return bytes(varint()); }

  /// A text behind its length + 1; nothing behind 0.
  std::optional<std::string_view> nullable() {
    const auto size = varint();
    if (size == 0) return std::nullopt;
    return bytes(size - 1);
  }

 private:
  void fail() {
    ok_ = false;
    rest_ = {};
  }

  std::string_view rest_;
  bool ok_ = true;
};

inline void put_text(std::string& to, std::string_view text) {
  put_varint(to, text.size());
  to += text;
}

inline void put_nullable(std::string& to, const std::optional<std::string_view>& text) {
  put_varint(to, text ? text->size() + 1 : 0);
  to += text.value_or(std::string_view{});
}

}  // namespace aisle::log
