// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::record {

/// How a value lies in Avro's binary encoding.
enum class avro_kind : std::uint8_t {
  null,
  boolean,
  /// int and long.
  integer,
  single,
  number,
  bytes,
  text,
  fixed,
  symbol,
  list,
  map,
  choice,
  record,
};

/// What a value means beyond that: its logicalType, as far as it changes what is read.
enum class avro_meaning : std::uint8_t { plain, decimal, date, millis, micros, nanos };

/// A type of a schema. Types name each other by their place, because they may hold themselves.
struct avro_type {
  avro_kind kind = avro_kind::null;
  avro_meaning meaning = avro_meaning::plain;
  /// Digits behind the point of a decimal.
  int scale = 0;
  /// Bytes of a fixed.
  std::size_t size = 0;
  /// Of a record's fields, or the symbols of an enum.
  std::vector<std::string> names{};
  /// Types of a record's fields, of a union's branches, of what a list or map holds.
  std::vector<std::size_t> parts{};
  /// As the schema calls it, for people.
  std::string name{};
};

/// A writer's schema.
struct avro_schema {
  std::vector<avro_type> types;
  std::size_t root = 0;
};

/// Longer schemas, deeper ones and ones with more types are refused.
inline constexpr std::size_t schema_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t schema_depth_max = 64;
inline constexpr std::size_t schema_types_max = 10'000;

/// Reads a schema (Avro 1.12, "Schema Declaration"). What it says beyond types, names and
/// logicalType is not looked at; a logicalType that cannot be is no logicalType, as Avro has it.
/// The error says what is wrong with it.
[[nodiscard]] std::expected<avro_schema, std::string> parse_avro_schema(std::string_view json);

}  // namespace aisle::record
