// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <filesystem>
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

TEST_CASE("through a log the chain hears a node that runs by itself, and obeys it") {
  const temp_folder folder;
  const auto log = "embedded:" + (folder / "log");
  running chain{
      aisle_command(closed_loop({"--stores", "4", "--skus", "40", "--days", "10", "--learn", "4",
                                 "--json", "--log", log, "--out", folder / "world"}))};
  REQUIRE(eventually(
      [&] { return std::filesystem::exists(folder.path() / "log/competitor-prices/topic"); }));
  running node{aisle_command({"run", "retail", "--log", log, "--set", "dir=" + (folder / "world"),
                              "--out", folder / "out", "--epoch", "50ms", "--quiet"})};
  const auto ended = chain.wait();
  REQUIRE_MESSAGE(ended.code == 0, ended.err);
  node.send(SIGTERM);
  CHECK(node.wait().code == 0);
  const auto told = json::parse(ended.out);
  CHECK(told["decisions"]["reorder"] > 50);
  CHECK(told["obeyed"]["orders"] > 20);
  CHECK(told["obeyed"]["orders"] <= told["decisions"]["reorder"]);
  CHECK(told["books"]["obeyed"]["orders"] == told["obeyed"]["orders"]);
  // The node has read what the chain told, and nothing of it came too late.
  const auto counted = summary_of(folder.path() / "out");
  std::uint64_t read = 0;
  for (const auto& source : counted["sources"])
    read += source["accepted"].get<std::uint64_t>();
  CHECK(read == told["events"]);
  for (const auto& stage : counted["stages"])
    CHECK(stage["late"] == 0);
}

TEST_CASE("2: a loop through a log needs its own options, and no other's") {
  const temp_folder folder;
  const auto log = "embedded:" + (folder / "log");
  for (const auto& wrong : {strings{"--log", log}, strings{"--speed", "10"},
                            strings{"--log", log, "--out", folder / "w", "--run", "retail"},
                            strings{"--log", log, "--out", folder / "w", "--seeds", "2"},
                            strings{"--log", "files:here", "--out", folder / "w"}}) {
    CHECK(aisle(closed_loop(wrong)).code == 2);
  }
  CHECK(aisle({"run", "retail", "--out", folder / "o", "--epoch", "soon"}).code == 2);
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
