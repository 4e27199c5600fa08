// SPDX-License-Identifier: Apache-2.0
// What is decoded here was written by Apache's own library (libavro), by schemas of strangers; what
// that library does not know (logical types, damage) is written byte by byte.
#include <map>
#include <random>
#include <string>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "runtime/record/avro_schema.hpp"
#include "runtime/record/decoder.hpp"
#include "tests/record/avro_writing.hpp"
#include "tests/record/contracts.hpp"
#include "tests/record/reading.hpp"

namespace {

using namespace aisle::record;
using namespace aisle::record::test;
using nlohmann::json;

/// Schemas by id; `down` as a registry that does not answer.
struct shelf final : schema_source {
  std::expected<std::string, no_schema> find(std::uint32_t id) override {
    ++asked;
    if (down) {
      return std::unexpected{
          no_schema{schema_absence::unavailable, "the registry does not answer"}};
    }
    const auto found = texts.find(id);
    if (found == texts.end()) {
      return std::unexpected{no_schema{schema_absence::not_there, "nobody knows schema 9"}};
    }
    return found->second;
  }

  std::map<std::uint32_t, std::string> texts;
  bool down = false;
  int asked = 0;
};

struct reader {
  reader(std::string_view yaml, decoding how, limits bounds = {}) : by{contract_of(yaml)} {
    how.format = format::avro;
    auto made = make_decoder(by, how, bounds);
    wrong = made ? "" : made.error();
    decoder = made ? std::move(*made) : nullptr;
  }
  reader(std::string_view yaml, std::string schema)
      : reader{yaml, decoding{.schema = std::move(schema)}} {}

  std::string read(std::string_view raw) {
    REQUIRE_MESSAGE(decoder != nullptr, wrong);
    return told(by, *decoder, raw, into, why);
  }

  contract by;
  std::unique_ptr<aisle::record::decoder> decoder;
  std::string wrong;
  decoded into;
  reject why;
};

std::string framed(std::uint32_t id, const std::string& body) {
  std::string bytes(5, '\0');
  for (std::size_t i = 4; i > 0; --i, id >>= 8) {
    bytes[i] = static_cast<char>(id & 0xFF);
  }
  return bytes + body;
}

/// Fields of the writer in another order than the contract's, some of them unknown to it, a list in
/// a union, a type that is named again, one that holds itself.
const std::string receipt_schema = R"({"type":"record","name":"Receipt","namespace":"shop.v1",
 "fields":[
  {"name":"before_all","type":{"type":"map","values":["null",{"type":"array","items":"long"}]}},
  {"name":"shop","type":"string"},
  {"name":"tree","type":["null",{"type":"record","name":"Tree","fields":[
     {"name":"leaf","type":"int"},{"name":"next","type":["null","Tree"]}]}]},
  {"name":"paid","type":["null",{"type":"enum","name":"Paid","symbols":["card","cash","shells"]}]},
  {"name":"receipt-no","type":"string"},
  {"name":"total","type":["null","double","string"]},
  {"name":"score","type":["null","float"]},
  {"name":"online","type":["null","boolean"]},
  {"name":"at","type":"string"},
  {"name":"millis","type":["null","long"]},
  {"name":"items","type":["null",{"type":"array","items":{"type":"record","name":"Item","fields":[
     {"name":"quantity","type":"int"},
     {"name":"note","type":["null","bytes"]},
     {"name":"article","type":"string"},
     {"name":"price","type":["null","double"]},
     {"name":"how","type":["null","shop.v1.Paid"]}]}}]},
  {"name":"hash","type":{"type":"fixed","name":"Hash","size":3}}]})";

json receipt() {
  return json::parse(R"({"before_all":{"a":[1,2,3],"b":null},"shop":"NORD",
    "tree":{"leaf":1,"next":{"leaf":2,"next":null}},"paid":"cash","receipt-no":"R1","total":12.34,
    "score":0.25,"online":true,"at":"2026-01-05T10:12:33.123+01:00","millis":1767604353123,
    "items":[{"quantity":2,"note":"xy","article":"a1","price":3.4995,"how":"card"},
             {"quantity":-1,"note":null,"article":"a2","price":null,"how":null}],"hash":"abc"})");
}

/// libavro's names have no hyphen.
std::string without_hyphen(std::string text) {
  for (auto at = text.find("receipt-no"); at != std::string::npos; at = text.find("receipt-no")) {
    text[at + 7] = '_';
  }
  return text;
}

const std::string yaml = without_hyphen(std::string{receipt_yaml});
const std::string schema = without_hyphen(receipt_schema);

std::string packed(const json& record) {
  return written(schema, json::parse(without_hyphen(record.dump())));
}

