// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/record/avro_cursor.hpp"
#include "runtime/record/typed_value.hpp"

namespace aisle::record {

/// A moment of this meaning in milliseconds since 1970-01-01T00:00:00Z, cut towards the past. What
/// they cannot hold becomes a moment no contract allows.
[[nodiscard]] std::int64_t milliseconds_of(avro_meaning meaning, std::int64_t count);

/// Reads values of Avro's types as typed_value has them.
class avro_values {
 public:
  /// The value here, whose type is no union. It lives until the next call, and as long as the
  /// record's bytes. False when there is none; `in` has why.
  [[nodiscard]] bool read(std::size_t type, avro_cursor& in, typed_value& into);

 private:
  bool read_integer(const avro_type& type, avro_cursor& in, typed_value& into);
  bool read_single(avro_cursor& in, typed_value& into);
  bool read_double(avro_cursor& in, typed_value& into);
  bool read_decimal(const avro_type& type, std::string_view bytes, typed_value& into);

  number_text number_;
};

}  // namespace aisle::record
