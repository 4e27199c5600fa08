// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/yaml.hpp"
#include "runtime/record/compiled.hpp"

namespace aisle::record {

/// Reads the YAML of one property: `- {name: quantity, logicalType: integer, …}`.
struct property {
  record::field field;
  field_rule rule;
  bool unique = false;
  bool partitioned = false;
  bool event_time = false;
  /// Set when the property is the list: the members of `items:`, and how many lines there may be.
  const base::yaml_node* items = nullptr;
  std::size_t items_least = 0;
  std::size_t items_most = std::numeric_limits<std::size_t>::max();
  /// Where it is written, for later complaints.
  const base::yaml_node* at = nullptr;
};

/// Whether a property belongs to the record itself or to the lines of its list, which have no keys,
/// no event time and no lists of their own.
enum class level : std::uint8_t { record, line };

/// Complains of everything that is wrong with it; the property is usable only when there was no
/// complaint.
[[nodiscard]] property read_property(const base::yaml_document& document,
                                     const base::yaml_node& node, level where,
                                     base::diagnostics& complaints);

}  // namespace aisle::record
