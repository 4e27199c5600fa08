// SPDX-License-Identifier: Apache-2.0
#include "runtime/record/contract.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/core.h>

#include "tests/record/contracts.hpp"

namespace {

using namespace aisle::record::test;
using aisle::base::kind;
using aisle::record::parse_contract;

/// `line:column code` of every complaint, with commas between.
std::string complaints(std::string_view yaml) {
  const auto parsed = parse_contract(yaml, "test.yaml");
  std::string all;
  if (!parsed) {
    for (const auto& d : parsed.error()) {
      all += fmt::format("{}{}:{} {}", all.empty() ? "" : ", ", d.line, d.column, d.code);
    }
  }
  return all;
}

/// The complaints about one property that stands at line 7, column 9.
std::string about(std::string_view property) { return complaints(with_properties(property)); }

}  // namespace

TEST_CASE("a contract becomes places, types and keys") {
  const auto receipt = contract_of(receipt_yaml);
  CHECK(receipt.name() == "receipt");
  CHECK(receipt.version() == "1.2.0");
  CHECK(receipt.description() == "What the till printed.");
  const auto& fields = receipt.fields();
  REQUIRE(fields.fields().size() == 11);
  CHECK(fields.find("id") == 0);
  CHECK(fields.find("receipt-no") == std::nullopt);
  CHECK(fields.fields()[5].type == aisle::base::value_type{kind::decimal, 2});
  CHECK(fields.fields()[5].unit == "EUR");
  CHECK(fields.fields()[5].required);
  CHECK(fields.fields()[3].pii);
  CHECK_FALSE(fields.fields()[3].required);
  CHECK(receipt.event_time() == 1);
  CHECK(receipt.partition_key() == std::vector<std::uint8_t>{2});
  CHECK(receipt.unique_key() == std::vector<std::uint8_t>{0});
}

TEST_CASE("a line has its own fields first, then those of its record") {
  const auto receipt = contract_of(receipt_yaml);
  CHECK(receipt.list() == "items");
  const auto& line = receipt.line_fields();
  REQUIRE(line.fields().size() == 14);
  CHECK(line.find("article") == 0);
  CHECK(line.find("price") == 2);
  CHECK(line.find("id") == 3);
  CHECK(line.find("items") == std::nullopt);
}

TEST_CASE("a contract without event time and keys is one for a table") {
  const auto table = contract_of(with_properties("{name: a, logicalType: string}"));
  CHECK(table.event_time() == std::nullopt);
  CHECK(table.partition_key().empty());
  CHECK(table.unique_key().empty());
  CHECK(table.list().empty());
  CHECK(table.line_fields().fields().empty());
}

TEST_CASE("a type that is not known brings no complaints of what depends on it") {
  CHECK(about("{name: a, logicalType: text, validValues: [x]}") == "7:32 unknown-type");
  CHECK(about("{name: a, items: {properties: []}}") == "7:9 missing-key");
}

TEST_CASE("primaryKey and unique on one field are one key") {
  const auto one = contract_of(with_properties(
      "{name: a, logicalType: string, required: true, primaryKey: true, unique: true}"));
  CHECK(one.unique_key() == std::vector<std::uint8_t>{0});
}

TEST_CASE("a key of several fields keeps their order") {
  const auto two = contract_of(
      with_properties("{name: a, logicalType: string, required: true, primaryKey: true}\n"
                      "{name: b, logicalType: integer}\n"
                      "{name: c, logicalType: integer, required: true, primaryKey: true}"));
  CHECK(two.unique_key() == std::vector<std::uint8_t>{0, 2});
}

TEST_CASE("all errors of a contract come at once, each with its place") {
  CHECK(
      complaints("apiVersion: v2.0.0\n"
                 "kind: Contract\n"
                 "name: broken\n"
                 "colour: red\n"
                 "schema:\n"
                 "  - properties:\n"
                 "      - {name: a b, logicalType: strin}\n"
                 "      - {name: c, logicalType: decimal}\n"
                 "      - {name: d, logicalType: integer, logicalTypeOptions: {minimum: 1.5}}\n") ==
      "1:13 wrong-version, 2:7 wrong-value, 1:1 missing-key, 4:1 unknown-key, 7:16 not-a-name, "
      "7:34 unknown-type, 8:9 missing-key, 9:71 wrong-type");
}

TEST_CASE("a misspelt key or type is answered with what was probably meant") {
  const auto parsed = parse_contract(
      with_properties("{name: a, logicalType: timestmp}\n{name: b, logicaltype: string}"),
      "x.yaml");
  REQUIRE_FALSE(parsed.has_value());
  REQUIRE(parsed.error().size() == 3);
  CHECK(parsed.error()[0].suggestion == "timestamp");
  CHECK(parsed.error()[2].suggestion == "logicalType");
}

TEST_CASE("each mistake in a property has its own code") {
  CHECK(about("{name: a, logicalType: string, validValues: []}") == "7:53 wrong-type");
  CHECK(about("{name: a, logicalType: integer, validValues: [1]}") == "7:54 wrong-type");
  CHECK(about("{name: a, logicalType: string, validValues: [x, x]}") == "7:57 duplicate-value");
  CHECK(about("{name: a, logicalType: string, classification: secret}") == "7:56 wrong-value");
  CHECK(about("{name: a, logicalType: string, eventTime: true}") == "7:51 bad-event-time");
  CHECK(about("{name: a, logicalType: timestamp, eventTime: true}") == "7:54 bad-event-time");
  CHECK(about("{name: a, logicalType: string, primaryKey: true}") == "7:16 key-not-required");
  CHECK(about("{name: a, logicalType: number, required: true, partitioned: true}") ==
        "7:16 number-key");
  CHECK(about("{name: a, logicalType: string, physicalName: 'a\"b'}") == "7:54 not-a-name");
  CHECK(about("{name: 1a, logicalType: string}") == "7:16 not-a-name");
}

