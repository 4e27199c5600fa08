// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/decimal.hpp"
#include "runtime/base/time.hpp"

namespace aisle::base {

/// What a field, an expression or a parameter holds.
enum class kind : std::uint8_t {
  /// Known to be absent.
  null,
  /// Text; ids are strings and keep their leading zeros.
  string,
  /// 64-bit signed.
  integer,
  /// Fixed-point, exact; its scale is part of its type.
  decimal,
  /// Double.
  number,
  boolean,
  /// A moment: event_time.
  timestamp,
  /// A span: duration.
  duration,
};

/// `integer`, `decimal(2)`, …
struct value_type {
  base::kind kind = base::kind::null;
  /// Digits behind the point of a decimal; 0 for every other kind.
  std::uint8_t scale = 0;

  friend bool operator==(const value_type&, const value_type&) = default;
};

[[nodiscard]] std::string to_text(value_type type);

/// One typed value, or null. Does not own its text: it lives as long as the row, or the literal, it
/// came from.
class value {
 public:
  value() = default;

  static value of(std::string_view text) {
    value v{{kind::string}};
    v.text_ = text;
    return v;
  }
  static value of(std::int64_t integer) { return from_word({kind::integer}, integer); }
  static value of(base::decimal decimal) {
    return from_word({kind::decimal, decimal.scale}, decimal.units);
  }
  static value of(double number) {
    value v{{kind::number}};
    v.number_ = number;
    return v;
  }
  static value of(bool boolean) { return from_word({kind::boolean}, boolean ? 1 : 0); }
  static value of(event_time time) {
    return from_word({kind::timestamp}, time.time_since_epoch().count());
  }
  static value of(base::duration span) { return from_word({kind::duration}, span.count()); }

  [[nodiscard]] bool is_null() const { return type_.kind == kind::null; }
  [[nodiscard]] value_type type() const { return type_; }

  /// Each asks for the kind the value has; asking for another is a bug of the caller.
  [[nodiscard]] std::string_view as_string() const { return text_; }
  [[nodiscard]] std::int64_t as_integer() const { return word_; }
  [[nodiscard]] base::decimal as_decimal() const { return {word_, type_.scale}; }
  [[nodiscard]] double as_number() const { return number_; }
  [[nodiscard]] bool as_boolean() const { return word_ != 0; }
  [[nodiscard]] event_time as_timestamp() const { return event_time{duration{word_}}; }
  [[nodiscard]] duration as_duration() const { return duration{word_}; }

  /// Integer, decimal and number as a double; for models and statistics. Any other kind is a bug.
  [[nodiscard]] double to_number() const;

  friend bool operator==(const value& a, const value& b);

 private:
  explicit value(value_type type) : type_{type} {}
  static value from_word(value_type type, std::int64_t word) {
    value v{type};
    v.word_ = word;
    return v;
  }

  value_type type_;
  union {
    std::int64_t word_ = 0;
    double number_;
  };
  std::string_view text_;
};

/// Appends the value as JSON: integers and doubles bare (doubles in their shortest form that reads
/// back), decimals as strings with all digits of their scale, times as RFC 3339, spans as `5m`,
/// null as null.
void append_json(std::string& to, const value& v);

}  // namespace aisle::base
