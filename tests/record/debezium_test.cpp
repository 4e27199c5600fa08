// SPDX-License-Identifier: Apache-2.0
#include <random>
#include <string>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "runtime/record/decoder.hpp"
#include "tests/record/avro_writing.hpp"
#include "tests/record/contracts.hpp"
#include "tests/record/reading.hpp"

namespace {

using namespace aisle::record;
using namespace aisle::record::test;
using nlohmann::json;

const std::string yaml =
    with_properties(R"({name: id, logicalType: string, required: true, primaryKey: true}
{name: stock, logicalType: integer, required: true, logicalTypeOptions: {minimum: 0}}
{name: op, logicalType: string, physicalName: __op}
{name: gone, logicalType: boolean, physicalName: __deleted}
{name: at, logicalType: timestamp, required: true, eventTime: true, physicalName: __source_ts_ms}
{name: seen, logicalType: integer, physicalName: __ts_ms})");

struct reader {
  explicit reader(decoding how, std::string_view contract = yaml) : by{contract_of(contract)} {
    how.debezium = true;
    auto made = make_decoder(by, how);
    REQUIRE_MESSAGE(made.has_value(), made.error());
    decoder = std::move(*made);
  }
  explicit reader(deletes wanted = deletes::skip) : reader{decoding{.deletes = wanted}} {}

  std::string read(std::string_view raw) { return told(by, *decoder, raw, into, why); }

  contract by;
  std::unique_ptr<aisle::record::decoder> decoder;
  decoded into;
  reject why;
};

/// An envelope as Debezium writes it.
json change(std::string_view op, json before, json after) {
  return {{"before", std::move(before)},
          {"after", std::move(after)},
          {"source", {{"connector", "postgresql"}, {"ts_ms", 1767604353000}, {"table", "goods"}}},
          {"transaction", nullptr},
          {"op", op},
          {"ts_ms", 1767604354123}};
}

json row(std::string_view id, int stock) { return {{"id", id}, {"stock", stock}}; }

std::string wrapped(const json& payload) {
  return json{{"schema", {{"type", "struct"}, {"fields", {{{"field", "before"}}}}}},
              {"payload", payload}}
      .dump();
}

const std::string avro_schema = R"({"type":"record","name":"Envelope","namespace":"db.goods",
 "fields":[
  {"name":"before","type":["null",{"type":"record","name":"Value","fields":[
     {"name":"id","type":"string"},{"name":"stock","type":"int"}]}]},
  {"name":"after","type":["null","db.goods.Value"]},
  {"name":"source","type":{"type":"record","name":"Source","fields":[
     {"name":"connector","type":"string"},{"name":"ts_ms","type":"long"},
     {"name":"table","type":"string"}]}},
  {"name":"transaction","type":["null",{"type":"record","name":"Block","fields":[
     {"name":"id","type":"string"}]}]},
  {"name":"op","type":"string"},
  {"name":"ts_ms","type":["null","long"]}]})";

/// The same change in every way it can be written.
struct every_way {
  explicit every_way(deletes wanted)
      : plain{wanted},
        avro{decoding{.format = format::avro, .deletes = wanted, .schema = avro_schema}} {}

  std::string read(const json& of) {
    const auto said = plain.read(of.dump());
    CHECK(plain.read(wrapped(of)) == said);
    CHECK(plain.read(std::string("\0\0\0\0\7", 5) + of.dump()) == said);
    CHECK(avro.read(written(avro_schema, of)) == said);
    return said;
  }

  reader plain;
  reader avro;
};

}  // namespace

TEST_CASE("what is created, read or updated is an event: the row after the change") {
  every_way of{deletes::skip};
  const auto facts = [](std::string_view op) {
    return fmt::format(R"("op":"{}","gone":false,"at":"2026-01-05T09:12:33.000Z",)"
                       R"("seen":1767604354123)",
                       op);
  };
  CHECK(of.read(change("c", nullptr, row("A1", 7))) ==
        fmt::format(R"({{"id":"A1","stock":7,{}}})", facts("c")));
  CHECK(of.read(change("r", nullptr, row("A1", 7))) ==
        fmt::format(R"({{"id":"A1","stock":7,{}}})", facts("r")));
  CHECK(of.read(change("u", row("A1", 7), row("A1", 6))) ==
        fmt::format(R"({{"id":"A1","stock":6,{}}})", facts("u")));
}