TEST_CASE("each mistake in the options has its own code") {
  const auto option = [](std::string_view type, std::string_view options) {
    auto found =
        about(fmt::format("{{name: a, logicalType: {}, logicalTypeOptions: {}}}", type, options));
    return found.substr(found.find(' ') + 1);
  };
  CHECK(option("string", "{pattern: '(a'}") == "bad-pattern");
  CHECK(option("string", "{minLength: 3, maxLength: 2}") == "out-of-range");
  CHECK(option("string", "{minimum: 3}") == "unknown-key");
  CHECK(option("integer", "{minimum: 3, exclusiveMaximum: 3}") == "out-of-range");
  CHECK(option("integer", "{maximum: 9223372036854775807}") == "wrong-type");
  CHECK(option("decimal", "{scale: 2, maximum: 0.001}") == "wrong-type");
  CHECK(option("decimal", "{scale: 13}") == "out-of-range");
  CHECK(option("number", "{minimum: 2, maximum: 1}") == "out-of-range");
  CHECK(option("number", "{exclusiveMinimum: 1, maximum: 1}") == "out-of-range");
  CHECK(option("timestamp", "{format: iso}") == "bad-format");
  CHECK(option("timestamp", "{format: '%Y-%m-%d'}") == "bad-format");
  CHECK(option("timestamp", "{format: '%Y-%m-%d', defaultTimezone: Mars/Base}") == "unknown-zone");
  CHECK(option("timestamp", "{defaultTimezone: Etc/UTC}") == "needless-zone");
  CHECK(option("boolean", "{minimum: 1}") == "unknown-key");
}

TEST_CASE("names stand once, in the contract and in the data") {
  CHECK(about("{name: a, logicalType: string}\n{name: a, logicalType: string}") ==
        "8:9 duplicate-field");
  CHECK(about("{name: a, logicalType: string}\n{name: b, logicalType: string, physicalName: a}") ==
        "8:9 duplicate-field");
  CHECK(
      about(
          "{name: a, logicalType: string}\n"
          "{name: l, logicalType: array, items: {properties: [{name: a, logicalType: string}]}}") ==
      "8:60 duplicate-field");
}

TEST_CASE("one event time, one key, one list") {
  constexpr auto time =
      "{name: a, logicalType: timestamp, required: true, eventTime: true}\n"
      "{name: b, logicalType: timestamp, required: true, eventTime: true}";
  CHECK(about(time) == "8:70 two-event-times");
  CHECK(about("{name: a, logicalType: string, required: true, unique: true}\n"
              "{name: b, logicalType: string, required: true, unique: true}") == "7:7 two-keys");
  CHECK(
      about(
          "{name: a, logicalType: array, items: {properties: [{name: x, logicalType: string}]}}\n"
          "{name: b, logicalType: array, items: {properties: [{name: y, logicalType: string}]}}") ==
      "8:9 two-lists");
}

TEST_CASE("a line of a list has neither keys nor a list of its own") {
  CHECK(
      about(
          "{name: a, logicalType: array, items: {properties: [{name: x, logicalType: array}]}}") ==
      "7:83 unknown-type");
  CHECK(about("{name: a, logicalType: array, items: {properties: "
              "[{name: x, logicalType: string, primaryKey: true}]}}") == "7:91 unknown-key");
}

TEST_CASE("a quality rule that is no condition on these fields is refused where it stands") {
  const auto rule = [](std::string_view text) {
    return complaints(with_properties("{name: a, logicalType: integer}") +
                      fmt::format("    quality:\n      - {{name: r, rule: \"{}\"}}\n", text));
  };
  CHECK(rule("a != 0").empty());
  CHECK(rule("b != 0") == "9:26 unknown-name");
  CHECK(rule("a + 1") == "9:25 type-mismatch");
  CHECK(rule("a !=").ends_with(" syntax"));
}

TEST_CASE("more than 63 fields are refused, those of a line included") {
  std::string many;
  for (int i = 0; i < 62; ++i) {
    many += fmt::format("{{name: f{}, logicalType: integer}}\n", i);
  }
  const std::string line_of_one =
      "{name: l, logicalType: array, items: {properties: [{name: x, logicalType: string}]}}";
  const std::string line_of_two =
      "{name: l, logicalType: array, items: {properties: "
      "[{name: x, logicalType: string}, {name: y, logicalType: string}]}}";
  CHECK(about(many + line_of_one).empty());
  CHECK(about(many + line_of_two) == "7:7 too-many-fields");
}

TEST_CASE("a schema is a list of one object") {
  const auto headed = [](std::string_view schema) {
    return complaints(
        fmt::format("apiVersion: v3.1.0\nkind: DataContract\nname: p\nversion: 1\n{}", schema));
  };
  CHECK(headed("schema: {properties: []}") == "5:9 wrong-type");
  CHECK(headed("schema: [{name: q, properties: [{name: a, logicalType: string}]}]") ==
        "5:17 wrong-value");
  CHECK(headed("") == "1:1 missing-key");
  CHECK(complaints("") == "1:1 wrong-type");
}

TEST_CASE("every contract that ships is one") {
  std::size_t shipped = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator{AISLE_SOURCE_DIR "/config/contracts"}) {
    std::ifstream file{entry.path()};
    std::stringstream text;
    text << file.rdbuf();
    const auto parsed = parse_contract(text.str(), entry.path().string());
    const auto wrong = parsed ? std::string{} : aisle::base::to_text(parsed.error().front());
    CHECK(wrong == "");
    CHECK((parsed && parsed->name() == entry.path().stem()));
    ++shipped;
  }
  CHECK(shipped == 11);
}
