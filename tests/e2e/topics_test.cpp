// SPDX-License-Identifier: Apache-2.0
// Topologies that read and write topics of an embedded log.
#include <algorithm>
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

const strings topics{"transactions", "inventory-changes", "customer-events", "competitor-prices"};

struct chain {
  temp_folder folder;
  world of = make_world(folder);
  std::string log = "embedded:" + (folder / "log");

  void append(const std::string& topic, const std::string& lines, const strings& more = {}) const {
    strings command{"log", "append", topic, "--log", log};
    command.insert(command.end(), more.begin(), more.end());
    aisle_done(command, {.in = {}, .input = lines});
  }
  void append_world() const {
    for (const auto& topic : topics) {
      append(topic, lines_of_world(topic));
    }
  }
  [[nodiscard]] std::string lines_of_world(const std::string& topic) const {
    return content_of(of.folder / (topic + ".ndjson"));
  }
  [[nodiscard]] strings retail(const strings& more) const {
    strings command{"run",   "retail",      "--log", log, "--set", "dir=" + of.folder.string(),
                    "--out", folder / "out"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  [[nodiscard]] strings lines_of(const std::string& topic) const {
    strings lines;
    const auto read = aisle({"log", "read", topic, "--log", log});
    for (std::size_t at = 0; at < read.out.size();) {
      const auto end = read.out.find('\n', at);
      lines.push_back(read.out.substr(at, end - at));
      at = end + 1;
    }
    std::ranges::sort(lines);
    return lines;
  }
};

TEST_CASE("topics of an embedded log give what the same records in files give") {
  const chain shop;
  shop.append_world();
  const auto ended = aisle_done(shop.retail({"--bounded"}));
  CHECK(ended.err.find("Topics written: decisions late rejects windows") != std::string::npos);
  const auto out = run_retail(shop.folder, shop.of, "from-files");
  for (const std::string sink : {"windows", "decisions", "late", "rejects"}) {
    CAPTURE(sink);
    CHECK(shop.lines_of(sink) == result_of(out, sink));
  }
  CHECK(shop.lines_of("windows").size() > 1000);
  CHECK(summary_of(shop.folder.path() / "out") == summary_of(out));
}

TEST_CASE("partitions of a topic are read as its own: the same windows, positions per partition") {
  const chain shop;
  for (const auto& topic : topics) {
    const bool of_stores = topic == "transactions" || topic == "inventory-changes";
    shop.append(topic, shop.lines_of_world(topic),
                {"--partitions", "3", "--key-field", of_stores ? "store_id" : "sku"});
  }
  aisle_done(shop.retail({"--bounded"}));
  const auto out = run_retail(shop.folder, shop.of, "from-files");
  CHECK(shop.lines_of("windows") == result_of(out, "windows"));
  CHECK(summary_of(shop.folder.path() / "out") == summary_of(out));
}

TEST_CASE(
    "a run that follows topics goes on as they grow, and each run takes them from the start") {
  const chain shop;
  const auto all = shop.lines_of_world("transactions");
  const auto half = all.find('\n', all.size() / 2) + 1;
  for (const auto& topic : topics) {
    shop.append(topic, topic == "transactions" ? all.substr(0, half) : shop.lines_of_world(topic));
  }
  running run{aisle_command(shop.retail({"--json"}))};
  CHECK(eventually([&] {
    return std::filesystem::exists(shop.folder / "log/windows") &&
           !shop.lines_of("windows").empty();
  }));
  const auto before = shop.lines_of("windows").size();
  shop.append("transactions", all.substr(half));
  CHECK(eventually([&] { return shop.lines_of("windows").size() > before; }));
  run.send(SIGTERM);
  const auto ended = run.wait();
  CHECK(ended.code == 0);
  CHECK(ended.out.find(R"("behind_records":0)") != std::string::npos);
}

TEST_CASE("a topic that a topology writes can be another's source") {
  const chain shop;
  shop.append_world();
  aisle_done(shop.retail({"--bounded"}));
  std::filesystem::create_directories(shop.folder.path() / "contracts");
  shop.folder.write("contracts/closed_window.yaml", R"(apiVersion: v3.1.0
kind: DataContract
name: closed_window
version: 1.0.0
schema:
  - properties:
      - {name: end, logicalType: timestamp, required: true, eventTime: true}
      - {name: stage, logicalType: string, required: true}
)");
  const auto file = shop.folder.write("counts.yaml", R"(aisle: 1
topology: counts
sources:
  windows: {topic: windows, contract: closed_window, disorder: 300d}
actors:
  stage:
    per: stage
    reads: windows
    windows:
      all: {tumbling: 400d, keep: {n: count()}}
sinks:
  out: {from: "*.windows", files: counted}
)");
  aisle_done({"run", file, "--log", shop.log, "--out", shop.folder / "counts", "--bounded"});
  const auto wanted = shop.lines_of("windows").size();
  std::uint64_t counted = 0;
  for (const auto& record : records_of(shop.folder.path() / "counts", "counted")) {
    counted += record["values"]["n"].get<std::uint64_t>();
  }
  CHECK(counted == wanted);
}

TEST_CASE("2: a topic that is not there is named, with the command that makes it") {
  const chain shop;
  const auto refused = aisle(shop.retail({"--bounded"}));
  CHECK(refused.code == 2);
  CHECK(refused.err.find("there is no topic transactions in the log") != std::string::npos);
  CHECK(refused.err.find("aisle log append transactions --log embedded:") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(shop.folder / "log"));
}

TEST_CASE("3: a damaged segment stops the run with the file and the byte") {
  const chain shop;
  shop.append_world();
  const auto segments = files_below(shop.folder / "log");
  const auto segment = std::ranges::find_if(segments, [](const std::string& name) {
    return name.starts_with("transactions/") && name.ends_with(".segment");
  });
  REQUIRE(segment != segments.end());
  const auto file = shop.folder.path() / "log" / *segment;
  auto bytes = content_of(file);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x20);
  shop.folder.write("log/" + *segment, bytes);
  const auto ended = aisle(shop.retail({"--bounded"}));
  CHECK(ended.code == 3);
  CHECK_MESSAGE(ended.err.find(*segment) != std::string::npos, ended.err);
  CHECK(ended.err.find("byte") != std::string::npos);
}

}  // namespace
}  // namespace aisle::e2e
