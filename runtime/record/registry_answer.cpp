// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/registry_answer.hpp"

#include <fmt/core.h>
#include <simdjson.h>

namespace aisle::record {

std::expected<std::string, no_schema> schema_in_answer(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::object answer;
  std::string_view schema;
  std::string_view type;
  simdjson::dom::array references;
  if (parser.parse(body.data(), body.size()).get(answer) != simdjson::SUCCESS ||
      answer["schema"].get(schema) != simdjson::SUCCESS) {
    return std::unexpected{
        no_schema{schema_absence::unavailable, "the answer is none of a schema registry"}};
  }
  // Registries leave the type out where it is Avro.
  if (answer["schemaType"].get(type) == simdjson::SUCCESS && type != "AVRO") {
    return std::unexpected{no_schema{schema_absence::not_there,
                                     fmt::format("it is of type {}, and AVRO is wanted", type)}};
  }
  if (answer["references"].get(references) == simdjson::SUCCESS && references.size() > 0) {
    return std::unexpected{
        no_schema{schema_absence::not_there,
                  "it refers to other schemas, which are not read; register it as one schema"}};
  }
  return std::string{schema};
}

}  // namespace aisle::record
