// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/decimal.hpp"

#include <array>
#include <limits>

#include "runtime/base/check.hpp"

namespace aisle::base {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<std::int64_t> narrow(int128 wide) {
  if (wide > std::numeric_limits<std::int64_t>::max() ||
      wide < std::numeric_limits<std::int64_t>::min()) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(wide);
}

/// A decimal number as it is written: the digits as one integer and how far the point stands to the
/// left.
struct written {
  int128 digits = 0;
  int behind_point = 0;
  bool negative = false;
  /// Something other than zero was cut off behind the last digit that is kept.
  bool inexact = false;
};

/// 30 digits fit 128 bits with room for a rescale; what is further behind cannot matter but for
/// rounding.
constexpr int digits_kept_max = 30;

std::optional<written> read(std::string_view text) {
  written number;
  std::size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
    number.negative = text[at++] == '-';
  }
  int kept = 0;
  bool any = false;
  bool point = false;
  for (; at < text.size() && (is_digit(text[at]) || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (kept < digits_kept_max) {
      number.digits = number.digits * 10 + (text[at] - '0');
      kept += number.digits != 0 ? 1 : 0;
      number.behind_point += point ? 1 : 0;
    } else {
      number.inexact |= text[at] != '0';
      number.behind_point -= point ? 0 : 1;
    }
  }
  if (!any) {
    return std::nullopt;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    const bool minus = at < text.size() && text[at] == '-';
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) {
      ++at;
    }
    int exponent = 0;
    const auto first = at;
    for (; at < text.size() && is_digit(text[at]); ++at) {
      exponent = exponent < 10'000 ? exponent * 10 + (text[at] - '0') : exponent;
    }
    if (at == first) {
      return std::nullopt;
    }
    number.behind_point -= minus ? -exponent : exponent;
  }
  return at == text.size() ? std::optional{number} : std::nullopt;
}

}  // namespace

std::int64_t power_of_ten(int exponent) {
  static constexpr auto powers = [] {
    std::array<std::int64_t, 19> table{};
    std::int64_t power = 1;
    for (auto& entry : table) {
      entry = power;
      power = power <= std::numeric_limits<std::int64_t>::max() / 10 ? power * 10 : power;
    }
    return table;
  }();
  check(exponent >= 0 && exponent < static_cast<int>(powers.size()), "a power of ten in 64 bits");
  return powers[static_cast<std::size_t>(exponent)];
}

int128 divide_half_even(int128 dividend, int128 divisor) {
  const bool negative = dividend < 0;
  const auto magnitude = negative ? -dividend : dividend;
  auto quotient = magnitude / divisor;
  const auto twice_rest = (magnitude % divisor) * 2;
  if (twice_rest > divisor || (twice_rest == divisor && quotient % 2 != 0)) {
    ++quotient;
  }
  return negative ? -quotient : quotient;
}

std::optional<parsed_decimal> parse_decimal(std::string_view text, std::uint8_t scale) {
  auto number = read(text);
  if (!number) {
    return std::nullopt;
  }
  parsed_decimal parsed{.value = {.units = 0, .scale = scale}};
  auto digits = number->digits;
  for (; number->behind_point < scale && digits != 0; ++number->behind_point) {
    digits *= 10;
    if (digits > std::numeric_limits<std::int64_t>::max()) {
      return std::nullopt;
    }
  }
  const int surplus = digits == 0 ? 0 : number->behind_point - scale;
  if (surplus > 0) {
    int128 divisor = 1;
    for (int i = 0; i < surplus && divisor <= digits * 4; ++i) {
      divisor *= 10;
    }
    // What was cut off before breaks a tie away from zero: one extra digit of 1 stands for it.
    const auto exact = digits % divisor == 0 && !number->inexact;
    digits = number->inexact ? divide_half_even(digits * 10 + 1, divisor * 10)
                             : divide_half_even(digits, divisor);
    parsed.rounded = !exact;
  } else {
    parsed.rounded = number->inexact;
  }
  const auto units = narrow(number->negative ? -digits : digits);
  if (!units) {
    return std::nullopt;
  }
  parsed.value.units = *units;
  return parsed;
}

void append_text(std::string& to, decimal value) {
  auto magnitude = static_cast<std::uint64_t>(value.units);
  if (value.units < 0) {
    to += '-';
    magnitude = 0 - magnitude;
  }
  auto digits = std::to_string(magnitude);
  if (digits.size() <= value.scale) {
    digits.insert(0, value.scale + 1U - digits.size(), '0');
  }
  to.append(digits, 0, digits.size() - value.scale);
  if (value.scale > 0) {
    to += '.';
    to.append(digits, digits.size() - value.scale, value.scale);
  }
}

std::string to_text(decimal value) {
  std::string text;
  append_text(text, value);
  return text;
}

double to_double(decimal value) {
  return static_cast<double>(value.units) / static_cast<double>(power_of_ten(value.scale));
}

std::optional<decimal> rescale(decimal value, std::uint8_t scale) {
  const int128 units = value.units;
  const auto wide = scale >= value.scale
                        ? units * power_of_ten(scale - value.scale)
                        : divide_half_even(units, power_of_ten(value.scale - scale));
  const auto narrowed = narrow(wide);
  return narrowed ? std::optional{decimal{*narrowed, scale}} : std::nullopt;
}

}  // namespace aisle::base
