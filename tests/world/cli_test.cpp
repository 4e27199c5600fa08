// SPDX-License-Identifier: Apache-2.0
#include "tools/world/cli.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/world/folder.hpp"
#include "tools/world/options.hpp"

using namespace aisle::world;

namespace {

struct said {
  int code;
  std::string out;
  std::string err;
};

std::string all_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
    text += static_cast<char>(c);
  }
  std::fclose(file);
  return text;
}

std::expected<topic_opener, world_error> no_log_here(const world_options& options) {
  return std::unexpected(world_error{errc::no_log, "asked for " + options.log});
}

said run(const std::vector<std::string>& words) {
  std::vector<const char*> args;
  for (const auto& each : words) {
    args.push_back(each.c_str());
  }
  auto* out = std::tmpfile();
  auto* err = std::tmpfile();
  const auto code = run_cli(args, out, err, no_log_here);
  return {code, all_of(out), all_of(err)};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a world is made, told on stderr, and with --json on stdout") {
  const folder place;
  const auto out = (place.path() / "new" / "world").string();
  const auto made = run({"--seed", "3", "--stores=2", "--skus", "20", "--days", "1", "--start",
                         "2026-02-28", "--out", out, "--json"});
  CHECK(made.code == 0);
  CHECK(has(made.err, "2 stores, 20 SKUs and 1 days from 2026-02-28, seed 3"));
  CHECK(has(made.err, "aisle run retail --log files:" + out));
  const auto told = nlohmann::json::parse(made.out);
  CHECK(told["options"]["stores"] == 2);
  CHECK(made.out == content(std::filesystem::path{out} / "truth" / "summary.json"));
}

TEST_CASE("without --json stdout stays empty") {
  const folder place;
  const auto made =
      run({"--stores", "1", "--skus", "5", "--days", "1", "--out", place.path().string()});
  CHECK(made.code == 0);
  CHECK(made.out.empty());
}

TEST_CASE("everything wrong is told at once, with what to do, and nothing is written") {
  const folder place;
  const auto out = place.path() / "none";
  const auto made = run({"--stroes", "3", "--days", "x", "--start", "2026-02-30", "--skus", "0",
                         "--anomalies", "7", "--out", out.string()});
  CHECK(made.code == 2);
  CHECK(has(made.err, "did you mean --stores?"));
  CHECK(has(made.err, "'3' belongs to no option"));
  CHECK(has(made.err, "--days: 'x' is not a whole number"));
  CHECK(has(made.err, "--start: '2026-02-30' is not a day of the calendar"));
  CHECK(has(made.err, "--skus is 0; give a whole number from 1 to 999999"));
  CHECK(has(made.err, "--anomalies is 7; give a share from 0 to 0.2"));
  CHECK(has(made.err, "Nothing was written"));
  CHECK_FALSE(std::filesystem::exists(out));
}

TEST_CASE("a missing folder, a missing value and nonsense dates are refused") {
  CHECK(has(run({}).err, "--out is missing"));
  CHECK(run({}).code == 2);
  CHECK(has(run({"--out"}).err, "--out needs a value"));
  for (const auto* date : {"", "2026", "2026/01/05", "05.01.2026", "2026-1-5", "2026-01-05x"}) {
    CAPTURE(date);
    const auto made = run({"--out", "/nonexistent/x", "--start", date});
    CHECK(made.code == 2);
    CHECK(has(made.err, "is not a date like 2026-01-05"));
  }
  CHECK(has(run({"--out", "/nonexistent/x", "--start", "1600-01-01"}).err, "1980-01-01"));
}

TEST_CASE("a folder that cannot be made is told by name") {
  const auto made = run({"--stores", "1", "--skus", "1", "--days", "1", "--out", "/dev/null/x"});
  CHECK(made.code == 2);
  CHECK(has(made.err, "/dev/null/x"));
}

TEST_CASE("help names every option and goes to stdout") {
  const auto made = run({"--help"});
  CHECK(made.code == 0);
  for (const auto* name :
       {"--out", "--seed", "--stores", "--skus", "--days", "--start", "--anomalies", "--duplicates",
        "--stragglers", "--bad-records", "--json"}) {
    CHECK(has(made.out, name));
  }
}

TEST_CASE("a chain too large for memory is refused before it is made") {
  world_options options;
  options.out = "unused";
  options.stores = 10'000;
  options.skus = 900'000;
  const auto wrong = options.validate();
  REQUIRE(wrong.size() == 1);
  CHECK(has(wrong[0].message, "fewer stores or fewer SKUs"));
}

TEST_CASE("the defaults are a world, and NaN is no share") {
  world_options options;
  options.out = "unused";
  CHECK(options.validate().empty());
  options.faults.duplicates = std::stod("nan");
  CHECK(options.validate().size() == 1);
}
