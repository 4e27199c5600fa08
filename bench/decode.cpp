// SPDX-License-Identifier: Apache-2.0
// How fast does one core turn bytes into records, and batches into bytes and back?
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <benchmark/benchmark.h>

#include "runtime/base/check.hpp"
#include "runtime/record/batch_codec.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/csv.hpp"
#include "runtime/record/decoder.hpp"

namespace {

namespace record = aisle::record;

record::contract shipped(const std::string& name) {
  const auto path = std::string{AISLE_SOURCE_DIR "/config/contracts/"} + name + ".yaml";
  std::ifstream file{path};
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = record::parse_contract(text.str(), path);
  aisle::base::check(parsed.has_value(), "a contract that ships");
  return std::move(*parsed);
}

void decode(benchmark::State& state, record::decoder& by, const std::string& raw) {
  record::decoded into;
  for (auto _ : state) {
    aisle::base::check(by.decode(raw, into).has_value(), "a good record");
    benchmark::DoNotOptimize(into.row().words);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(raw.size()));
}

std::string basket_in_json(std::int64_t lines) {
  std::string raw =
      R"({"transaction_id":"S001-T02-20260105-000123","timestamp":"2026-01-05T10:12:33.123+01:00",)"
      R"("store_id":"S001","terminal_id":"S001-T02","customer_id":"C000123","payment":"card",)"
      R"("total_amount":"12.34","items":[)";
  for (std::int64_t line = 1; line <= lines; ++line) {
    raw += line > 1 ? "," : "";
    raw += R"({"line":)" + std::to_string(line) +
           R"(,"sku":"000123","quantity":2,"unit_price":"3.49"})";
  }
  return raw + "]}";
}

void json_basket(benchmark::State& state) {
  const auto by = shipped("transaction");
  const auto decoder = record::make_json_decoder(by);
  decode(state, *decoder, basket_in_json(state.range(0)));
}
BENCHMARK(json_basket)->Arg(1)->Arg(2)->Arg(10);

/// The same basket as the row of a Debezium change, without the schema that may stand around it.
void debezium_basket(benchmark::State& state) {
  const auto by = shipped("transaction");
  const auto decoder = record::make_decoder(by, {.debezium = true});
  const auto raw = R"({"before":null,"after":)" + basket_in_json(state.range(0)) +
                   R"(,"source":{"version":"2.5.0.Final","connector":"postgresql","name":"shop",)"
                   R"("ts_ms":1767604353000,"snapshot":"false","db":"shop","schema":"public",)"
                   R"("table":"baskets","txId":571,"lsn":24023128},"transaction":null,"op":"c",)"
                   R"("ts_ms":1767604354123})";
  decode(state, **decoder, raw);
}
BENCHMARK(debezium_basket)->Arg(1)->Arg(2)->Arg(10);

/// The same basket in msgpack.
void msgpack_basket(benchmark::State& state) {
  const auto by = shipped("transaction");
  std::string raw{"\x88"};
  const auto text = [&](std::string_view value) {
    raw += static_cast<char>(0xD9);
    raw += static_cast<char>(value.size());
    raw += value;
  };
  for (const std::string_view part :
       {"transaction_id", "S001-T02-20260105-000123", "timestamp", "2026-01-05T10:12:33.123+01:00",
        "store_id", "S001", "terminal_id", "S001-T02", "customer_id", "C000123", "payment", "card",
        "total_amount", "12.34", "items"}) {
    text(part);
  }
  raw += static_cast<char>(0x90 + state.range(0));
  for (std::int64_t line = 1; line <= state.range(0); ++line) {
    raw += static_cast<char>(0x84);
    text("line");
    raw += static_cast<char>(line);
    text("sku");
    text("000123");
    text("quantity");
    raw += '\x02';
    text("unit_price");
    text("3.49");
  }
  const auto decoder = record::make_msgpack_decoder(by);
  decode(state, *decoder, raw);
}
BENCHMARK(msgpack_basket)->Arg(1)->Arg(2)->Arg(10);

/// The same basket in Avro, times as moments and money as decimals.
void avro_basket(benchmark::State& state) {
  const auto by = shipped("transaction");
  const auto decoder = record::make_decoder(
      by, {.format = record::format::avro, .schema = R"({"type":"record","name":"Basket","fields":[
    {"name":"transaction_id","type":"string"},
    {"name":"timestamp","type":{"type":"long","logicalType":"timestamp-millis"}},
    {"name":"store_id","type":"string"},{"name":"terminal_id","type":"string"},
    {"name":"customer_id","type":["null","string"]},{"name":"payment","type":"string"},
    {"name":"total_amount","type":{"type":"bytes","logicalType":"decimal","scale":2}},
    {"name":"items","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
      {"name":"line","type":"int"},{"name":"sku","type":"string"},{"name":"quantity","type":"int"},
      {"name":"unit_price","type":{"type":"bytes","logicalType":"decimal","scale":2}}]}}}]})"});
  aisle::base::check(decoder.has_value(), "a schema that fits");
  std::string raw{"\x30S001-T02-20260105-000123\xC6\xE1\xEF\xD6\xF1\x66\x08S001\x10S001-T02"};
  raw += "\x02\x0E";
  raw += "C000123\x08";
  raw += "card\x04\x04\xD2";
  raw += static_cast<char>(2 * state.range(0));
  for (std::int64_t line = 1; line <= state.range(0); ++line) {
    raw += static_cast<char>(2 * line);
    raw += "\x0C";
    raw += "000123\x04\x04\x01\x5D";
  }
  raw += '\0';
  decode(state, **decoder, raw);
}
BENCHMARK(avro_basket)->Arg(1)->Arg(2)->Arg(10);

