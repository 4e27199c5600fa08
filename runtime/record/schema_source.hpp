// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace aisle::record {

enum class schema_absence : std::uint8_t {
  /// Nobody knows one of this id, or it is none that can be read: asking again will not help.
  not_there,
  /// Who would know cannot be asked at present.
  unavailable,
};

/// Why there is no schema.
struct no_schema {
  schema_absence why = schema_absence::not_there;
  /// For a person; shows no secret.
  std::string message;
};

/// Where the schemas of writers come from: a registry, a test. One for all readers, so its calls
/// come from several threads.
class schema_source {
 public:
  virtual ~schema_source() = default;
  /// The text of the schema of this id. May take a few seconds, where somebody has to be asked.
  [[nodiscard]] virtual std::expected<std::string, no_schema> find(std::uint32_t id) = 0;
};

}  // namespace aisle::record
