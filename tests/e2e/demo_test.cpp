// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

TEST_CASE("the demo tells sales, anomalies, proposals and where the files are, plain in a pipe") {
  const temp_folder folder;
  const auto shown =
      run({source_path("tools/demo").string(), "--program", AISLE_PROGRAM, "--stores", "4",
           "--skus", "80", "--days", "5", "--loop-days", "28", "--folder", folder / "demo"});
  REQUIRE_MESSAGE(shown.code == 0, shown.err);
  for (const std::string part :
       {"The chain", "Records", "Sales by day", "Mon 05 Jan", "Anomalies", "recall", "Proposals",
        "order", "Three decisions, with their why", "rule:", "Where it all is", "summary.json",
        "obeying", "own rules", "profit", "lost sales", "stock held", "Waste"}) {
    CHECK_MESSAGE(shown.out.find(part) != std::string::npos, part);
  }
  CHECK(shown.out.find('\033') == std::string::npos);
  std::istringstream lines{shown.out};
  for (std::string line; std::getline(lines, line);) {
    if (line.find(folder.path().string()) == std::string::npos)
      CHECK_MESSAGE(line.size() <= 100, line);
  }
}

TEST_CASE("the demo's sales by day are those of the world's truth, but for what came too late") {
  const temp_folder folder;
  REQUIRE(run({source_path("tools/demo").string(), "--program", AISLE_PROGRAM, "--stores", "3",
               "--skus", "60", "--days", "2", "--loop-days", "8", "--folder", folder / "demo"})
              .code == 0);
  const auto truth = json::parse(content_of(folder.path() / "demo/world/truth/summary.json"));
  std::map<std::string, std::uint64_t> baskets;
  for (const auto& record : records_of(folder.path() / "demo/out", "windows")) {
    if (record["window"] == "sales_1d" && record["stage"] == "store" && record["final"]) {
      baskets[record["start"].get<std::string>().substr(0, 10)] +=
          record["values"]["baskets"].get<std::uint64_t>();
    }
  }
  std::map<std::string, std::uint64_t> late;
  for (const auto& record : records_of(folder.path() / "demo/out", "late")) {
    if (record["window"] == "sales_1d")
      ++late[record["event"]["timestamp"].get<std::string>().substr(0, 10)];
  }
  for (const auto& day : truth["sales_by_day"]) {
    const auto date = day["day"].get<std::string>();
    CHECK(baskets[date] + late[date] == day["transactions"]);
  }
}

}  // namespace
}  // namespace aisle::e2e
