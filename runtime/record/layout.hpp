// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/value.hpp"
#include "runtime/expr/row.hpp"

namespace aisle::record {

/// One field of a compiled contract, at its fixed place.
struct field {
  std::string name;
  base::value_type type;
  /// Absent values are rejected when the record is decoded.
  bool required = false;
  /// Names a person; logs and status pages never show its values.
  bool pii = false;
  /// As the contract says it (`d`, `EUR`, …); empty when it says nothing.
  std::string unit{};
  /// For people; empty when the contract has none.
  std::string description{};
};

/// The places of a record's fields, fixed when the contract is compiled. At most expr::fields_max
/// fields.
class layout {
 public:
  layout() = default;
  explicit layout(std::vector<field> fields) : fields_{std::move(fields)} {}

  [[nodiscard]] const std::vector<field>& fields() const { return fields_; }
  /// The place of the field; only while planning, never per event.
  [[nodiscard]] std::optional<std::uint8_t> find(std::string_view name) const {
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      if (fields_[i].name == name) {
        return static_cast<std::uint8_t>(i);
      }
    }
    return std::nullopt;
  }
  /// 64-bit words of a row: the presence bits and one per field.
  [[nodiscard]] std::size_t words() const { return fields_.size() + 1; }

 private:
  std::vector<field> fields_;
};

/// Appends the record as a JSON object, fields in the order of the layout, absent ones left out.
void append_json(std::string& to, const layout& of, expr::row_ref row);

}  // namespace aisle::record
