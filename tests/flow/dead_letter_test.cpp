// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/dead_letter.hpp"

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

TEST_CASE("a dead letter says where the record stood, who refused it and why, and what it was") {
  CHECK(to_json({.source = "sales",
                 .partition = base::partition_id{3},
                 .offset = base::offset{41},
                 .stage = "region",
                 .reason = "failed",
                 .field = "volume",
                 .message = "a number \"too\" many",
                 .original = R"({"a":1})"}) ==
        R"({"source":"sales","partition":3,"offset":41,"stage":"region","reason":"failed",)"
        R"("field":"volume","message":"a number \"too\" many","original":"{\"a\":1}"})");
}

TEST_CASE("a record refused before any stage, and for no one field, says null for both") {
  CHECK(to_json({.source = "s",
                 .partition = {},
                 .offset = {},
                 .stage = {},
                 .reason = "empty",
                 .field = {},
                 .message = "",
                 .original = ""}) ==
        R"({"source":"s","partition":0,"offset":0,"stage":null,"reason":"empty",)"
        R"("field":null,"message":"","original":""})");
}

TEST_CASE("bytes that are no UTF-8 are kept as base64") {
  using namespace std::string_view_literals;
  CHECK(to_json({.source = "s",
                 .partition = {},
                 .offset = {},
                 .stage = {},
                 .reason = "malformed",
                 .field = {},
                 .message = "",
                 .original = "a\xFF\0"sv})
            .ends_with(R"("original_base64":"Yf8A"})"));
}

}  // namespace
}  // namespace aisle::flow
