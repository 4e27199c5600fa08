// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "runtime/record/schema_source.hpp"

namespace aisle::record {

/// What a schema registry says of an id, `{"schema": "…", "schemaType": "AVRO"}`: the text of the
/// schema. Not there when it is of another type or refers to schemas beside it; unavailable when
/// the answer is none that a registry gives.
[[nodiscard]] std::expected<std::string, no_schema> schema_in_answer(std::string_view body);

}  // namespace aisle::record