/// A field `v` of this Avro type, and its bytes, read into a contract's field of that type.
std::string value(std::string_view type, std::string_view avro, std::string_view bytes) {
  reader one{
      with_properties(fmt::format("{{name: v, logicalType: {}}}", type)),
      fmt::format(R"({{"type":"record","name":"R","fields":[{{"name":"v","type":{}}}]}})", avro)};
  if (one.decoder == nullptr) {
    return one.wrong;
  }
  auto text = one.read(bytes);
  return text.starts_with("{\"v\":") ? text.substr(5, text.size() - 6) : text;
}

template <std::size_t N>
std::string_view bytes(const char (&literal)[N]) {
  return {literal, N - 1};
}

const std::string money = "decimal, logicalTypeOptions: {scale: 2}";

}  // namespace

TEST_CASE("a record that libavro wrote is read by the contract's names, and its lines too") {
  reader shop{yaml, schema};
  CHECK(shop.read(packed(receipt())) ==
        R"({"id":"R1","at":"2026-01-05T09:12:33.123Z","shop":"NORD","paid":"cash","total":"12.34",)"
        R"("score":0.25,"online":true,"millis":"2026-01-05T09:12:33.123Z"})"
        "\n"
        R"({"article":"a1","quantity":2,"price":"3.500","id":"R1","at":"2026-01-05T09:12:33.123Z",)"
        R"("shop":"NORD","paid":"cash","total":"12.34","score":0.25,"online":true,)"
        R"("millis":"2026-01-05T09:12:33.123Z"})"
        "\n"
        R"({"article":"a2","quantity":-1,"id":"R1","at":"2026-01-05T09:12:33.123Z","shop":"NORD",)"
        R"("paid":"cash","total":"12.34","score":0.25,"online":true,)"
        R"("millis":"2026-01-05T09:12:33.123Z"})");
  CHECK(shop.into.rounded() == 1);
}

TEST_CASE("Avro is refused for the reasons of JSON, with the fields of JSON") {
  reader shop{yaml, schema};
  const auto with = [&](const char* path, json by) {
    auto record = receipt();
    record[json::json_pointer{path}] = std::move(by);
    return shop.read(packed(record));
  };
  CHECK(with("/shop", "nord") == "pattern shop");
  CHECK(with("/shop", "NORDW") == "out_of_range shop");
  CHECK(with("/paid", "shells") == "not_in_enum paid");
  CHECK(with("/paid", nullptr).starts_with('{'));
  CHECK(with("/total", nullptr) == "missing total");
  CHECK(with("/total", 1000.01) == "out_of_range total");
  CHECK(with("/score", 0.0) == "out_of_range score");
  CHECK(with("/at", "yesterday") == "wrong_type at");
  CHECK(with("/items/1/quantity", 100) == "out_of_range items[1].quantity");
  CHECK(with("/items/1/quantity", 0) == "quality items[1].quantity_not_zero");
  CHECK(with("/items", nullptr) == "missing items");
  CHECK(with("/items", json::array()) == "out_of_range items");
  auto many = receipt();
  many["items"].push_back(many["items"][0]);
  many["items"].push_back(many["items"][0]);
  CHECK(shop.read(packed(many)) == "too_many_items items");
}

TEST_CASE("decimals are exact, at whatever scale they were written") {
  const std::string two = R"({"type":"bytes","logicalType":"decimal","precision":20,"scale":2})";
  CHECK(value(money, two, bytes("\x04\x04\xD2")) == R"("12.34")");
  CHECK(value(money, two, bytes("\x04\xFB\x2E")) == R"("-12.34")");
  CHECK(value(money, two, bytes("\x02\xFF")) == R"("-0.01")");
  CHECK(value(money, two, bytes("\x00")) == R"("0.00")");
  CHECK(value(money, two, bytes("\x12\x00\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF")) ==
        R"("92233720368547758.07")");
  CHECK(value(money, two, bytes("\x12\x00\x80\x00\x00\x00\x00\x00\x00\x00")) == "out_of_range v");
  CHECK(value(money, two, "\x22" + std::string(17, '\x55')) == "out_of_range v");
  CHECK(value(money, two, "\x22" + std::string(16, '\xFF') + "\xFE") == R"("-0.02")");
  const std::string four =
      R"({"type":"fixed","name":"F","size":4,"logicalType":"decimal","precision":9,"scale":4})";
  CHECK(value(money, four, bytes("\x00\x00\x30\x39")) == R"("1.23")");
  CHECK(value(money, four, bytes("\xFF\xFF\xFF\xCE")) == R"("0.00")");
  const std::string none = R"({"type":"bytes","logicalType":"decimal","precision":9})";
  CHECK(value(money, none, bytes("\x02\x07")) == R"("7.00")");
  CHECK(value("integer", none, bytes("\x02\x07")) == "7");
  CHECK(value("integer", two, bytes("\x04\x04\xD2")) == "wrong_type v");
  CHECK(value("number", two, bytes("\x04\x04\xD2")) == "12.34");
}

