// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "runtime/record/avro_schema.hpp"
#include "runtime/record/compiled.hpp"

namespace aisle::record {

/// Where the fields of a writer's record belong in the rows of a contract.
struct avro_rows {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  /// The record type in the schema.
  std::size_t type = none;
  /// For each of its fields the place in the contract, behind the last field that of the list.
  std::vector<std::size_t> places;
  /// The record type of the list's lines, and the places of its fields; none without a list.
  std::size_t line_type = none;
  std::vector<std::size_t> line_places;
};

/// A writer's schema, held against a contract.
struct avro_binding {
  avro_schema schema;
  /// What holds the contract's rows: the record itself, or those in an envelope.
  avro_rows row;
  avro_rows before;
  /// Places of an envelope's fields among those of the root; none when it has no such field.
  std::size_t before_at = avro_rows::none;
  std::size_t after_at = avro_rows::none;
  std::size_t op_at = avro_rows::none;
  std::size_t captured_at = avro_rows::none;
  std::size_t source_at = avro_rows::none;
};

/// Reads a schema and holds it against the contract. Fields meet by name; what the contract
/// requires must be there, and every field must have a type that can be the contract's. The error
/// says what does not fit.
[[nodiscard]] std::expected<avro_binding, std::string> bind_avro(std::string_view schema,
                                                                 const contract::impl& by,
                                                                 bool debezium);

/// The record that is this type, or that is the one record in this union; avro_rows::none when
/// there is no such one.
[[nodiscard]] std::size_t record_in(const avro_schema& schema, std::size_t type);

}  // namespace aisle::record
