// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

strings closed_loop(const strings& more) {
  strings command{"world", "closed-loop", "--stores", "3", "--skus", "120", "--days", "42"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

double number(const json& amount) { return std::stod(amount.get<std::string>()); }

TEST_CASE("the closed loop twice with one seed gives the same bytes") {
  const temp_folder folder;
  const auto first = aisle_done(closed_loop({"--seed", "5", "--json", "--out", folder / "a"}));
  const auto second = aisle_done(closed_loop({"--seed", "5", "--json", "--out", folder / "b"}));
  CHECK(first.out == second.out);
  const auto files = files_below(folder.path() / "a");
  CHECK(files == strings{"decisions.ndjson", "products.csv", "session.ndjson", "stores.csv"});
  for (const auto& file : files) {
    CHECK(content_of(folder.path() / "a" / file) == content_of(folder.path() / "b" / file));
  }
  const auto other = aisle_done(closed_loop({"--seed", "6", "--json"}));
  CHECK(first.out != other.out);
}

TEST_CASE("a closed loop can be had over again from outside, line by line, through lockstep") {
  const temp_folder folder;
  aisle_done(closed_loop({"--seed", "5", "--out", folder / "loop"}));
  const auto again =
      aisle_done({"run", "retail", "--lockstep", "--set", "dir=" + folder / "loop"},
                 {.in = {}, .input = content_of(folder.path() / "loop/session.ndjson")});
  std::multiset<std::string> outside;
  std::istringstream lines{again.out};
  for (std::string line; std::getline(lines, line);) {
    const std::string_view begin = R"({"sink":"decisions","record":)";
    if (line.starts_with(begin)) {
      outside.insert(line.substr(begin.size(), line.size() - begin.size() - 1));
    }
  }
  std::multiset<std::string> inside;
  std::istringstream kept{content_of(folder.path() / "loop/decisions.ndjson")};
  for (std::string line; std::getline(kept, line);)
    inside.insert(line);
  REQUIRE(inside.size() > 100);
  // The end of stdin closes what is still open; nothing may be missing.
  CHECK(std::includes(outside.begin(), outside.end(), inside.begin(), inside.end()));
}

TEST_CASE("with decisions obeyed the chain earns more and loses fewer sales") {
  for (const std::string seed : {"11", "12", "13"}) {
    CAPTURE(seed);
    const auto told = json::parse(aisle_done(closed_loop({"--seed", seed, "--json"})).out);
    const auto& own = told["books"]["own"];
    const auto& obeyed = told["books"]["obeyed"];
    CHECK(number(obeyed["profit"]) > number(own["profit"]));
    CHECK(number(obeyed["lost_value"]) < 0.8 * number(own["lost_value"]));
    CHECK(obeyed["orders"].get<int>() < 1.5 * own["orders"].get<int>());
    CHECK(told["obeyed"]["orders"] > 100);
  }
}

TEST_CASE("the closed loop refuses what it cannot run") {
  CHECK(aisle({"world", "closed-loop", "--learn", "60"}).code == 2);
  CHECK(aisle({"world", "closed-loop", "--stores", "0"}).code == 2);
  CHECK(aisle({"world", "closed-loop", "--run", "retial"}).code == 2);
  const auto ended = aisle({"world", "closed-loop", "--sead", "1"});
  CHECK(ended.code == 2);
  CHECK(ended.err.find("--seed") != std::string::npos);
}

}  // namespace
}  // namespace aisle::e2e
