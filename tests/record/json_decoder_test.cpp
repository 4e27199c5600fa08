// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <random>
#include <string>

#include <fmt/core.h>

#include "runtime/record/decoder.hpp"
#include "tests/record/contracts.hpp"

namespace {

using namespace aisle::record;
using namespace aisle::record::test;

/// A contract with its decoder, for one field `v` or for whole receipts.
struct reader {
  explicit reader(std::string_view yaml, limits bounds = {})
      : by{contract_of(yaml)}, decoder{make_json_decoder(by, bounds)} {}

  /// The record as JSON, or `code field`.
  std::string read(std::string_view raw) {
    const auto good = decoder->decode(raw, into);
    if (!good) {
      why = good.error();
      return fmt::format("{} {}", to_text(why.code), why.field);
    }
    std::string json;
    append_json(json, by.fields(), into.row());
    return json;
  }

  std::string line(std::size_t i) const {
    std::string json;
    append_json(json, by.line_fields(), into.line(i));
    return json;
  }

  contract by;
  std::unique_ptr<aisle::record::decoder> decoder;
  decoded into;
  reject why;
};

/// What a field of this type makes of a value: `12.34` or `wrong_type v`.
std::string value(std::string_view type, std::string_view json) {
  reader one{with_properties(fmt::format("{{name: v, logicalType: {}}}", type))};
  auto text = one.read(fmt::format(R"({{"v":{}}})", json));
  return text.starts_with("{\"v\":") ? text.substr(5, text.size() - 6) : text;
}

constexpr std::string_view receipt = R"({"receipt-no":"R1","at":"2026-01-05T10:12:33.123+01:00",)"
                                     R"("shop":"NORD","total":"12.34","items":[)"
                                     R"({"article":"a1","quantity":2,"price":"3.4995"},)"
                                     R"({"article":"a2","quantity":-1}]})";

/// The receipt with one piece of it replaced.
std::string receipt_with(std::string_view piece, std::string_view by) {
  std::string text{receipt};
  const auto at = text.find(piece);
  REQUIRE(at != std::string::npos);
  return text.replace(at, piece.size(), by);
}

std::string read_receipt(std::string_view raw) { return reader{receipt_yaml}.read(raw); }

std::string read_receipt_with(std::string_view piece, std::string_view by) {
  return read_receipt(receipt_with(piece, by));
}

}  // namespace

TEST_CASE("a record is read into its fields, and each line with the record's behind its own") {
  reader shop{receipt_yaml};
  CHECK(shop.read(receipt) ==
        R"({"id":"R1","at":"2026-01-05T09:12:33.123Z","shop":"NORD","total":"12.34"})");
  REQUIRE(shop.into.lines() == 2);
  CHECK(shop.line(0) ==
        R"({"article":"a1","quantity":2,"price":"3.500","id":"R1","at":"2026-01-05T09:12:33.123Z",)"
        R"("shop":"NORD","total":"12.34"})");
  CHECK(shop.line(1) == R"({"article":"a2","quantity":-1,"id":"R1",)"
                        R"("at":"2026-01-05T09:12:33.123Z","shop":"NORD","total":"12.34"})");
  CHECK(shop.into.rounded() == 1);
}

TEST_CASE("fields may come in any order, and the order may change from record to record") {
  reader shop{receipt_yaml};
  const auto expected = shop.read(receipt);
  const std::string other = R"( {"items" : [ {"quantity":2 , "price":3.4995,"article":"a1"} ], )"
                            R"("total": 12.34, "shop":"NORD" ,"at":"2026-01-05T09:12:33.123Z",)"
                            R"("receipt-no":"R1"} )";
  for (int round = 0; round < 3; ++round) {
    CHECK(shop.read(other) == expected);
    CHECK(shop.into.lines() == 1);
    CHECK(shop.read(receipt) == expected);
    CHECK(shop.into.lines() == 2);
  }
}

TEST_CASE("a refused record leaves nothing behind for the next") {
  reader shop{receipt_yaml};
  const auto expected = shop.read(receipt);
  CHECK(shop.read(receipt_with(R"("quantity":-1)", R"("quantity":"x")")) ==
        "wrong_type items[1].quantity");
  CHECK(shop.read(R"({"receipt-no":"R9"})") == "missing at");
  CHECK(shop.read(receipt) == expected);
  CHECK(shop.into.lines() == 2);
  CHECK(shop.into.rounded() == 1);
}

