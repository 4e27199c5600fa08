// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/key.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "runtime/record/decoder.hpp"
#include "tests/record/contracts.hpp"
#include "tests/record/rows.hpp"

namespace {

using namespace aisle;
using namespace aisle::record;
using namespace aisle::record::test;
using base::kind;
using base::value;

std::string encoded(std::vector<value> values) {
  std::string bytes;
  encode_key(bytes, values);
  return bytes;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(c));
  }
  return text;
}

key_field named(std::string name, kind type, std::uint8_t scale = 0) {
  return {std::move(name), {type, scale}};
}

std::string as_json(const std::vector<key_field>& fields, std::string_view bytes) {
  std::string json;
  append_key_json(json, fields, bytes);
  return json;
}

bool decodes(const std::vector<key_field>& fields, std::string_view bytes) {
  std::vector<value> values(fields.size());
  return decode_key(bytes, fields, values);
}

const std::vector<key_field> three{named("shop", kind::string), named("article", kind::string),
                                   named("line", kind::integer)};

}  // namespace

TEST_CASE("a text that is the whole key is its own bytes") {
  CHECK(encoded({value::of(std::string_view{"S001"})}) == "S001");
  CHECK(encoded({value::of(std::string_view{""})}).empty());
}

TEST_CASE("the worked example of FORMAT.md is what is written") {
  CHECK(hex(encoded({value::of(std::string_view{"S001"}), value::of(std::string_view{"000123"}),
                     value::of(std::int64_t{-1})})) ==
        "04 53 30 30 31 06 30 30 30 31 32 33 7f ff ff ff ff ff ff ff");
}

TEST_CASE("texts of several fields cannot run into each other") {
  const auto key = [](std::string_view a, std::string_view b) {
    return encoded({value::of(a), value::of(b)});
  };
  CHECK(key("a", "bc") != key("ab", "c"));
  CHECK(key("", "a") != key("a", ""));
  CHECK(key(std::string(200, 'x'), "y").size() == 2 + 200 + 1 + 1);
}

TEST_CASE("a row has the key of its values") {
  const layout of{{{.name = "line", .type = {kind::integer}},
                   {.name = "shop", .type = {kind::string}},
                   {.name = "at", .type = {kind::timestamp}}}};
  const auto row =
      row_of{of}.set("shop", "N").set("line", std::int64_t{7}).set("at", std::int64_t{5});
  std::string bytes;
  const std::vector<std::uint8_t> places{1, 2, 0};
  encode_key(bytes, row.ref(), places, of);
  CHECK(bytes ==
        encoded({value::of(std::string_view{"N"}), value::of(base::event_time{base::duration{5}}),
                 value::of(std::int64_t{7})}));
}

