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

TEST_CASE("as a topic's record, a dead letter is its original bytes, and the rest is in headers") {
  CHECK(to_frame({.source = "sales",
                  .partition = base::partition_id{3},
                  .offset = base::offset{41},
                  .stage = {},
                  .reason = "malformed",
                  .field = {},
                  .message = "no JSON",
                  .original = "a\xFF\t"}) ==
        "\\N\ta\xFF\\t\taisle_reason=malformed\taisle_message=no JSON\taisle_source=sales"
        "\taisle_partition=3\taisle_offset=41");
}

TEST_CASE("a dead letter lies under its record's key, and a timer's under its actor's") {
  dead_letter letter{.source = "sales",
                     .partition = base::partition_id{3},
                     .offset = base::offset{41},
                     .stage = "region",
                     .reason = "failed",
                     .field = "volume",
                     .message = "",
                     .original = "x",
                     .key = "north"};
  CHECK(order_key(letter) == "north");
  CHECK(to_frame(letter).starts_with("north\tx\t"));
  CHECK(to_frame(letter).ends_with("\taisle_stage=region\taisle_field=volume"));
  letter.source = {};
  CHECK(order_key(letter) == "north");
  CHECK(to_frame(letter).find("aisle_offset") == std::string::npos);
}

TEST_CASE("a dead letter has the key and the headers that its record had, and those of its own") {
  const std::vector<record_header> had{
      {"trace", "a1"}, {"", "lost"}, {"k=v", "x=\ty"}, {"empty", ""}};
  dead_letter letter{.source = "sales",
                     .partition = base::partition_id{3},
                     .offset = base::offset{41},
                     .stage = {},
                     .reason = "malformed",
                     .field = {},
                     .message = "",
                     .original = "x",
                     .key = "north",
                     .headers = had};
  auto frame = to_frame(letter) + "\n";
  std::string_view lines{frame};
  framed_record read;
  REQUIRE(take_frame(lines, read));
  CHECK(read.key == "north");
  REQUIRE(read.headers.size() == 7);
  CHECK(read.headers[0] == framed_record::header{"trace", "a1"});
  CHECK(read.headers[1] == framed_record::header{"k=v", "x=\ty"});
  CHECK(read.headers[2] == framed_record::header{"empty", ""});
  CHECK(read.headers[3] == framed_record::header{"aisle_reason", "malformed"});
  letter.key.reset();
  CHECK(order_key(letter) == "sales/3");
  CHECK(to_frame(letter).starts_with("\\N\t"));
}

}  // namespace
}  // namespace aisle::flow