TEST_CASE("a required field must be there and not null") {
  CHECK(read_receipt_with(R"("shop":"NORD",)", "") == "missing shop");
  CHECK(read_receipt_with(R"("NORD")", "null") == "missing shop");
  CHECK(read_receipt_with(R"("article":"a2",)", "") == "missing items[1].article");
  CHECK(read_receipt_with(R"("items":[)", R"("others":[)") == "missing items");
  CHECK(read_receipt(R"({"receipt-no":"R1","at":"2026-01-05T09:12:33Z","shop":"NORD","total":1,)"
                     R"("items":null})") == "missing items");
  CHECK(read_receipt("{}") == "missing id");
}

TEST_CASE("an optional field may be absent or null") {
  CHECK(value("string", "null") == "{}");
  CHECK(value("timestamp", "null") == "{}");
}

TEST_CASE("strings are unescaped, and keep every character") {
  CHECK(value("string", R"("a\"b\\c\/d\n\u00e9\ud83d\ude00 é")") == R"("a\"b\\c/d\né😀 é")");
  CHECK(value("string", R"("\u0000")") == R"("\u0000")");
  CHECK(value("string", R"("")") == R"("")");
}

TEST_CASE("a lone surrogate or an unknown escape is malformed") {
  CHECK(value("string", R"("\ud800")") == "malformed v");
  CHECK(value("string", R"("\ud800\u0041")") == "malformed v");
  CHECK(value("string", R"("\x41")") == "malformed v");
  CHECK(value("string", R"("\u12")") == "malformed v");
}

TEST_CASE("an integer is digits: no point, no exponent, 64 bits") {
  CHECK(value("integer", "7") == "7");
  CHECK(value("integer", "-0") == "0");
  CHECK(value("integer", "9223372036854775807") == "9223372036854775807");
  CHECK(value("integer", "-9223372036854775808") == "-9223372036854775808");
  CHECK(value("integer", "9223372036854775808") == "out_of_range v");
  CHECK(value("integer", "1.0") == "wrong_type v");
  CHECK(value("integer", "1e3") == "wrong_type v");
  CHECK(value("integer", R"("7")") == "wrong_type v");
  CHECK(value("integer", "true") == "wrong_type v");
}

TEST_CASE("a decimal is read from a number or a string, by its digits and never through a double") {
  const std::string money = "decimal, logicalTypeOptions: {scale: 2}";
  CHECK(value(money, R"("12.34")") == R"("12.34")");
  CHECK(value(money, "12.34") == R"("12.34")");
  CHECK(value(money, "90071992547409.93") == R"("90071992547409.93")");
  CHECK(value(money, "92233720368547758.07") == R"("92233720368547758.07")");
  CHECK(value(money, "92233720368547758.08") == "out_of_range v");
  CHECK(value(money, "-0") == R"("0.00")");
  CHECK(value(money, "1.5e3") == R"("1500.00")");
  CHECK(value(money, "1E-2") == R"("0.01")");
  CHECK(value(money, "1e400") == "out_of_range v");
  CHECK(value(money, R"("+7")") == R"("7.00")");
  CHECK(value(money, R"("\u0037")") == R"("7.00")");
  CHECK(value(money, R"("12,34")") == "wrong_type v");
  CHECK(value(money, R"("")") == "wrong_type v");
  CHECK(value(money, R"(" 1")") == "wrong_type v");
  CHECK(value(money, R"("NaN")") == "wrong_type v");
}

TEST_CASE("digits beyond the scale are rounded half even and counted") {
  reader one{with_properties("{name: v, logicalType: decimal, logicalTypeOptions: {scale: 2}}")};
  const auto rounded = [&](std::string_view number) {
    const auto text = one.read(fmt::format(R"({{"v":{}}})", number));
    return fmt::format("{} {}", text.substr(6, text.size() - 8), one.into.rounded());
  };
  CHECK(rounded("0.125") == "0.12 1");
  CHECK(rounded("0.135") == "0.14 1");
  CHECK(rounded("-0.125") == "-0.12 1");
  CHECK(rounded("0.1250000000000000000000000000000000001") == "0.13 1");
  CHECK(rounded("0.1200") == "0.12 0");
  CHECK(rounded("1e-400") == "0.00 1");
}

TEST_CASE("a number is the nearest double: too large is refused, too small is 0, -0 is 0") {
  CHECK(value("number", "0.1") == "0.1");
  CHECK(value("number", "1e308") == "1e+308");
  CHECK(value("number", "1e400") == "out_of_range v");
  CHECK(value("number", "-1e400") == "out_of_range v");
  CHECK(value("number", "1e99999999999999999999") == "out_of_range v");
  CHECK(value("number", fmt::format("1{:0400}", 0)) == "out_of_range v");
  CHECK(value("number", "1e-400") == "0");
  CHECK(value("number", "1e-99999999999999999999") == "0");
  CHECK(value("number", fmt::format("0.{:0400}1", 0)) == "0");
  CHECK(value("number", "0e400") == "0");
  CHECK(value("number", "-0.0") == "0");
  CHECK(value("number", "4.9e-324") == "5e-324");
  CHECK(value("number", R"("1")") == "wrong_type v");
}

TEST_CASE("what is no JSON value is malformed, whatever the field wants") {
  for (const auto* const type : {"integer", "number", "string", "boolean"}) {
    for (const auto* const junk :
         {"NaN", "Infinity", "-Infinity", "nul", "tru", "truee", "0123", "+1", ".5", "1.", "1e",
          "--1", "0x10", "1_000", "'a'", "-", "nullx"}) {
      const auto read = value(type, junk);
      CHECK_MESSAGE(read.starts_with("malformed"), type, " ", junk, " ", read);
    }
  }
}

TEST_CASE("a boolean is true or false") {
  CHECK(value("boolean", "true") == "true");
  CHECK(value("boolean", "false") == "false");
  CHECK(value("boolean", "1") == "wrong_type v");
  CHECK(value("boolean", R"("true")") == "wrong_type v");
}

TEST_CASE("a timestamp is read by the notation its contract states") {
  CHECK(value("timestamp", R"("2026-01-05T10:12:33.1239+01:00")") ==
        R"("2026-01-05T09:12:33.123Z")");
  CHECK(value("timestamp", R"("2026-01-05T10:12:33")") == "wrong_type v");
  CHECK(value("timestamp", "1767604353") == "wrong_type v");
  const std::string seconds = "timestamp, logicalTypeOptions: {format: epoch_s}";
  CHECK(value(seconds, "1767604353") == R"("2026-01-05T09:12:33.000Z")");
  CHECK(value(seconds, "1767604353.9999") == R"("2026-01-05T09:12:33.999Z")");
  CHECK(value(seconds, "-0.0001") == R"("1969-12-31T23:59:59.999Z")");
  CHECK(value(seconds, R"("1767604353")") == "wrong_type v");
  const std::string millis = "timestamp, logicalTypeOptions: {format: epoch_ms}";
  CHECK(value(millis, "1767604353123") == R"("2026-01-05T09:12:33.123Z")");
  CHECK(value(millis, "1.767604353123e12") == R"("2026-01-05T09:12:33.123Z")");
  const std::string stated =
      "timestamp, logicalTypeOptions: {format: '%d.%m.%Y %H:%M', defaultTimezone: Europe/Berlin}";
  CHECK(value(stated, R"("05.07.2026 11:00")") == R"("2026-07-05T09:00:00.000Z")");
  CHECK(value(stated, R"("2026-07-05 11:00")") == "wrong_type v");
}

TEST_CASE("a time outside 1900 to 2200 is out of range") {
  CHECK(value("timestamp", R"("1899-12-31T23:59:59.999Z")") == "out_of_range v");
  CHECK(value("timestamp", R"("1900-01-01T00:00:00Z")") == R"("1900-01-01T00:00:00.000Z")");
  CHECK(value("timestamp", R"("2199-12-31T23:59:59.999Z")") == R"("2199-12-31T23:59:59.999Z")");
  CHECK(value("timestamp", R"("2200-01-01T00:00:00Z")") == "out_of_range v");
  CHECK(value("timestamp, logicalTypeOptions: {format: epoch_s}", "1767604353123") ==
        "out_of_range v");
}

TEST_CASE("ranges, lengths, patterns and value lists are kept") {
  CHECK(read_receipt_with(R"("12.34")", "1000.01") == "out_of_range total");
  CHECK(read_receipt_with(R"("12.34")", "-1000") != "out_of_range total");
  CHECK(read_receipt_with(R"("quantity":2)", R"("quantity":100)") ==
        "out_of_range items[0].quantity");
  CHECK(read_receipt_with("NORD", "NORDW") == "out_of_range shop");
  CHECK(read_receipt_with("NORD", "") == "out_of_range shop");
  CHECK(read_receipt_with("NORD", "nord") == "pattern shop");
  CHECK(read_receipt_with(R"("total")", R"("paid":"shells","total")") == "not_in_enum paid");
  CHECK(read_receipt_with(R"("total")", R"("score":0,"total")") == "out_of_range score");
}

TEST_CASE("a length counts characters, not bytes") {
  const std::string three = "string, logicalTypeOptions: {minLength: 3, maxLength: 3}";
  CHECK(value(three, R"("äöü")") == R"("äöü")");
  CHECK(value(three, R"("äö")") == "out_of_range v");
  CHECK(value(three, R"("äöüa")") == "out_of_range v");
}

TEST_CASE("a quality rule refuses the record, an absent operand does not") {
  CHECK(read_receipt_with(R"("quantity":-1)", R"("quantity":0)") ==
        "quality items[1].quantity_not_zero");
  CHECK(read_receipt_with("3.4995", "12.35") == "quality items[0].cheaper_than_all");
  reader shop{receipt_yaml};
  CHECK(shop.read(receipt_with("3.4995", "12.35")).starts_with("quality"));
  CHECK(shop.why.message == "price <= total does not hold");
}

TEST_CASE("a rule that cannot be computed refuses the record and says why") {
  reader one{with_properties("{name: v, logicalType: integer}") +
             "    quality:\n      - {name: square, rule: v * v >= 0}\n"};
  CHECK(one.read(R"({"v":3})") == R"({"v":3})");
  CHECK(one.read(R"({"v":4000000000})") == "quality square");
  CHECK(one.why.message.starts_with("v * v >= 0 has no value: "));
}

TEST_CASE("messages say what was found and what was expected, but nothing of a person") {
  reader shop{receipt_yaml};
  static_cast<void>(shop.read(receipt_with("NORD", "nord")));
  CHECK(shop.why.message == R"(found "nord", expected a text from 1 to 4 characters like [A-Z]+)");
  static_cast<void>(shop.read(receipt_with(R"("total")", R"("customer":"someone","total")")));
  CHECK(shop.why.field == "customer");
  CHECK(shop.why.message == "not a text of at most 6 characters");
}

TEST_CASE("lists have their bounds") {
  const std::string line = R"({"article":"a","quantity":1})";
  const auto with_lines = [&](int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) {
      lines += lines.empty() ? line : "," + line;
    }
    return R"({"receipt-no":"R1","at":"2026-01-05T09:12:33Z","shop":"NORD","total":1,"items":[)" +
           lines + "]}";
  };
  CHECK(read_receipt(with_lines(0)) == "out_of_range items");
  CHECK(read_receipt(with_lines(3)).starts_with("{"));
  CHECK(read_receipt(with_lines(4)) == "too_many_items items");
  reader strict{receipt_yaml, {.items_max = 2}};
  CHECK(strict.read(with_lines(3)) == "too_many_items items");
}

