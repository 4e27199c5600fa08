// SPDX-License-Identifier: Apache-2.0
// Topics whose records are no JSON: the same records give the same results.
#include <csignal>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/base/clock.hpp"
#include "runtime/base/decimal.hpp"
#include "runtime/log/producer.hpp"
#include "tests/e2e/world.hpp"
#include "tests/record/avro_writing.hpp"
#include "tests/support/http_server.hpp"

namespace aisle::e2e {
namespace {

using test_support::http_reply;
using test_support::http_request;
using test_support::http_server;

const std::map<std::string, std::string> topic_of{{"transactions", "transactions"},
                                                  {"stock_moves", "inventory-changes"},
                                                  {"clicks", "customer-events"},
                                                  {"competitors", "competitor-prices"}};

/// A basket as a warehouse would write it: money as decimals, times as moments, what may be absent
/// in unions.
const std::string basket_schema = R"({"type":"record","name":"Basket","fields":[
  {"name":"payment","type":{"type":"enum","name":"Payment","symbols":["cash","card","wallet"]}},
  {"name":"transaction_id","type":"string"},
  {"name":"timestamp","type":{"type":"long","logicalType":"timestamp-millis"}},
  {"name":"store_id","type":"string"},
  {"name":"terminal_id","type":"string"},
  {"name":"customer_id","type":["null","string"]},
  {"name":"total_amount","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},
  {"name":"items","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
    {"name":"line","type":"int"},{"name":"sku","type":"string"},{"name":"quantity","type":"int"},
    {"name":"unit_price",
     "type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}}]}}}]})";

/// The units of a decimal, most significant byte first.
std::string units_of(const json& decimal) {
  const auto text = decimal.get<std::string>();
  const auto units = base::parse_decimal(text, 2)->value.units;
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(units >> shift & 0xFF);
  }
  return bytes;
}

/// As the schema has it; null stands for what is absent.
std::string avro_of(const json& basket) {
  json written = basket;
  written["timestamp"] =
      base::parse_rfc3339(basket["timestamp"].get<std::string>())->time_since_epoch().count();
  // Bytes that are no text stand in this JSON as they are; it is never printed.
  written["total_amount"] = units_of(basket["total_amount"]);
  for (auto& line : written["items"]) {
    line["unit_price"] = units_of(line["unit_price"]);
  }
  return std::string("\0\0\0\0\x2A", 5) + record::test::written(basket_schema, written);
}

std::string msgpack_of(const json& record) {
  const auto bytes = json::to_msgpack(record);
  return {bytes.begin(), bytes.end()};
}

struct chain {
  temp_folder folder;
  world of = make_world(folder, {"--bad-records", "0"});
  std::filesystem::path log = folder.path() / "log";

  void append(const std::string& topic, std::string (*write)(const json&)) const {
    const auto made = log::make_topic(log, topic, {}, base::system_clock());
    REQUIRE(made.has_value());
    log::producer producer{*made, base::system_clock()};
    std::vector<log::owned_record> records;
    const auto lines = content_of(of.folder / (topic + ".ndjson"));
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      records.push_back({.key = {},
                         .value = write(json::parse(lines.substr(at, end - at))),
                         .timestamp = base::system_clock().now(),
                         .headers = {}});
      at = end + 1;
    }
    producer.append(base::partition_id{0}, std::move(records), {}, {},
                    [](const auto& done) { CHECK(done.has_value()); });
    producer.flush();
  }

  /// `retail`, its sources with more to say.
  [[nodiscard]] std::string retail_with(const std::map<std::string, std::string>& more) const {
    auto text = content_of(source_path("topologies/retail/retail.yaml"));
    for (const auto& [source, keys] : more) {
      const auto topic = fmt::format("topic: {},", topic_of.at(source));
      const auto at = text.find(topic);
      REQUIRE(at != std::string::npos);
      text.insert(at + topic.size(), " " + keys + ",");
    }
    return folder.write("retail.yaml", text);
  }

  [[nodiscard]] strings command(const std::string& topology, const strings& more = {}) const {
    strings all{"run",      topology,
                "--log",    "embedded:" + log.string(),
                "--set",    "dir=" + of.folder.string(),
                "--out",    folder / "out",
                "--bounded"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  /// The results of the sinks that hold no original bytes, from files and from the topics.
  void check_results() const {
    const auto from_files = run_retail(folder, of, "from-files");
    for (const std::string sink : {"windows", "decisions", "late"}) {
      CAPTURE(sink);
      CHECK(lines_of(sink) == result_of(from_files, sink));
    }
    CHECK(lines_of("windows").size() > 1000);
    CHECK(lines_of("decisions").size() > 10);
    CHECK(summary_of(folder.path() / "out") == summary_of(from_files));
  }

  [[nodiscard]] strings lines_of(const std::string& topic) const {
    strings lines;
    const auto read = aisle({"log", "read", topic, "--log", "embedded:" + log.string()});
    for (std::size_t at = 0; at < read.out.size();) {
      const auto end = read.out.find('\n', at);
      lines.push_back(read.out.substr(at, end - at));
      at = end + 1;
    }
    std::ranges::sort(lines);
    return lines;
  }
};

TEST_CASE("topics of msgpack give what the same records in files of JSON give") {
  const chain shop;
  std::map<std::string, std::string> more;
  for (const auto& [source, topic] : topic_of) {
    shop.append(topic, msgpack_of);
    more[source] = "format: msgpack";
  }
  aisle_done(shop.command(shop.retail_with(more)));
  shop.check_results();
}

TEST_CASE("a topic of Avro waits for its registry, says so, and gives the same then") {
  const chain shop;
  std::map<std::string, std::string> more{{"transactions", "format: avro"}};
  shop.append("transactions", avro_of);
  for (const auto* const source : {"stock_moves", "clicks", "competitors"}) {
    shop.append(topic_of.at(source), msgpack_of);
    more[source] = "format: msgpack";
  }
  http_server registry{[](const http_request& request, std::size_t) {
    return request.path == "/schemas/ids/42" && request.headers.contains("authorization")
               ? http_reply{.body = json{{"schema", basket_schema}}.dump()}
               : http_reply{.status = 404};
  }};
  const auto config = shop.folder.write(
      "node.yaml", fmt::format("registry: {{url: \"{}\", user: aisle, password: {{env: "
                               "REGISTRY_PASSWORD}}}}\n",
                               registry.origin()));
  running run{aisle_command(shop.command(shop.retail_with(more), {"--config", config})),
              {.environment = {"REGISTRY_PASSWORD=hidden", "no_proxy=127.0.0.1"}}};
  CHECK(eventually(
      [&] { return run.said().contains("source transactions waits: schema 42 of the registry"); }));
  registry.open();
  const auto ended = run.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(ended.err.contains("source transactions goes on"));
  CHECK_FALSE(ended.err.contains("hidden"));
  CHECK(registry.requests().size() == 1);
  shop.check_results();
}

TEST_CASE("a schema in a file does without a registry, and one that does not fit is said at once") {
  const chain shop;
  shop.append("transactions", [](const json& basket) { return avro_of(basket).substr(5); });
  for (const auto* const source : {"stock_moves", "clicks", "competitors"}) {
    shop.append(topic_of.at(source), [](const json& record) { return record.dump(); });
  }
  shop.folder.write("basket.avsc", basket_schema);
  aisle_done(
      shop.command(shop.retail_with({{"transactions", "format: avro, schema: basket.avsc"}})));
  shop.check_results();
  shop.folder.write("basket.avsc", R"({"type":"record","name":"Basket","fields":[]})");
  const auto wrong = aisle({"check", shop.folder / "retail.yaml"});
  CHECK(wrong.code != 0);
  CHECK_MESSAGE((wrong.out + wrong.err).contains("Basket has no field \"transaction_id\""),
                wrong.out, wrong.err);
}

TEST_CASE("2: a topic of Avro without a schema and without a registry does not start") {
  const chain shop;
  for (const auto& [source, topic] : topic_of) {
    shop.append(topic, msgpack_of);
  }
  const auto ended = aisle(shop.command(shop.retail_with({{"transactions", "format: avro"}})));
  CHECK(ended.code == 2);
  CHECK_MESSAGE(ended.err.contains("no-registry"), ended.err);
}

TEST_CASE(
    "changes of a table are events, what is deleted is skipped and counted, or an event too") {
  const temp_folder folder;
  folder.write("contracts/goods_change.yaml", R"(apiVersion: v3.1.0
kind: DataContract
name: goods_change
version: 1.0.0
schema:
  - properties:
      - {name: id, logicalType: string, required: true}
      - {name: stock, logicalType: integer, required: true}
      - {name: at, logicalType: timestamp, required: true, eventTime: true, physicalName: __ts_ms}
      - {name: gone, logicalType: boolean, required: true, physicalName: __deleted}
)");
  folder.write("changes.ndjson",
               R"({"before":null,"after":{"id":"A","stock":7},"op":"c","ts_ms":1767604353000}
{"schema":{},"payload":{"before":{},"after":{"id":"A","stock":5},"op":"u","ts_ms":1767604354000}}
{"before":{"id":"A","stock":5},"after":null,"op":"d","ts_ms":1767604355000}
{"before":null,"after":{"id":"B"},"op":"c","ts_ms":1767604356000}

)");
  const auto run_with = [&](const std::string& deletes) {
    const auto file = folder.write("changes.yaml", fmt::format(R"(aisle: 1
topology: changes
sources:
  goods: {{files: changes.ndjson, contract: goods_change, envelope: debezium, deletes: {}}}
actors:
  item:
    per: id
    reads: goods
    windows: {{day: {{tumbling: 1d, keep: {{n: count(), stock: last(stock)}}}}}}
sinks:
  windows: {{from: "*.windows", files: windows}}
  rejects: {{from: dead_letters, files: rejects}}
)",
                                                               deletes));
    aisle_done({"run", file, "--out", folder / deletes, "--bounded"});
    return folder.path() / deletes;
  };
  const auto skipping = run_with("skip");
  CHECK(summary_of(skipping)["sources"]["goods"] == json::parse(R"({"read":5,"accepted":2,
    "rejected":1,"duplicate":0,"rounded":0,"skipped":2})"));
  CHECK(records_of(skipping, "windows").at(0)["values"] == json::parse(R"({"n":2,"stock":5})"));
  CHECK(records_of(skipping, "rejects").at(0)["field"] == "stock");
  const auto taking = run_with("row");
  CHECK(summary_of(taking)["sources"]["goods"]["accepted"] == 3);
  CHECK(summary_of(taking)["sources"]["goods"]["skipped"] == 1);
  CHECK(records_of(taking, "windows").at(0)["values"]["n"] == 3);
}

TEST_CASE("records that are no text are appended in base64, and read as such") {
  const temp_folder folder;
  const auto log = "embedded:" + (folder / "log");
  aisle_done({"log", "append", "packed", "--log", log, "--base64"},
             {.in = {}, .input = "gaF2/w==\ngaF2AQ==\n"});
  const auto read = aisle_done({"log", "read", "packed", "--log", log, "--json"});
  CHECK(json::parse(read.out.substr(0, read.out.find('\n')))["value_base64"] == "gaF2/w==");
  const auto wrong = aisle({"log", "append", "packed", "--log", log, "--base64"},
                           {.in = {}, .input = "gaF2/w=\n"});
  CHECK(wrong.code == 1);
  CHECK(wrong.err.contains("line 1 is no base64"));
  CHECK(aisle({"log", "append", "packed", "--log", log, "--base64", "--key-field", "v"}).code == 2);
}

}  // namespace
}  // namespace aisle::e2e
