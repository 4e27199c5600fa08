// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::base {

/// Room for any product of two 64-bit numbers. Not ISO C++, but both compilers have it on every
/// 64-bit machine.
__extension__ using int128 = __int128;

/// An exact decimal: `units × 10^-scale`. 12.34 is {1234, 2}. Money is always this, never a double.
struct decimal {
  std::int64_t units = 0;
  std::uint8_t scale = 0;

  friend bool operator==(const decimal&, const decimal&) = default;
};

/// No contract may ask for more digits behind the point: 10^18 is the largest power of ten in 64
/// bits.
inline constexpr std::uint8_t decimal_scale_max = 12;

/// 10^exponent for exponents 0 … 18.
[[nodiscard]] std::int64_t power_of_ten(int exponent);

struct parsed_decimal {
  decimal value;
  /// The text had more digits than the scale holds; they were rounded half to even.
  bool rounded = false;
};

/// Reads `-12.345`, `1e3`, `.5`, `+7` into `scale` digits behind the point. Nothing when the text
/// is no decimal number or does not fit 64 bits.
[[nodiscard]] std::optional<parsed_decimal> parse_decimal(std::string_view text,
                                                          std::uint8_t scale);

/// `12.340` for {12340, 3}: always all digits of the scale.
[[nodiscard]] std::string to_text(decimal value);
void append_text(std::string& to, decimal value);

/// A double next to the value, the nearest one for up to 15 digits; for models and statistics,
/// never for sums of money.
[[nodiscard]] double to_double(decimal value);

/// The same number at another scale, rounded half to even when digits are dropped. Nothing on
/// overflow.
[[nodiscard]] std::optional<decimal> rescale(decimal value, std::uint8_t scale);

/// `dividend ÷ divisor` rounded half to even. `divisor` is positive.
[[nodiscard]] int128 divide_half_even(int128 dividend, int128 divisor);

}  // namespace aisle::base