TEST_CASE("a list is a list of objects") {
  const auto with_items = [](std::string_view items) {
    return read_receipt(
        R"({"receipt-no":"R1","at":"2026-01-05T09:12:33Z","shop":"NORD","total":1,"items":)" +
        std::string{items} + "}");
  };
  CHECK(with_items("{}") == "wrong_type items");
  CHECK(with_items("7") == "wrong_type items");
  CHECK(with_items("[7]") == "wrong_type items[0]");
  CHECK(with_items("[[]]") == "wrong_type items[0]");
  CHECK(with_items("[null]") == "wrong_type items[0]");
}

TEST_CASE("a list or an object where a value should be is of the wrong type") {
  CHECK(value("integer", "[1]") == "wrong_type v");
  CHECK(value("string", R"({"a":1})") == "wrong_type v");
}

TEST_CASE("a known field that stands twice is refused, null or not, escaped or not") {
  CHECK(read_receipt_with(R"("total")", R"("shop":"NORD","total")") == "duplicate_field shop");
  CHECK(read_receipt_with(R"("total")", R"("shop":null,"total")") == "duplicate_field shop");
  CHECK(read_receipt_with(R"("total")", R"("\u0073hop":"NORD","total")") == "duplicate_field shop");
  CHECK(read_receipt_with(R"("quantity":2)", R"("quantity":2,"quantity":2)") ==
        "duplicate_field items[0].quantity");
  CHECK(read_receipt_with(R"("total")", R"("items":[],"total")") == "duplicate_field items");
}