TEST_CASE("dates and timestamps are moments, whatever notation the contract states") {
  const auto of = [](std::string_view type, std::string_view meaning) {
    return fmt::format(R"({{"type":"{}","logicalType":"{}"}})", type, meaning);
  };
  const std::string millis = "timestamp, logicalTypeOptions: {format: epoch_ms}";
  const auto at = bytes("\xC6\xE1\xEF\xD6\xF1\x66");
  CHECK(value("timestamp", of("long", "timestamp-millis"), at) == R"("2026-01-05T09:12:33.123Z")");
  CHECK(value(millis, of("long", "timestamp-millis"), at) ==
        value("timestamp", of("long", "timestamp-millis"), at));
  CHECK(value(millis, R"("long")", at) == value("timestamp", of("long", "timestamp-millis"), at));
  CHECK(value("timestamp", of("long", "timestamp-micros"), bytes("\x01")) ==
        R"("1969-12-31T23:59:59.999Z")");
  CHECK(value("timestamp", of("long", "timestamp-nanos"), bytes("\x02")) ==
        R"("1970-01-01T00:00:00.000Z")");
  CHECK(value("timestamp", of("int", "date"), bytes("\xCE\xBF\x02")) ==
        R"("2026-01-02T00:00:00.000Z")");
  CHECK(value("timestamp", of("int", "date"), bytes("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")) ==
        "out_of_range v");
}

TEST_CASE("a schema that cannot fill the contract is refused with what is wrong, at once") {
  CHECK(value("integer", R"("string")", "") ==
        R"("v" of R is string, and the contract probe wants an integer)");
  CHECK(value("string", R"(["null","bytes"])", bytes("\x00")) == "{}");
  CHECK(value("string, required: true", R"(["null","bytes"])", "") ==
        R"("v" of R is null or bytes, and the contract probe wants a text)");
  CHECK(value("boolean, required: true, physicalName: w", R"("boolean")", "") ==
        R"(R has no field "w", which the contract probe requires)");
  reader listless{yaml, without_hyphen(R"({"type":"record","name":"R","fields":[
    {"name":"receipt-no","type":"string"},{"name":"at","type":"string"},
    {"name":"shop","type":"string"},{"name":"total","type":"string"}]})")};
  CHECK(listless.wrong == R"(R has no list "items", which the contract receipt requires)");
}

TEST_CASE("a text that is no schema is refused, and says why") {
  const auto wrong = [](std::string_view text) {
    const auto parsed = parse_avro_schema(text);
    return parsed ? std::string{"fine"} : parsed.error();
  };
  CHECK(wrong("{").starts_with("the schema is no JSON"));
  CHECK(wrong("7") == "the schema is no Avro schema: a type is a name, a list or an object");
  CHECK(wrong(R"("text")") == R"(the schema is no Avro schema: there is no type "text")");
  CHECK(wrong(R"([["int"]])") == "the schema is no Avro schema: a union stands in a union");
  CHECK(wrong("[]") == "the schema is no Avro schema: a union is empty");
  CHECK(wrong(R"({"type":"record","name":"R"})") ==
        "the schema is no Avro schema: the record R has no fields");
  CHECK(wrong(R"({"type":"array"})") ==
        "the schema is no Avro schema: array without what it holds");
  CHECK(wrong(R"([{"type":"fixed","name":"A","size":1},{"type":"fixed","name":"A","size":1}])") ==
        R"(the schema is no Avro schema: there are two types "A")");
  std::string deep = "\"int\"";
  for (int i = 0; i < 100; ++i) {
    deep = fmt::format(R"({{"type":"array","items":{}}})", deep);
  }
  CHECK(wrong(deep) == "the schema is no Avro schema: it is nested deeper than 64");
  CHECK(wrong(std::string(schema_bytes_max + 1, ' ')).starts_with("the schema has"));
  CHECK(wrong(schema) == "fine");
}

