// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "runtime/record/decoder.hpp"
#include "tests/record/contracts.hpp"
#include "tests/record/reading.hpp"

namespace {

using namespace aisle::record;
using namespace aisle::record::test;
using nlohmann::ordered_json;
using strings = std::vector<std::string>;

struct reader {
  explicit reader(std::string_view yaml, limits bounds = {})
      : by{contract_of(yaml)}, decoder{make_msgpack_decoder(by, bounds)} {}

  std::string read(std::string_view raw) { return told(by, *decoder, raw, into, why); }

  contract by;
  std::unique_ptr<aisle::record::decoder> decoder;
  decoded into;
  reject why;
};

std::string packed(std::string_view json) {
  const auto bytes = ordered_json::to_msgpack(ordered_json::parse(json));
  return {bytes.begin(), bytes.end()};
}

constexpr std::string_view receipt = R"({"receipt-no":"R1","at":"2026-01-05T10:12:33.123+01:00",)"
                                     R"("shop":"NORD","total":"12.34","items":[)"
                                     R"({"article":"a1","quantity":2,"price":"3.4995"},)"
                                     R"({"article":"a2","quantity":-1}]})";

std::string receipt_with(std::string_view piece, std::string_view by) {
  std::string text{receipt};
  const auto at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return text.replace(at, piece.size(), by);
}

/// What a field of this type makes of a value in msgpack: `12.34`, or `wrong_type v`.
std::string value(std::string_view type, std::string_view bytes) {
  reader one{with_properties(fmt::format("{{name: v, logicalType: {}}}", type))};
  auto text = one.read(std::string{"\x81\xA1v"} + std::string{bytes});
  return text.starts_with("{\"v\":") ? text.substr(5, text.size() - 6) : text;
}

template <std::size_t N>
std::string_view bytes(const char (&literal)[N]) {
  return {literal, N - 1};
}

}  // namespace

TEST_CASE("msgpack says of every record what JSON says of it, word by word") {
  reader shop{receipt_yaml};
  const auto json = make_json_decoder(shop.by);
  decoded into;
  reject why;
  const auto same = [&](const std::string& text) {
    const auto by_json = told(shop.by, *json, text, into, why);
    CHECK_MESSAGE(shop.read(packed(text)) == by_json, text);
    // Of a list JSON shows where it begins, which is all it has read of it.
    if (!by_json.starts_with('{') && !why.message.starts_with("found [")) {
      CHECK(shop.why.message == why.message);
    }
  };
  same(std::string{receipt});
  for (const auto& [piece, by] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("12.34")", "12.34"},
           {R"("12.34")", "-7"},
           {R"("12.34")", "1000.01"},
           {R"("12.34")", "true"},
           {R"("12.34")", "null"},
           {R"("12.34")", R"("12,34")"},
           {R"("12.34")", "[1]"},
           {R"("quantity":2)", R"("quantity":100)"},
           {R"("quantity":2)", R"("quantity":"2")"},
           {R"("quantity":2)", R"("quantity":2.5)"},
           {R"("quantity":-1)", R"("quantity":0)"},
           {R"("quantity":-1)", R"("x":[{"y":[1,2,{}]}],"quantity":-1)"},
           {R"("article":"a2",)", ""},
           {"3.4995", "12.35"},
           {"NORD", "NORDW"},
           {"NORD", "nord"},
           {"NORD", ""},
           {"\"NORD\"", "5"},
           {R"("total")", R"("paid":"shells","total")"},
           {R"("total")", R"("paid":"card","score":0.25,"online":true,"total")"},
           {R"("total")", R"("score":0,"total")"},
           {R"("total")", R"("seconds":1767604353.9999,"millis":1767604353123,"total")"},
           {R"("total")", R"("millis":18446744073709551615,"total")"},
           {R"("total")", R"("printed":"05.07.2026 11:00","total")"},
           {R"("total")", R"("customer":"someone","total")"},
           {R"("total")", R"("unknown":{"a":[1,2,{"b":null}]},"total")"},
           {"10:12:33.123+01:00", "10:12:33"},
           {R"("items":[)", R"("others":[)"}}) {
    same(receipt_with(piece, by));
  }
  const std::string begin =
      R"({"receipt-no":"R1","at":"2026-01-05T09:12:33Z","shop":"NORD","total":1,"items":)";
  const std::string line = R"({"article":"a","quantity":1})";
  for (const auto& items :
       strings{"[]", "{}", "7", "[7]", "[[]]", "null", fmt::format("[{}]", line),
               fmt::format("[{0},{0},{0},{{}}]", line)}) {
    const auto by_json = told(shop.by, *json, begin + items + "}", into, why);
    CHECK_MESSAGE(shop.read(packed(begin + items + "}")) == by_json, items);
  }
}

TEST_CASE("a float is a number and a decimal by its shortest digits, and never an integer") {
  const std::string money = "decimal, logicalTypeOptions: {scale: 2}";
  CHECK(value(money, bytes("\xCB\x40\x28\xAE\x14\x7A\xE1\x47\xAE")) == R"("12.34")");
  CHECK(value(money, bytes("\xCA\x41\x45\x70\xA4")) == R"("12.34")");
  CHECK(value("number", bytes("\xCA\x3D\xCC\xCC\xCD")) == "0.1");
  CHECK(value("number", bytes("\xCB\x7F\xF8\0\0\0\0\0\0")) == "wrong_type v");
  CHECK(value("number", bytes("\xCB\x7F\xF0\0\0\0\0\0\0")) == "wrong_type v");
  CHECK(value("integer", bytes("\xCB\x40\0\0\0\0\0\0\0")) == "wrong_type v");
}

