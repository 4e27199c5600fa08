// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/decimal.hpp"

namespace aisle::record {

/// What a typed_value is.
enum class typed_kind : std::uint8_t {
  null,
  boolean,
  /// Digits, perhaps a point and an exponent, in `text`: an exact number.
  exact,
  /// The same of a float, as short as reads back: never an integer, even where it is whole.
  floating,
  /// A text, in `text`, that may be no UTF-8.
  text,
  /// Bytes, in `text`.
  bytes,
  /// Milliseconds since 1970-01-01T00:00:00Z, in `moment`: a timestamp however the contract
  /// would write one.
  moment,
  /// A list or an object.
  compound,
};

/// A value of a format whose values have types (msgpack, Avro), said as JSON would say it: so one
/// set of rules holds for all formats. Views live as long as what they were made from.
struct typed_value {
  typed_kind kind = typed_kind::null;
  bool boolean = false;
  std::string_view text{};
  std::int64_t moment = 0;
};

/// Writes numbers as typed_value has them. Each call ends the value of the one before.
class number_text {
 public:
  typed_value integer(std::int64_t number);
  typed_value integer(std::uint64_t number);
  typed_value floating(float number);
  typed_value floating(double number);
  /// `units × 10^-scale`; scale at most 38.
  typed_value decimal(base::int128 units, int scale);

 private:
  std::array<char, 64> text_{};
};

/// The value as a message shows it.
[[nodiscard]] std::string to_text(const typed_value& value);

}  // namespace aisle::record
