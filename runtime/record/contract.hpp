// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/diagnostic.hpp"
#include "runtime/base/value.hpp"
#include "runtime/record/layout.hpp"

namespace aisle::record {

/// A contract, compiled: what a record of this type must look like, and where each field will lie.
/// Made from YAML (README.md of the room has the grammar, an ODCS v3 subset). Never changes; shared
/// by readers.
class contract {
 public:
  struct impl;
  explicit contract(std::unique_ptr<const impl> compiled);
  contract(contract&&) noexcept;
  contract& operator=(contract&&) noexcept;
  ~contract();

  [[nodiscard]] const std::string& name() const;
  /// As the contract says them; the description may be empty.
  [[nodiscard]] const std::string& version() const;
  [[nodiscard]] const std::string& description() const;
  /// Fields of the record itself, without its list.
  [[nodiscard]] const layout& fields() const;
  /// The name of the contract's one list of records (`items`); empty when it has none.
  [[nodiscard]] const std::string& list() const;
  /// Fields of an event per line of the list: the line's own fields, then the record's. Empty
  /// without a list.
  [[nodiscard]] const layout& line_fields() const;
  /// The event time, a required timestamp; none only for contracts of tables.
  [[nodiscard]] std::optional<std::uint8_t> event_time() const;
  /// Places (in `fields()`) of the key that splits a source into partitions; empty: one partition.
  [[nodiscard]] const std::vector<std::uint8_t>& partition_key() const;
  /// Places of the unique key; empty: records are not de-duplicated, and `event` in decisions is
  /// null.
  [[nodiscard]] const std::vector<std::uint8_t>& unique_key() const;

  [[nodiscard]] const impl& compiled() const { return *impl_; }

 private:
  std::unique_ptr<const impl> impl_;
};

/// Reads and compiles a contract; `path` is only for messages. All errors at once.
[[nodiscard]] std::expected<contract, base::diagnostics> parse_contract(std::string_view yaml,
                                                                        std::string_view path);

}  // namespace aisle::record
