// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/json.hpp"
#include "runtime/base/value.hpp"

namespace aisle::base {

/// Appends one JSON object member by member; closed by `end`.
class json_object {
 public:
  /// `to` must outlive the writer.
  explicit json_object(std::string& to) : to_{to} { to_ += '{'; }

  /// Writes the name and answers where the value is to be appended.
  std::string& name(std::string_view name) {
    to_ += first_ ? "" : ",";
    first_ = false;
    append_json_string(to_, name);
    to_ += ':';
    return to_;
  }
  void text(std::string_view member, std::string_view value) {
    append_json_string(name(member), value);
  }
  /// null for an empty text.
  void text_or_null(std::string_view member, std::string_view value) {
    value.empty() ? void(name(member) += "null") : text(member, value);
  }
  void integer(std::string_view member, std::int64_t value) {
    append_json_integer(name(member), value);
  }
  void value(std::string_view member, const base::value& v) { append_json(name(member), v); }
  void time(std::string_view member, event_time at) {
    append_json(name(member), base::value::of(at));
  }
  void boolean(std::string_view member, bool flag) { name(member) += flag ? "true" : "false"; }
  void raw(std::string_view member, std::string_view json) { name(member) += json; }
  void end() { to_ += '}'; }

 private:
  std::string& to_;
  bool first_ = true;
};

}  // namespace aisle::base