TEST_CASE("a key with escapes is the key it spells") {
  CHECK(read_receipt_with(R"("shop")", R"("sho\u0070")") == read_receipt(receipt));
  CHECK(read_receipt_with(R"("shop")", R"("shop\u0000")") == "missing shop");
  CHECK(read_receipt_with(R"("shop")", R"("shop\"")") == "missing shop");
}

TEST_CASE(
    "unknown fields are skipped: structure and depth are checked, what stands in them is not") {
  const auto with = [](std::string_view unknown) {
    return read_receipt_with(R"("total")", fmt::format(R"("x":{},"total")", unknown));
  };
  const auto good = read_receipt(receipt);
  for (const auto* const fine :
       {"1", "\"text\"", "null", "[1,[2,{\"a\":[]}]]", "{\"a\":{\"b\":1,\"b\":2}}", "1e400", "0123",
        "\"\\ud800\"", "truth"}) {
    CHECK_MESSAGE(with(fine) == good, fine);
  }
  for (const auto* const broken :
       {"[1 2]", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "[}", "{\"a\":1,}", "{1:2}", "[1", "?",
        "", "{\"a\":[1}]", "NaN", "\"a\"b"}) {
    const auto read = with(broken);
    CHECK_MESSAGE(read.starts_with("malformed"), broken, " ", read);
  }
}

TEST_CASE("nesting beyond the bound is refused, in what nobody reads too") {
  const auto nested = [](std::size_t depth) {
    return read_receipt_with(
        R"("total")",
        fmt::format(R"("x":{}{},"total")", std::string(depth, '['), std::string(depth, ']')));
  };
  CHECK(nested(63) == read_receipt(receipt));
  CHECK(nested(64) == "too_deep ");
  CHECK(nested(1025) == "too_deep ");
  CHECK(nested(100'000) == "too_deep ");
  CHECK(read_receipt_with(R"("total")", fmt::format(R"("x":{})", std::string(100'000, '['))) ==
        "too_deep ");
}

TEST_CASE("a record is one object and nothing behind it") {
  CHECK(read_receipt("[1]") == "wrong_type ");
  CHECK(read_receipt("7") == "wrong_type ");
  CHECK(read_receipt("\"text\"") == "wrong_type ");
  CHECK(read_receipt("null") == "wrong_type ");
  for (const auto* const behind : {"x", "{}", ",", "}", "]", " 1", "\"", " null"}) {
    const auto read = read_receipt(fmt::format("{}{}", receipt, behind));
    CHECK_MESSAGE(read.starts_with("malformed"), behind, " ", read);
  }
  CHECK(read_receipt(fmt::format("{}{}", receipt, '\0')).starts_with("malformed"));
  CHECK(read_receipt(fmt::format("{} \r\n\t", receipt)) == read_receipt(receipt));
}

TEST_CASE("an empty or white line is empty") {
  CHECK(read_receipt("") == "empty ");
  CHECK(read_receipt(" \t\r") == "empty ");
}

TEST_CASE("a byte order mark is malformed") {
  CHECK(read_receipt(fmt::format("\xEF\xBB\xBF{}", receipt)) == "malformed ");
}

TEST_CASE("bytes that are not UTF-8 are malformed, in what nobody reads too") {
  CHECK(read_receipt_with("NORD", "N\xFFRD") == "malformed ");
  CHECK(read_receipt_with(R"("total")", "\"x\":\"\xC0\xAF\",\"total\"") == "malformed ");
  CHECK(read_receipt_with("a1", "\xED\xA0\x80") == "malformed ");
}

TEST_CASE("a control character inside a string is malformed") {
  CHECK(read_receipt_with("a1", "a\t1").starts_with("malformed"));
  CHECK(read_receipt_with("a1", std::string{"a\0001", 3}).starts_with("malformed"));
}

TEST_CASE("a record beyond the size bound is refused before it is looked at") {
  reader small{receipt_yaml, {.record_bytes_max = 100}};
  CHECK(small.read(std::string(101, ' ')) == "too_large ");
  reader usual{receipt_yaml};
  CHECK(usual.read(receipt_with("R1", std::string(10 << 20, 'x'))) == "too_large ");
  CHECK(usual.read(receipt_with("R1", std::string(1 << 19, 'x'))).size() > 1 << 19);
}

TEST_CASE("every truncation of a record is refused") {
  reader shop{receipt_yaml};
  for (std::size_t size = 0; size < receipt.size(); ++size) {
    const auto read = shop.read(receipt.substr(0, size));
    const bool refused = size == 0 ? read == "empty " : read.starts_with("malformed");
    CHECK_MESSAGE(refused, size, " ", read);
  }
}

TEST_CASE("flipped bytes never break the reader, and the record after them is read as ever") {
  reader shop{receipt_yaml};
  const auto good = shop.read(receipt);
  std::mt19937_64 chance{3};
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged{receipt};
    for (auto flips = 1 + chance() % 3; flips > 0; --flips) {
      damaged[chance() % damaged.size()] = static_cast<char>(chance());
    }
    static_cast<void>(shop.read(damaged));
    if (round % 100 == 0) {
      REQUIRE(shop.read(receipt) == good);
    }
  }
}
