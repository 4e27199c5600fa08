// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/layout.hpp"

#include "runtime/base/json.hpp"

namespace aisle::record {

void append_json(std::string& to, const layout& of, expr::row_ref row) {
  char before = '{';
  for (std::size_t i = 0; i < of.fields().size(); ++i) {
    const auto& field = of.fields()[i];
    const auto value = expr::load(row, static_cast<std::uint8_t>(i), field.type);
    if (value.is_null()) {
      continue;
    }
    to += before;
    before = ',';
    base::append_json_string(to, field.name);
    to += ':';
    base::append_json(to, value);
  }
  to += before == '{' ? "{}" : "}";
}

}  // namespace aisle::record
