// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/value.hpp"

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/json.hpp"

namespace aisle::base {

std::string to_text(value_type type) {
  switch (type.kind) {
    case kind::null:
      return "null";
    case kind::string:
      return "string";
    case kind::integer:
      return "integer";
    case kind::decimal:
      return fmt::format("decimal({})", type.scale);
    case kind::number:
      return "number";
    case kind::boolean:
      return "boolean";
    case kind::timestamp:
      return "timestamp";
    case kind::duration:
      return "duration";
  }
  die("a kind of value without a name");
}

double value::to_number() const {
  switch (type_.kind) {
    case kind::integer:
      return static_cast<double>(word_);
    case kind::decimal:
      return to_double(as_decimal());
    case kind::number:
      return number_;
    default:
      die("a value that is not a number is asked for one");
  }
}

bool operator==(const value& a, const value& b) {
  if (a.type_ != b.type_) {
    return false;
  }
  switch (a.type_.kind) {
    case kind::null:
      return true;
    case kind::string:
      return a.text_ == b.text_;
    case kind::number:
      return a.number_ == b.number_;
    default:
      return a.word_ == b.word_;
  }
}

void append_json(std::string& to, const value& v) {
  switch (v.type().kind) {
    case kind::null:
      to += "null";
      return;
    case kind::string:
      append_json_string(to, v.as_string());
      return;
    case kind::integer:
      append_json_integer(to, v.as_integer());
      return;
    case kind::decimal:
      to += '"';
      append_text(to, v.as_decimal());
      to += '"';
      return;
    case kind::number:
      append_json_number(to, v.as_number());
      return;
    case kind::boolean:
      to += v.as_boolean() ? "true" : "false";
      return;
    case kind::timestamp:
      to += '"';
      append_rfc3339(to, v.as_timestamp());
      to += '"';
      return;
    case kind::duration:
      append_json_string(to, to_text(v.as_duration()));
      return;
  }
}

}  // namespace aisle::base
