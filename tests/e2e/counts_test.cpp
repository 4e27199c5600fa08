// SPDX-License-Identifier: Apache-2.0
#include <map>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

// Source → topic, as retail names them.
const std::map<std::string, std::string> topics{{"transactions", "transactions"},
                                                {"stock_moves", "inventory-changes"},
                                                {"clicks", "customer-events"},
                                                {"competitors", "competitor-prices"}};

TEST_CASE("counts add up over a dirty world, source by source and stage by stage") {
  const temp_folder folder;
  const auto of = make_dirty_world(folder);
  const auto out = run_retail(folder, of, "out");
  const auto summary = summary_of(out);

  std::uint64_t rejected = 0;
  for (const auto& [source, counts] : summary["sources"].items()) {
    CAPTURE(source);
    CHECK(counts["read"].get<std::uint64_t>() > 100);
    CHECK(counts["read"] == counts["accepted"].get<std::uint64_t>() +
                                counts["rejected"].get<std::uint64_t>() +
                                counts["duplicate"].get<std::uint64_t>());
    rejected += counts["rejected"].get<std::uint64_t>();
    const auto& made = of.truth["files"][topics.at(source)];
    CHECK(counts["read"] == made["lines"]);
    CHECK(counts["rejected"] == made["bad"]);
    CHECK(counts["duplicate"] == made["duplicates"]);
    CHECK(counts["accepted"] == made["records"]);
  }
  CHECK(summary["sources"].size() == topics.size());
  CHECK(rejected > 20);

  std::uint64_t dead_in_stages = 0;
  for (const auto& [stage, counts] : summary["stages"].items()) {
    CAPTURE(stage);
    CHECK(counts["in"].get<std::uint64_t>() > 100);
    CHECK(counts["in"] ==
          counts["applied"].get<std::uint64_t>() + counts["late"].get<std::uint64_t>() +
              counts["failed"].get<std::uint64_t>() + counts["quarantined"].get<std::uint64_t>());
    dead_in_stages +=
        counts["failed"].get<std::uint64_t>() + counts["quarantined"].get<std::uint64_t>();
  }
  CHECK(summary["stages"].size() == 3);

  std::map<std::string, std::uint64_t> letters;
  for (const auto& letter : records_of(out, "rejects")) {
    ++letters[letter["stage"].is_string() && letter["stage"] != "" ? "of stages" : "of sources"];
  }
  CHECK(letters["of sources"] == rejected);
  CHECK(letters["of stages"] == dead_in_stages);
  CHECK(records_of(out, "late").size() > 10);
}

TEST_CASE("a dead letter holds the bytes of the line it is about") {
  const temp_folder folder;
  const auto of = make_dirty_world(folder);
  const auto out = run_retail(folder, of, "out");
  std::map<std::string, strings> lines;
  for (const auto& [source, topic] : topics) {
    std::istringstream all{content_of(of.folder / (topic + ".ndjson"))};
    for (std::string line; std::getline(all, line);)
      lines[source].push_back(line);
  }
  for (const auto& letter : records_of(out, "rejects")) {
    CAPTURE(letter.dump());
    REQUIRE(letter.contains("original"));
    CHECK(letter["original"] == lines[letter["source"]].at(letter["offset"].get<std::size_t>()));
    CHECK_FALSE(letter["reason"].get<std::string>().empty());
    CHECK_FALSE(letter["message"].get<std::string>().empty());
  }
}

TEST_CASE("a source that no stage reads is read to its end, and its refused records come out") {
  const temp_folder folder;
  folder.write("unread.yaml", R"(aisle: 1
topology: unread
sources:
  few:  {files: few.csv, contract: sale}
  many: {files: many.csv, contract: sale}
actors:
  one:
    per: id
    reads: few
    windows:
      hourly:
        tumbling: 1h
        keep: {n: count()}
sinks:
  windows: {from: "*.windows",   files: windows}
  rejects: {from: dead_letters, files: rejects}
)");
  folder.write("contracts/sale.yaml", R"(apiVersion: v3.1.0
kind: DataContract
name: sale
version: 1.0.0
schema:
  - properties:
      - {name: id, logicalType: string, required: true, primaryKey: true}
      - {name: at, logicalType: timestamp, required: true, eventTime: true}
)");
  folder.write("few.csv", "id,at\n1,2026-01-05T10:00:00Z\n");
  constexpr std::size_t bad = 150'000;
  std::string many = "id,at\n";
  for (std::size_t i = 0; i < bad; ++i) {
    many += std::to_string(i) + ",never\n";
  }
  folder.write("many.csv", many);
  const auto ended = aisle({"run", folder / "unread.yaml", "--out", folder / "out", "--bounded"},
                           {.in = folder.path(), .input = {}, .file_bytes_max = 0});
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  CHECK(summary_of(folder.path() / "out")["sources"]["many"]["rejected"] == bad);
  CHECK(result_of(folder.path() / "out", "rejects").size() == bad);
  CHECK(result_of(folder.path() / "out", "windows").size() == 1);
}

}  // namespace
}  // namespace aisle::e2e