TEST_CASE("every type comes back") {
  const std::vector<key_field> fields{named("s", kind::string),     named("i", kind::integer),
                                      named("d", kind::decimal, 2), named("n", kind::number),
                                      named("b", kind::boolean),    named("t", kind::timestamp),
                                      named("u", kind::duration)};
  const std::vector<value> values{value::of(std::string_view{"é\0x", 4}),
                                  value::of(std::int64_t{-42}),
                                  value::of(base::decimal{-1234, 2}),
                                  value::of(-2.5),
                                  value::of(true),
                                  value::of(base::event_time{base::duration{-1}}),
                                  value::of(base::duration{60'000})};
  const auto bytes = encoded(values);
  std::vector<value> back(fields.size());
  REQUIRE(decode_key(bytes, fields, back));
  CHECK(back == values);
  CHECK(as_json(fields, bytes) == R"({"s":"é\u0000x","i":-42,"d":"-12.34","n":-2.5,"b":true,)"
                                  R"("t":"1969-12-31T23:59:59.999Z","u":"1m"})");
}

TEST_CASE("a key alone is an object of one member") {
  CHECK(as_json({named("shop", kind::string)}, "S001") == R"({"shop":"S001"})");
}

TEST_CASE("words sort as their numbers do") {
  std::vector<std::int64_t> numbers{0,
                                    1,
                                    -1,
                                    255,
                                    256,
                                    -256,
                                    1LL << 40,
                                    -(1LL << 40),
                                    std::numeric_limits<std::int64_t>::min(),
                                    std::numeric_limits<std::int64_t>::max()};
  std::ranges::sort(numbers);
  std::vector<double> doubles{-1e300, -2.0, -1e-300, 0.0, 1e-300, 2.0, 1e300};
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    CHECK(encoded({value::of(numbers[i - 1])}) < encoded({value::of(numbers[i])}));
  }
  for (std::size_t i = 1; i < doubles.size(); ++i) {
    CHECK(encoded({value::of(doubles[i - 1])}) < encoded({value::of(doubles[i])}));
  }
  CHECK(encoded({value::of(-0.0)}) == encoded({value::of(0.0)}));
}

TEST_CASE("bytes that are no key of these types are refused") {
  const auto good = encoded({value::of(std::string_view{"N"}), value::of(std::string_view{"a"}),
                             value::of(std::int64_t{1})});
  CHECK(decodes(three, good));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK_FALSE(decodes(three, std::string_view{good}.substr(0, size)));
  }
  CHECK_FALSE(decodes(three, good + "x"));
  const std::vector<key_field> two{named("a", kind::string), named("b", kind::string)};
  CHECK_FALSE(decodes(two, std::string_view{"\x81\x00N\x01M", 5}));
  CHECK_FALSE(decodes(two, std::string_view{"\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 7}));
  CHECK_FALSE(decodes({named("b", kind::boolean)}, std::string_view{"\x80\0\0\0\0\0\0\2", 8}));
}

TEST_CASE("random bytes that decode encode to the same bytes again") {
  std::mt19937_64 chance{13};
  int good = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string bytes(10 + chance() % 4, '\0');
    std::ranges::generate(bytes, [&] { return static_cast<char>(chance() % 5); });
    std::vector<value> values(three.size());
    if (decode_key(bytes, three, values)) {
      CHECK(encoded(values) == bytes);
      ++good;
    }
  }
  CHECK(good > 100);
}

TEST_CASE("an event is named by its unique key: one field as a string, several as an object") {
  const auto name_of = [](const contract& by, row_kind kind, expr::row_ref row) {
    std::string json;
    append_event_name(json, by, kind, row);
    return json;
  };
  const auto receipt = contract_of(receipt_yaml);
  const auto read = make_json_decoder(receipt);
  decoded into;
  REQUIRE(read->decode(R"({"receipt-no":"R\"1","at":"2026-01-05T09:12:33Z","shop":"NORD",)"
                       R"("total":1,"items":[{"article":"a","quantity":1}]})",
                       into));
  CHECK(name_of(receipt, row_kind::record, into.row()) == R"("R\"1")");
  CHECK(name_of(receipt, row_kind::line, into.line(0)) == R"("R\"1")");

  const auto number =
      contract_of(with_properties("{name: n, logicalType: integer, required: true, unique: true}"));
  const auto row = row_of{number.fields()}.set("n", std::int64_t{-7});
  CHECK(name_of(number, row_kind::record, row.ref()) == R"("-7")");

  const auto pair = contract_of(
      with_properties("{name: a, logicalType: string, required: true, primaryKey: true}\n"
                      "{name: b, logicalType: integer, required: true, primaryKey: true}"));
  const auto both = row_of{pair.fields()}.set("a", "x").set("b", std::int64_t{2});
  CHECK(name_of(pair, row_kind::record, both.ref()) == R"({"a":"x","b":2})");

  const auto none = contract_of(with_properties("{name: a, logicalType: string}"));
  CHECK(name_of(none, row_kind::record, row_of{none.fields()}.ref()) == "null");
}
