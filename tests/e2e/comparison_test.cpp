// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

// What SQL says of the same input, to the last unit.
void check_equals_sql(std::string_view query, const std::string& input,
                      const std::filesystem::path& out) {
  const auto compared =
      run({"python3", "-B", source_path("tests/e2e/compare.py").string(),
           source_path("tests/e2e/sql").string() + "/" + std::string{query}, input, out.string()});
  MESSAGE(compared.out);
  CHECK_MESSAGE(compared.code == 0, compared.err);
}

// A file of real data, unpacked; empty when the data is not there, which the test then says.
std::string unpacked(const temp_folder& in, const std::string& name) {
  const char* set = std::getenv("AISLE_DATA");
  const auto data = set != nullptr ? std::filesystem::path{set} : source_path("../shared/data");
  const auto packed = data / (name + ".zst");
  if (!std::filesystem::exists(packed)) {
    MESSAGE("SKIPPED: no " << packed.string() << "; AISLE_DATA names the folder");
    return {};
  }
  const auto plain = in / name;
  REQUIRE(run({"zstd", "-dq", packed.string(), "-o", plain}).code == 0);
  return plain;
}

TEST_CASE("retail on a world: sales by 5 minutes, hour and day equal SQL, to the cent") {
  const temp_folder folder;
  const auto of = make_world(folder);
  const auto out = run_retail(folder, of, "out");
  check_equals_sql("retail.sql", (of.folder / "transactions.ndjson").string(), out);
}

TEST_CASE("retail on a dirty world: sales, rejects and late events equal SQL") {
  const temp_folder folder;
  const auto of = make_dirty_world(folder);
  const auto out = run_retail(folder, of, "out");
  check_equals_sql("retail.sql", (of.folder / "transactions.ndjson").string(), out);
}

TEST_CASE("online-retail: sales by country and best sellers equal SQL, to the tenth of a penny") {
  const temp_folder folder;
  const auto lines = unpacked(folder, "online_retail_2010-12_to_2011-08.csv");
  if (lines.empty()) return;
  aisle_done(
      {"run", "online-retail", "--set", "lines=" + lines, "--out", folder / "out", "--bounded"});
  check_equals_sql("online_retail.sql", lines, folder.path() / "out");
}

TEST_CASE("complete-journey: sales by store equal SQL, to the cent") {
  const temp_folder folder;
  const auto lines = unpacked(folder, "complete_journey_2017_h1.csv");
  const auto products = unpacked(folder, "complete_journey_products.csv");
  if (lines.empty() || products.empty()) return;
  aisle_done({"run", "complete-journey", "--set", "lines=" + lines, "--set", "products=" + products,
              "--out", folder / "out", "--bounded"});
  check_equals_sql("complete_journey.sql", lines, folder.path() / "out");
}

TEST_CASE("compressed input gives the same result as plain") {
  const temp_folder folder;
  const auto lines = unpacked(folder, "complete_journey_2017_h1.csv");
  const auto products = unpacked(folder, "complete_journey_products.csv");
  if (lines.empty() || products.empty()) return;
  REQUIRE(run({"zstd", "-q", lines, "-o", folder / "lines.csv.zst"}).code == 0);
  REQUIRE(run({"gzip", "-k", lines}).code == 0);
  std::vector<strings> results;
  for (const auto& input : {lines, folder / "lines.csv.zst", lines + ".gz"}) {
    aisle_done({"run", "complete-journey", "--set", "lines=" + input, "--set",
                "products=" + products, "--out", folder / "out", "--bounded", "--overwrite"});
    results.push_back(results_of(folder.path() / "out"));
  }
  CHECK(results[0].size() > 10'000);
  CHECK(results[1] == results[0]);
  CHECK(results[2] == results[0]);
}

}  // namespace
}  // namespace aisle::e2e
