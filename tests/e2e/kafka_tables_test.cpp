// SPDX-License-Identifier: Apache-2.0
// Reference tables that a database's changes keep current.
#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/hits.hpp"
#include "tests/e2e/world.hpp"
#include "tests/record/avro_writing.hpp"
#include "tests/support/http_server.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_records.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::e2e {
namespace {

using test_support::http_reply;
using test_support::http_request;
using test_support::http_server;
using test_support::kafka_record;
using test_support::kafka_topics;
using test_support::unique_name;

/// As Debezium's connector registers it for a table with its key and one more column.
const std::string envelope_schema = R"({"type":"record","name":"Envelope","fields":[
  {"name":"before","type":["null",{"type":"record","name":"Value","fields":[
     {"name":"page","type":"string"},{"name":"weight","type":"int"}]}]},
  {"name":"after","type":["null","Value"]},
  {"name":"source","type":{"type":"record","name":"Source","fields":[
     {"name":"ts_ms","type":"long"}]}},
  {"name":"op","type":"string"},
  {"name":"ts_ms","type":["null","long"]}]})";

/// Hits of pages in one topic, weighed by a table in another.
struct scales {
  explicit scales(std::string at) : servers{std::move(at)} {
    folder.write("contracts/hit.yaml", std::string{hit_contract});
    folder.write("contracts/weight.yaml", R"(apiVersion: v3.1.0
kind: DataContract
name: weight
version: 1.0.0
schema:
  - properties:
      - {name: page, logicalType: string, required: true, primaryKey: true}
      - {name: weight, logicalType: integer, required: true}
)");
    kafka_topics topics{servers};
    topics.create(hits, 1);
    topics.create(weights, 2, {{"cleanup.policy", "compact"}});
  }

  [[nodiscard]] strings run_it(const std::string& of_table, const strings& more) const {
    const auto file = folder.write("scales.yaml", fmt::format(R"(aisle: 1
topology: scales
sources:
  hits: {{topic: {}, contract: hit, disorder: 0s}}
tables:
  weights: {{topic: {}, contract: weight, {}}}
actors:
  page:
    per: page
    reads: hits
    knows: weights
    windows:
      minute: {{tumbling: 1m, keep: {{n: count(), w: sum(weights.weight)}}}}
sinks:
  sums: {{from: page.windows, topic: {}}}
)",
                                                              hits, weights, of_table, sums));
    strings command{"run",   file,           "--log",   "kafka:" + servers,
                    "--out", folder / "out", "--epoch", "100ms"};
    command.insert(command.end(), more.begin(), more.end());
    return aisle_command(command);
  }

  /// A hit of each page in a minute, and what closes it.
  void hit(int minute, const strings& pages) const {
    std::vector<kafka_record> records;
    const auto add = [&](int at, const std::string& page) {
      kafka_record made;
      made.value = fmt::format(R"({{"id":"{0}-{1}","at":"2026-03-02T00:{0:02}:00Z","page":"{1}"}})",
                               at, page);
      records.push_back(std::move(made));
    };
    for (const auto& page : pages) {
      add(minute, page);
    }
    add(minute + 1, "end");
    test_support::append(servers, hits, records);
  }
  /// What the row of this page weighed in the minute: the window's sum, `none` before it is there.
  [[nodiscard]] std::string weighed(int minute, const std::string& page) const {
    if (kafka_topics{servers}.partitions(sums) == 0) {
      return "none";
    }
    for (const auto& record : test_support::read_all(servers, sums)) {
      const auto window = json::parse(*record.value);
      if (window["key"]["page"] == page &&
          window["start"] == fmt::format("2026-03-02T00:{:02}:00.000Z", minute)) {
        return window["values"]["w"].dump();
      }
    }
    return "none";
  }

  std::string servers;
  temp_folder folder;
  std::string hits = unique_name("hits");
  std::string weights = unique_name("weights");
  std::string sums = unique_name("sums");
};

/// Debezium's changes of rows, in Avro with the id of its schema before each.
struct changes {
  const scales& of;

  void append(const std::string& page, const std::optional<json>& change) const {
    kafka_record made;
    // As its serialiser writes the key's record {page}: with the id of a schema, in front.
    made.key = std::string("\0\0\0\0\6", 5) + static_cast<char>(2 * page.size()) + page;
    if (change) {
      made.value = std::string("\0\0\0\0\7", 5) + record::test::written(envelope_schema, *change);
    }
    test_support::append(of.servers, of.weights, {made});
  }
  void weigh(const std::string& page, int weight, const std::string& op = "c") const {
    append(page, json{{"before", nullptr},
                      {"after", {{"page", page}, {"weight", weight}}},
                      {"source", {{"ts_ms", 1}}},
                      {"op", op},
                      {"ts_ms", 2}});
  }
  void erase(const std::string& page) const {
    append(page, json{{"before", nullptr},
                      {"after", nullptr},
                      {"source", {{"ts_ms", 1}}},
                      {"op", "d"},
                      {"ts_ms", 2}});
  }
};

