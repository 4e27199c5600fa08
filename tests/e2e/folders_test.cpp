// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

const std::string lines =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "1,A,x,2,2011-01-18 09:00:00,1.25,7,Norway\n";

finished run_lines(const temp_folder& in, const strings& more = {}) {
  strings command{"run",   "online-retail", "--set",    "lines=" + in.write("lines.csv", lines),
                  "--out", in / "out",      "--bounded"};
  command.insert(command.end(), more.begin(), more.end());
  return aisle(command);
}

std::set<std::string> folders_of(const std::filesystem::path& out) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{out}) {
    if (entry.is_directory()) names.insert(entry.path().filename().string());
  }
  return names;
}

TEST_CASE("a sink writes its own folder, parts in it, and nothing else but the summary is there") {
  const temp_folder folder;
  REQUIRE(run_lines(folder).code == 0);
  CHECK(folders_of(folder.path() / "out") ==
        std::set<std::string>{"windows", "decisions", "late", "rejects"});
  for (const auto& file : files_below(folder.path() / "out")) {
    CAPTURE(file);
    const auto name = std::filesystem::path{file}.filename().string();
    const bool is_part = name.starts_with("part-") && name.ends_with(".ndjson");
    CHECK((file == "summary.json" || is_part));
  }
}

TEST_CASE("retail under --log files writes each topic as a folder") {
  const temp_folder folder;
  const auto out = run_retail(folder, make_world(folder), "out");
  CHECK(folders_of(out) == std::set<std::string>{"windows", "decisions", "late", "rejects"});
}

TEST_CASE("an output folder with bytes in it is refused, and left as it is") {
  const temp_folder folder;
  REQUIRE(run_lines(folder).code == 0);
  const auto before = results_of(folder.path() / "out");
  const auto again = run_lines(folder);
  CHECK(again.code == 2);
  CHECK_MESSAGE(again.err.find("--overwrite") != std::string::npos, again.err);
  CHECK(results_of(folder.path() / "out") == before);
}

TEST_CASE("--overwrite empties the folder of an earlier run") {
  const temp_folder folder;
  folder.write("out/windows/part-0099.ndjson", "{}\n");
  REQUIRE(run_lines(folder, {"--overwrite"}).code == 0);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out/windows/part-0099.ndjson"));
  const auto first = results_of(folder.path() / "out");
  REQUIRE(run_lines(folder, {"--overwrite"}).code == 0);
  CHECK(results_of(folder.path() / "out") == first);
}

TEST_CASE("--overwrite does not touch a folder that holds something else") {
  const temp_folder folder;
  const auto diary = folder.write("out/diary.txt", "dear diary");
  const auto ended = run_lines(folder, {"--overwrite"});
  CHECK(ended.code == 2);
  CHECK(ended.err.find("diary.txt") != std::string::npos);
  CHECK(content_of(diary) == "dear diary");
}

TEST_CASE("a topic is read plain, .gz or .zst, and two of them are refused") {
  const temp_folder folder;
  const auto of = make_world(folder);
  const auto plain = results_of(run_retail(folder, of, "plain"));
  CHECK(plain.size() > 500);
  const auto topic = (of.folder / "transactions.ndjson").string();
  REQUIRE(run({"gzip", "-k", topic}).code == 0);
  const auto dir = of.folder.string();
  const auto both = aisle({"run", "retail", "--log", "files:" + dir, "--set", "dir=" + dir, "--out",
                           folder / "both", "--bounded"});
  CHECK(both.code == 2);
  CHECK_MESSAGE(both.err.find("transactions.ndjson.gz") != std::string::npos, both.err);
  std::filesystem::remove(topic);
  CHECK(results_of(run_retail(folder, of, "gz")) == plain);
  REQUIRE(run({"gzip", "-d", topic + ".gz"}).code == 0);
  REQUIRE(run({"zstd", "-q", "--rm", topic}).code == 0);
  CHECK(results_of(run_retail(folder, of, "zst")) == plain);
}

TEST_CASE("a glob reads its files in the order of their names, as if they were one") {
  const temp_folder folder;
  const auto header = lines.substr(0, lines.find('\n') + 1);
  folder.write("in/a.csv", header + "1,A,x,2,2011-01-18 09:00:00,1.25,7,Norway\n");
  folder.write("in/b.csv", header + "1,A,x,3,2011-01-18 09:01:00,1.25,7,Norway\n");
  folder.write("in/one.csv.not", header + "1,A,x,2,2011-01-18 09:00:00,1.25,7,Norway\n" +
                                     "1,A,x,3,2011-01-18 09:01:00,1.25,7,Norway\n");
  aisle_done({"run", "online-retail", "--set", "lines=" + (folder / "in/*.csv"), "--out",
              folder / "glob", "--bounded"});
  std::filesystem::rename(folder.path() / "in/one.csv.not", folder.path() / "one.csv");
  aisle_done({"run", "online-retail", "--set", "lines=" + (folder / "one.csv"), "--out",
              folder / "one", "--bounded"});
  CHECK(results_of(folder.path() / "glob") == results_of(folder.path() / "one"));
  CHECK(results_of(folder.path() / "one").size() > 3);
}

TEST_CASE("aisle world: the truth names the baskets that are odd") {
  const temp_folder folder;
  const auto of = make_world(folder);
  const auto baskets = content_of(of.folder / "transactions.ndjson");
  std::istringstream truth{content_of(of.folder / "truth/anomalies.ndjson")};
  std::size_t planted = 0;
  for (std::string text; std::getline(truth, text); ++planted) {
    const auto anomaly = json::parse(text);
    CAPTURE(text);
    CHECK(anomaly.size() == 4);
    CHECK(baskets.find("\"transaction_id\":" + anomaly["event"].dump()) != std::string::npos);
    CHECK(anomaly["code"].is_string());
    CHECK(anomaly["store_id"].is_string());
    CHECK(anomaly["at"].is_string());
  }
  CHECK(planted > 5);
}

TEST_CASE("aisle world: the same arguments give the same bytes, another seed gives others") {
  const temp_folder a;
  const temp_folder b;
  const temp_folder c;
  make_world(a);
  make_world(b);
  make_world(c, {"--seed", "12"});
  const auto files = files_below(a.path());
  CHECK(files == files_below(b.path()));
  for (const auto* name :
       {"transactions.ndjson", "inventory-changes.ndjson", "customer-events.ndjson",
        "competitor-prices.ndjson", "stores.csv", "products.csv", "truth/anomalies.ndjson"}) {
    CAPTURE(name);
    const auto file = std::filesystem::path{"world"} / name;
    CHECK_FALSE(content_of(a.path() / file).empty());
    CHECK(content_of(a.path() / file) == content_of(b.path() / file));
    CHECK(content_of(a.path() / file) != content_of(c.path() / file));
  }
}

}  // namespace
}  // namespace aisle::e2e