TEST_CASE("integers of every width are read, and what 64 bits do not hold is out of range") {
  CHECK(value("integer", bytes("\x7F")) == "127");
  CHECK(value("integer", bytes("\xE0")) == "-32");
  CHECK(value("integer", bytes("\xCC\xFF")) == "255");
  CHECK(value("integer", bytes("\xD0\x80")) == "-128");
  CHECK(value("integer", bytes("\xD1\x80\x00")) == "-32768");
  CHECK(value("integer", bytes("\xCE\xFF\xFF\xFF\xFF")) == "4294967295");
  CHECK(value("integer", bytes("\xD3\x80\0\0\0\0\0\0\0")) == "-9223372036854775808");
  CHECK(value("integer", bytes("\xCF\x80\0\0\0\0\0\0\0")) == "out_of_range v");
}

TEST_CASE("a moment is a timestamp, whatever notation the contract states") {
  CHECK(value("timestamp", bytes("\xD6\xFF\x69\x5B\x81\x81")) == R"("2026-01-05T09:16:49.000Z")");
  CHECK(value("timestamp, logicalTypeOptions: {format: epoch_ms}",
              bytes("\xD6\xFF\x69\x5B\x81\x81")) == R"("2026-01-05T09:16:49.000Z")");
  CHECK(value("timestamp", bytes("\xC7\x0C\xFF\x3B\x9A\xC9\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF")) ==
        R"("1969-12-31T23:59:59.999Z")");
  CHECK(value("timestamp", bytes("\xC7\x0C\xFF\0\0\0\0\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")) ==
        "out_of_range v");
  CHECK(value("timestamp", bytes("\xC7\x0C\xFF\x3B\x9A\xCA\0\0\0\0\0\0\0\0\0")) == "wrong_type v");
  CHECK(value("timestamp", bytes("\xD6\x05\x69\x5B\x81\x81")) == "wrong_type v");
  CHECK(value("integer", bytes("\xD6\xFF\x69\x5B\x81\x81")) == "wrong_type v");
}

TEST_CASE("bytes are no text, and a text is UTF-8") {
  CHECK(value("string", bytes("\xA2ok")) == R"("ok")");
  CHECK(value("string", bytes("\xC4\x02ok")) == "wrong_type v");
  CHECK(value("string", bytes("\xA1\xFF")) == "malformed v");
}

TEST_CASE("a byte that is no UTF-8 is found wherever it stands in a text, and more than ASCII is") {
  for (std::size_t size = 2; size <= 31; ++size) {
    const auto head = static_cast<char>(0xA0 + size);
    CHECK(value("string", head + std::string(size, 'a')) == '"' + std::string(size, 'a') + '"');
    for (std::size_t at = 0; at < size; ++at) {
      CAPTURE(size);
      CAPTURE(at);
      std::string text(size, 'a');
      text[at] = '\xC3';
      CHECK(value("string", head + text) == "malformed v");
      if (at + 1 == size) continue;
      text[at + 1] = '\xA9';
      CHECK(value("string", head + text) == '"' + text + '"');
    }
  }
}

TEST_CASE("keys that are no text belong to nobody, and a field stands once") {
  reader one{with_properties("{name: v, logicalType: integer}")};
  CHECK(one.read(bytes("\x83\x05\x06\x92\x01\x02\xC0\xA1v\x07")) == R"({"v":7})");
  CHECK(one.read(bytes("\x82\xA1v\x07\xA1v\xC0")) == "duplicate_field v");
}

TEST_CASE("a record is one map of msgpack and nothing behind it") {
  reader shop{receipt_yaml};
  CHECK(shop.read("") == "empty ");
  CHECK(shop.read(bytes("\x91\x01")) == "wrong_type ");
  CHECK(shop.read(bytes("\xC1")) == "malformed ");
  CHECK(shop.read(packed(receipt) + "\xC0") == "malformed ");
  const auto whole = packed(receipt);
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CHECK_MESSAGE(shop.read(whole.substr(0, size)).starts_with("malformed"), size);
  }
}

TEST_CASE("sizes that lie, and depth without end, are refused in no time and no memory") {
  reader shop{receipt_yaml};
  CHECK(shop.read(bytes("\xDF\x0F\xFF\xFF\xFF")) == "malformed ");
  CHECK(shop.read(bytes("\x81\xA1x\xDD\xFF\xFF\xFF\xFF\x01")) == "malformed ");
  CHECK(shop.read(bytes("\x81\xA1x\xDB\xFF\xFF\xFF\xFF")) == "malformed ");
  CHECK(shop.read(std::string{"\x81\xA1x"} + std::string(100'000, '\x91') + "\xC0") == "too_deep ");
  CHECK(shop.read(std::string((1 << 20) + 1, '\x81')) == "too_large ");
}

TEST_CASE("damaged msgpack is refused or another record, and never the end") {
  std::mt19937_64 chance{7};
  reader shop{receipt_yaml};
  const auto whole = packed(receipt_with(
      R"("total")", R"("paid":"card","score":0.25,"online":true,"x":{"a":[1,2.5]},"total")"));
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    refused += shop.read(damaged(whole, chance)).starts_with('{') ? 0U : 1U;
  }
  CHECK(refused > 10'000);
  CHECK(shop.read(packed(receipt)).starts_with('{'));
}