TEST_CASE("each record is read by the schema its writer names, which is asked for once") {
  const auto schemas = std::make_shared<shelf>();
  schemas->texts[7] = schema;
  schemas->texts[70'000] =
      R"({"type":"record","name":"R","fields":[{"name":"receipt_no","type":"string"}]})";
  reader shop{yaml, decoding{.schemas = schemas}};
  reader plain{yaml, schema};
  const auto expected = plain.read(packed(receipt()));
  CHECK(shop.read(framed(7, packed(receipt()))) == expected);
  CHECK(shop.read(framed(7, packed(receipt()))) == expected);
  CHECK(schemas->asked == 1);
  CHECK(shop.read(framed(70'000, "\x02R")) == "schema ");
  CHECK(shop.why.message ==
        R"(schema 70000: R has no field "at", which the contract receipt requires)");
  CHECK(shop.read(framed(9, "")) == "schema ");
  CHECK(shop.why.message == "nobody knows schema 9");
  CHECK(shop.read(packed(receipt())) == "malformed ");
  CHECK(shop.read(std::string(4, '\0')) == "malformed ");
  CHECK(shop.read("") == "empty ");
}

TEST_CASE("while nobody can be asked for a schema its records are held up, and no others") {
  const auto schemas = std::make_shared<shelf>();
  schemas->texts[7] = schema;
  reader shop{yaml, decoding{.schemas = schemas}};
  schemas->down = true;
  CHECK(shop.read(framed(7, packed(receipt()))) == "held up: the registry does not answer");
  schemas->down = false;
  CHECK(shop.read(framed(7, packed(receipt()))).starts_with("{"));
  CHECK(shop.decoder->waits_for().empty());
  schemas->down = true;
  CHECK(shop.read(framed(7, packed(receipt()))).starts_with("{"));
  CHECK(shop.read(framed(8, "")).starts_with("held up"));
}

TEST_CASE("every truncation of a record is refused, and so are bytes behind it") {
  reader shop{yaml, schema};
  const auto whole = packed(receipt());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto read = shop.read(whole.substr(0, size));
    CHECK_MESSAGE(!read.starts_with('{'), size, " ", read);
  }
  CHECK(shop.read(whole + "x") == "malformed ");
  CHECK(shop.read(whole).starts_with('{'));
}

TEST_CASE("lies about lengths, counts, branches and symbols are refused") {
  CHECK(value("string", R"("string")", bytes("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01x")) ==
        "malformed ");
  CHECK(value("string", R"("string")", bytes("\x01x")) == "malformed ");
  CHECK(value("string", R"("string")", bytes("\x02\xFF")) == "malformed v");
  CHECK(value("string", R"(["null","string"])", bytes("\x04")) == "malformed ");
  CHECK(value("string", R"(["null","string"])", bytes("\x01")) == "malformed ");
  CHECK(value("string", R"({"type":"enum","name":"E","symbols":["a"]})", bytes("\x02")) ==
        "malformed ");
  CHECK(value("boolean", R"("boolean")", bytes("\x02")) == "malformed ");
  CHECK(value("integer", R"("long")", std::string(11, '\x80')) == "malformed ");
}

TEST_CASE("values without bytes and types that hold themselves take no time and no stack") {
  const auto beside = [](std::string_view type, std::string_view bytes) {
    reader one{with_properties("{name: v, logicalType: integer}"),
               fmt::format(R"({{"type":"record","name":"R","fields":[{{"name":"x","type":{}}},
                 {{"name":"v","type":"int"}}]}})",
                           type)};
    return one.read(bytes);
  };
  const std::string nulls = R"({"type":"array","items":"null"})";
  CHECK(beside(nulls, bytes("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01\x00\x0E")) == R"({"v":7})");
  CHECK(beside(R"({"type":"record","name":"S","fields":[{"name":"s","type":"S"}]})", "\x0E") ==
        "too_deep ");
  const std::string chain =
      R"({"type":"record","name":"S","fields":[{"name":"s","type":["null","S"]}]})";
  CHECK(beside(chain, std::string(500'000, '\x02')) == "too_deep ");
  const std::string wide = R"({"type":"array","items":{"type":"record","name":"W","fields":[)" +
                           [] {
                             std::string fields;
                             for (int i = 0; i < 5000; ++i) {
                               fields += fmt::format(R"({{"name":"f{}","type":"null"}},)", i);
                             }
                             return fields;
                           }() +
                           R"({"name":"b","type":"boolean"}]}})";
  CHECK(beside(wide, std::string{bytes("\x80\x80\x40")} + std::string(500'000, '\x00')) ==
        "too_large ");
}

TEST_CASE("damaged Avro is refused or another record, and never the end") {
  std::mt19937_64 chance{11};
  reader shop{yaml, schema};
  const auto whole = packed(receipt());
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    refused += shop.read(damaged(whole, chance)).starts_with('{') ? 0U : 1U;
  }
  CHECK(refused > 10'000);
  CHECK(shop.read(whole).starts_with('{'));
}

TEST_CASE("a damaged schema is refused or another schema, and never the end") {
  std::mt19937_64 chance{13};
  const auto by = contract_of(yaml);
  const auto whole = packed(receipt());
  decoded into;
  for (int round = 0; round < 3'000; ++round) {
    const auto made =
        make_decoder(by, {.format = format::avro, .schema = damaged(schema, chance) + " "});
    if (made) {
      static_cast<void>((*made)->decode(damaged(whole, chance), into));
    }
  }
}