void json_click(benchmark::State& state) {
  const auto by = shipped("click");
  const auto decoder = record::make_json_decoder(by);
  decode(
      state, *decoder,
      R"({"event_id":"E0000000002","timestamp":"2026-01-04T21:00:22.556Z","customer_id":"C009410",)"
      R"("session_id":"V000000266","kind":"view","sku":"000777"})");
}
BENCHMARK(json_click);

void csv_line(benchmark::State& state) {
  const auto by = shipped("online_retail");
  const auto decoder = record::make_csv_decoder(
      by, {}, "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country");
  decode(state, **decoder,
         "536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,"
         "United Kingdom");
}
BENCHMARK(csv_line);

/// 256 clicks in a batch.
record::batch clicks(const record::contract& by) {
  const auto decoder = record::make_json_decoder(by);
  record::decoded one;
  aisle::base::check(
      decoder
          ->decode(R"({"event_id":"E2","timestamp":"2026-01-04T21:00:22.556Z","customer_id":"C9",)"
                   R"("session_id":"V266","kind":"view","sku":"000777"})",
                   one)
          .has_value(),
      "a good record");
  record::batch events{by.fields().words()};
  for (int i = 0; i < 256; ++i) {
    events.append({}, one.row(), record::text_fields(by.fields()));
  }
  return events;
}

void batch_encode(benchmark::State& state) {
  const auto by = shipped("click");
  const auto events = clicks(by);
  std::string bytes;
  for (auto _ : state) {
    bytes.clear();
    record::encode_batch(bytes, events, by.fields());
    benchmark::DoNotOptimize(bytes.data());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.size()));
}
BENCHMARK(batch_encode);

void batch_decode(benchmark::State& state) {
  const auto by = shipped("click");
  std::string bytes;
  record::encode_batch(bytes, clicks(by), by.fields());
  record::batch into;
  for (auto _ : state) {
    aisle::base::check(record::decode_batch(bytes, by.fields(), into).has_value(), "a good batch");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(into.size()));
}
BENCHMARK(batch_decode);

}  // namespace