TEST_CASE("a row is refused for the reasons any record is refused for") {
  every_way of{deletes::skip};
  CHECK(of.read(change("u", row("A1", 7), row("A1", -1))) == "out_of_range stock");
  CHECK(of.read(change("u", row("A1", 7), nullptr)) == "missing after");
  reader plain;
  CHECK(plain.read(change("c", nullptr, {{"id", "A1"}}).dump()) == "missing stock");
}

TEST_CASE("a deletion is nothing, an event with the row as it was, or a row that is gone") {
  const auto deletion = change("d", row("A1", 7), nullptr);
  CHECK(every_way{deletes::skip}.read(deletion) == "nothing");
  CHECK(every_way{deletes::row}.read(deletion) ==
        R"({"id":"A1","stock":7,"op":"d","gone":true,"at":"2026-01-05T09:12:33.000Z",)"
        R"("seen":1767604354123})");
  CHECK(every_way{deletes::key}.read(deletion) == "gone");
  const auto without_row = change("d", nullptr, nullptr);
  CHECK(every_way{deletes::skip}.read(without_row) == "nothing");
  CHECK(every_way{deletes::row}.read(without_row) == "missing before");
  CHECK(every_way{deletes::key}.read(without_row) == "gone");
}

TEST_CASE("tombstones, truncated tables and messages of the database are nothing") {
  every_way of{deletes::row};
  CHECK(of.plain.read("") == "nothing");
  CHECK(of.avro.read("") == "nothing");
  CHECK(of.plain.read(R"({"schema":null,"payload":null})") == "nothing");
  CHECK(of.read(change("t", nullptr, nullptr)) == "nothing");
  CHECK(of.read(change("m", nullptr, nullptr)) == "nothing");
}

TEST_CASE("a truncated table is told to who keeps its rows, as no key says which are gone") {
  CHECK(every_way{deletes::key}.read(change("t", nullptr, nullptr)) == "malformed op");
  CHECK(every_way{deletes::key}.read(change("m", nullptr, nullptr)) == "nothing");
}

TEST_CASE("what is no envelope is refused") {
  every_way of{deletes::skip};
  CHECK(of.read(change("x", nullptr, row("A1", 7))) == "malformed op");
  reader plain;
  CHECK(plain.read(R"({"id":"A1","stock":7})") == "malformed op");
  CHECK(plain.read("7") == "wrong_type ");
  CHECK(plain.read(R"({"op":"c","after":[1]})") == "wrong_type ");
  CHECK(plain.read(R"({"op":"c","after":{"id":"A1")").starts_with("malformed"));
  CHECK(plain.read(change("c", nullptr, row("A1", 7)).dump() + "x") == "malformed ");
  CHECK(plain.read(std::string((1 << 20) + 1, ' ')) == "too_large ");
  const auto wrong = make_decoder(
      plain.by,
      {.format = format::avro,
       .debezium = true,
       .schema = R"({"type":"record","name":"R","fields":[{"name":"id","type":"string"}]})"});
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error() == "R is no Debezium envelope: it lacks before, after or op");
}

TEST_CASE("damaged envelopes are refused or other ones, and never the end") {
  std::mt19937_64 chance{17};
  every_way of{deletes::row};
  const auto text = change("u", row("A1", 7), row("A1", 6)).dump();
  const auto bytes = written(avro_schema, json::parse(text));
  for (int round = 0; round < 10'000; ++round) {
    static_cast<void>(of.plain.read(damaged(text, chance)));
    static_cast<void>(of.plain.read(damaged(wrapped(json::parse(text)), chance)));
    static_cast<void>(of.avro.read(damaged(bytes, chance)));
  }
  CHECK(of.read(json::parse(text)).starts_with('{'));
}
