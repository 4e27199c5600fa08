// SPDX-License-Identifier: Apache-2.0
// `aisle world` that writes its events into an embedded log.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

const strings topics{"transactions", "inventory-changes", "customer-events", "competitor-prices"};

strings chain(const temp_folder& in, const strings& more) {
  strings command{"world",
                  "--out",
                  in / "world",
                  "--stores",
                  "4",
                  "--skus",
                  "80",
                  "--days",
                  "2",
                  "--bad-records",
                  "0.01",
                  "--log",
                  "embedded:" + (in / "log")};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

std::vector<json> records_in(const temp_folder& in, const std::string& topic) {
  const auto read =
      aisle_done({"log", "read", topic, "--json", "--log", "embedded:" + (in / "log")});
  std::vector<json> all;
  std::istringstream lines{read.out};
  for (std::string line; std::getline(lines, line);)
    all.push_back(json::parse(line));
  return all;
}

TEST_CASE("a world in a log is the world in files, record by record in the order of arrival") {
  const temp_folder folder;
  aisle_done(chain(folder, {}));
  aisle_done({"world", "--out", folder / "files", "--stores", "4", "--skus", "80", "--days", "2",
              "--bad-records", "0.01"});
  for (const auto& topic : topics) {
    CAPTURE(topic);
    const auto read = aisle_done({"log", "read", topic, "--log", "embedded:" + (folder / "log")});
    CHECK(read.out == content_of(folder.path() / "files" / (topic + ".ndjson")));
    CHECK_FALSE(std::filesystem::exists(folder.path() / "world" / (topic + ".ndjson")));
    const auto records = records_in(folder, topic);
    CHECK(std::ranges::is_sorted(
        records, {}, [](const json& one) { return one["timestamp"].get<std::string>(); }));
  }
  for (const std::string file : {"stores.csv", "products.csv", "truth/anomalies.ndjson",
                                 "truth/products.ndjson", "truth/summary.json"}) {
    CHECK_MESSAGE(
        content_of(folder.path() / "world" / file) == content_of(folder.path() / "files" / file),
        file);
  }
}

TEST_CASE("a record is keyed by what its contract partitions by, and a damaged copy as the good") {
  const temp_folder folder;
  aisle_done(chain(folder, {"--partitions", "3"}));
  const std::map<std::string, std::string> keys{{"transactions", "store_id"},
                                                {"inventory-changes", "store_id"},
                                                {"customer-events", "customer_id"},
                                                {"competitor-prices", "sku"}};
  for (const auto& [topic, field] : keys) {
    CAPTURE(topic);
    std::map<std::string, std::set<int>> partitions_of_key;
    std::set<int> partitions;
    std::size_t compared = 0;
    for (const auto& record : records_in(folder, topic)) {
      const auto partition = record["partition"].get<int>();
      partitions_of_key[record["key"].get<std::string>()].insert(partition);
      partitions.insert(partition);
      const auto value = json::parse(record["value"].get<std::string>(), nullptr, false);
      if (value.is_object() && value.contains(field) && value[field].is_string()) {
        CHECK(value[field] == record["key"]);
        ++compared;
      }
    }
    CHECK(compared > 100);
    CHECK(partitions.size() > 1);
    for (const auto& [key, where] : partitions_of_key)
      CHECK_MESSAGE(where.size() == 1, key);
  }
  const auto out = folder / "out";
  aisle_done({"run", "retail", "--log", "embedded:" + (folder / "log"), "--set",
              "dir=" + (folder / "world"), "--out", out, "--bounded"});
  const auto truth = json::parse(content_of(folder.path() / "world/truth/summary.json"));
  const auto counted = summary_of(out)["sources"]["transactions"];
  CHECK(counted["accepted"] == truth["files"]["transactions"]["records"]);
  CHECK(counted["rejected"] == truth["files"]["transactions"]["bad"]);
  CHECK(counted["duplicate"] == truth["files"]["transactions"]["duplicates"]);
}

TEST_CASE("with --speed the topics of a log grow while a node follows them") {
  const temp_folder folder;
  // Two days and what comes late after them, at a day in half a second.
  running world{aisle_command(chain(folder, {"--speed", "172800"}))};
  REQUIRE(eventually(
      [&] { return std::filesystem::exists(folder.path() / "log/competitor-prices/topic"); }));
  running node{aisle_command({"run", "retail", "--log", "embedded:" + (folder / "log"), "--set",
                              "dir=" + (folder / "world"), "--out", folder / "out", "--json"})};
  CHECK(world.wait().code == 0);
  const auto sent = records_in(folder, "transactions").size();
  CHECK(eventually([&] {
    return std::filesystem::exists(folder.path() / "log/windows/topic") &&
           !records_in(folder, "windows").empty();
  }));
  node.send(SIGTERM);
  CHECK(node.wait().code == 0);
  CHECK(sent > 500);
}

TEST_CASE("2: a second world is not put into a log that holds one, nor into what is no log") {
  const temp_folder folder;
  aisle_done(chain(folder, {}));
  const auto refused = aisle(chain(folder, {}));
  CHECK(refused.code == 2);
  CHECK(refused.err.find("transactions in ") != std::string::npos);
  CHECK(refused.err.find("has records already") != std::string::npos);
  const auto none = aisle({"world", "--out", folder / "other", "--log", "kafka:here"});
  CHECK(none.code == 2);
  CHECK(none.err.find("expected kafka:HOST:PORT") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "other"));
  CHECK(aisle({"world", "--out", folder / "other", "--partitions", "2"}).code == 2);
}

}  // namespace
}  // namespace aisle::e2e
