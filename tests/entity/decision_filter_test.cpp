// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/decision_filter.hpp"

#include <doctest/doctest.h>

namespace aisle::entity {
namespace {

bool takes(std::string_view text, severity level, std::string_view code = "amount") {
  auto compiled = expr::compile(text, decision_names());
  REQUIRE_MESSAGE(compiled.has_value(), compiled.error().message);
  const decision_filter filter{*std::move(compiled)};
  return filter.takes(
      {.kind = "anomaly", .name = "odd", .code = std::string{code}, .severity = level});
}

TEST_CASE("a filter sees the kind, the name, the code and the severity of a decision") {
  CHECK(takes(R"(severity == "high")", severity::high));
  CHECK_FALSE(takes(R"(severity == "high")", severity::medium));
  CHECK(takes(R"(severity != "low" and code == "amount")", severity::medium));
  CHECK_FALSE(takes(R"(severity != "low" and code == "amount")", severity::medium, "other"));
  CHECK(takes(R"(kind == "anomaly" and name == "odd")", severity::low));
  CHECK_FALSE(takes(R"(name == "anomaly" or kind == "odd")", severity::low));
  CHECK(takes(R"(code == "")", severity::low, ""));
}

TEST_CASE("a decision for which a filter has no value is taken") {
  CHECK(takes("1 / 0 == 1", severity::low));
}

}  // namespace
}  // namespace aisle::entity
