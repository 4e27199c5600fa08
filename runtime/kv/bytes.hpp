// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

/// Numbers in keys are big-endian, so that their bytes sort as they do; in values little-endian.
namespace aisle::kv {

static_assert(std::endian::native == std::endian::little, "values are read where they lie");

template <std::unsigned_integral Number>
void append_little(std::string& to, Number number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}
template <std::unsigned_integral Number>
void append_big(std::string& to, Number number) {
  append_little(to, std::byteswap(number));
}

/// `bytes` must reach that far.
template <std::unsigned_integral Number>
[[nodiscard]] Number little_at(std::string_view bytes, std::size_t at) {
  Number number;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}
template <std::unsigned_integral Number>
[[nodiscard]] Number big_at(std::string_view bytes, std::size_t at) {
  return std::byteswap(little_at<Number>(bytes, at));
}

/// Signed numbers, so that they sort as unsigned ones.
[[nodiscard]] constexpr std::uint64_t sortable(std::int64_t number) {
  return static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);
}
[[nodiscard]] constexpr std::int64_t unsortable(std::uint64_t number) {
  return static_cast<std::int64_t>(number ^ (std::uint64_t{1} << 63));
}

}  // namespace aisle::kv