bool weighs(const scales& of, int minute, const std::string& page, const std::string& what) {
  std::string found;
  const bool is_so = eventually([&] { return (found = of.weighed(minute, page)) != "none"; });
  CHECK_MESSAGE(found == what, page << " in minute " << minute);
  return is_so && found == what;
}

/// A page without a row has nothing to be summed.
const std::string nothing = "null";

TEST_CASE("a table of Debezium's changes in Avro is kept current, and is there after kill -9") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const scales pages{*servers};
  const changes rows{pages};
  http_server registry{[](const http_request& request, std::size_t) {
    return request.path == "/schemas/ids/7"
               ? http_reply{.body = json{{"schema", envelope_schema}}.dump()}
               : http_reply{.status = 404};
  }};
  registry.open();
  const auto config =
      pages.folder.write("node.yaml", fmt::format("registry: \"{}\"\n", registry.origin()));
  const auto command = pages.run_it("format: avro, envelope: debezium",
                                    {"--config", config, "--state", pages.folder / "state"});
  const how_to_run how{.environment = {"no_proxy=127.0.0.1"}};
  rows.weigh("home", 10);
  rows.weigh("cart", 5);
  rows.weigh("terms", 3);
  rows.erase("cart");
  pages.hit(1, {"home", "cart", "terms"});
  {
    running run{command, how};
    REQUIRE(weighs(pages, 1, "home", "10"));
    weighs(pages, 1, "cart", nothing);
    rows.weigh("home", 20, "u");
    REQUIRE(eventually([&] { return run.said().contains("version 2 is in force"); }));
    rows.append("terms", std::nullopt);
    REQUIRE(eventually([&] { return run.said().contains("version 3 is in force"); }));
    pages.hit(3, {"home", "terms"});
    REQUIRE(weighs(pages, 3, "home", "20"));
    weighs(pages, 3, "terms", nothing);
    run.send(SIGKILL);
    run.wait();
  }
  rows.erase("home");
  rows.weigh("cart", 7, "r");
  pages.hit(5, {"home", "cart", "terms"});
  running run{command, how};
  REQUIRE(weighs(pages, 5, "cart", "7"));
  weighs(pages, 5, "home", nothing);
  weighs(pages, 5, "terms", nothing);
  run.send(SIGTERM);
  const auto ended = run.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
}

TEST_CASE("a table's schema that is out of reach is waited for, and at the start not for ever") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  const scales pages{*servers};
  const changes rows{pages};
  http_server registry{[](const http_request&, std::size_t) {
    return http_reply{.body = json{{"schema", envelope_schema}}.dump()};
  }};
  const auto command = [&](const std::string& patience) {
    const auto config = pages.folder.write(
        patience + ".yaml", fmt::format("kafka: {{connect_within: {}}}\nregistry: \"{}\"\n",
                                        patience, registry.origin()));
    return pages.run_it("format: avro, envelope: debezium",
                        {"--config", config, "--state", pages.folder / "state"});
  };
  const how_to_run how{.environment = {"no_proxy=127.0.0.1"}};
  {
    running run{command("60s"), how};
    pages.hit(1, {"home"});
    REQUIRE(weighs(pages, 1, "home", nothing));
    rows.weigh("home", 10);
    REQUIRE(eventually([&] { return run.said().contains("table weights waits: schema 7"); }));
  }
  const auto refused = run(command("10s"), how);
  CHECK(refused.code == 3);
  CHECK_MESSAGE(refused.err.contains("waited 10s for a schema: schema 7"), refused.err);
  registry.open();
  running run{command("60s"), how};
  pages.hit(3, {"home"});
  CHECK(weighs(pages, 3, "home", "10"));
  run.send(SIGTERM);
  CHECK(run.wait().code == 0);
}

TEST_CASE("a table's topic takes msgpack and Debezium's JSON, too") {
  const auto servers = test_support::shared_kafka();
  if (!servers) return;
  for (const bool packed : {true, false}) {
    CAPTURE(packed);
    const scales pages{*servers};
    const json row{{"page", "home"}, {"weight", 4}};
    kafka_record record;
    record.key = "home";
    const auto bytes = json::to_msgpack(row);
    record.value = packed ? std::string{bytes.begin(), bytes.end()}
                          : json{{"payload", {{"after", row}, {"op", "c"}}}}.dump();
    test_support::append(pages.servers, pages.weights, {record});
    pages.hit(1, {"home"});
    const auto ended =
        run(pages.run_it(packed ? "format: msgpack" : "envelope: debezium", {"--bounded"}));
    CHECK_MESSAGE(ended.code == 0, ended.err);
    weighs(pages, 1, "home", "4");
  }
}

}  // namespace
}  // namespace aisle::e2e
