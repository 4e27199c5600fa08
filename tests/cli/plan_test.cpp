// SPDX-License-Identifier: Apache-2.0
// What `aisle plan` says of a state when its topology is edited.
#include <doctest/doctest.h>

#include "actors/catalog.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/topology/load.hpp"
#include "runtime/topology/manifest.hpp"
#include "tests/cli/shell.hpp"

namespace aisle::tool {
namespace {

const std::string scores = R"yaml(aisle: 1
topology: scores
sources: {points: {files: points.csv, contract: series_point}}
actors:
  all:
    per: []
    reads: points
    windows: {hourly: {tumbling: 1h, keep: {n: count()}}}
    reports:
      odd: {score: series, of: value, threshold: 4}
      ahead: {forecast: horizon, of: value}
sinks:
  windows: {from: all.windows, files: windows}
)yaml";

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  return text;
}

/// A folder with the topology, and a state that it has written.
struct fixture {
  fixture() {
    folder.write("points.csv", "timestamp,value\n2026-01-01 00:00:00,1\n");
    folder.write("scores.yaml", scores);
    topology::options with;
    with.working_dir = folder.path();
    with.contract_dirs = {std::filesystem::path{AISLE_SOURCE_DIR} / "config" / "contracts"};
    const auto plan = topology::load(folder.path() / "scores.yaml", with, shop::make_catalog());
    REQUIRE(plan.has_value());
    const auto state = open();
    REQUIRE(state->keep_schema(pack(topology::manifest_of(*plan, 4))).has_value());
  }
  [[nodiscard]] std::unique_ptr<kv::node_state> open() const {
    auto state = kv::node_state::open({.folder = folder.path() / "state",
                                       .when_absent = kv::open_options::absent::make,
                                       .new_id = {.high = 1, .low = 1}});
    REQUIRE_MESSAGE(state.has_value(), (state ? "" : state.error().message));
    return std::move(*state);
  }
  [[nodiscard]] said plan(const std::string& text, const std::string& more = "") const {
    folder.write("scores.yaml", text);
    return shell("aisle plan scores.yaml --state state " + more, folder.path());
  }

  temporary_folder folder;
};

TEST_CASE("the topology that wrote a state goes on with all of it") {
  const fixture f;
  const auto said = f.plan(scores);
  CHECK(said.code == 0);
  CHECK(said.out ==
        "source     points    kept          read on from where it was\n"
        "stage      all       kept\n"
        "behaviour    hourly  kept\n"
        "behaviour    odd     kept\n"
        "behaviour    ahead   kept\n"
        "sink       windows   kept\n");
  CHECK(said.err ==
        "aisle: nothing of the state is lost\n"
        "Next: aisle run scores.yaml --state state --out OUT\n");
}

TEST_CASE("another value of a parameter is told, and keeps what was learned") {
  const fixture f;
  const auto said = f.plan(edited(scores, "threshold: 4", "threshold: 5"));
  CHECK(said.code == 0);
  CHECK(holds(said.out, "behaviour    odd     kept          threshold: 4 → 5\n"));
}

TEST_CASE("what is new begins with what is read from now on") {
  const fixture f;
  const auto said = f.plan(edited(scores, "{hourly:",
                                  "{daily: {tumbling: 1d, keep: {n: count()}}, "
                                  "hourly:"));
  CHECK(said.code == 0);
  CHECK(holds(said.out, "behaviour    daily   new           it begins with what is read from now"));
}

TEST_CASE("what says `was:` goes on with the state of its old name") {
  const fixture f;
  const auto said = f.plan(edited(scores, "odd: {", "strange: {was: odd, "));
  CHECK(said.code == 0);
  CHECK(holds(said.out, "behaviour    strange  kept          was \"odd\"\n"));
  CHECK_FALSE(holds(said.out, "dropped"));
}

TEST_CASE("what is gone would be dropped: exit 1, and what to do instead") {
  const fixture f;
  const auto said = f.plan(edited(scores, "      ahead: {forecast: horizon, of: value}\n", ""));
  CHECK(said.code == 1);
  CHECK(holds(said.out, "behaviour    ahead   dropped       the stage has no such behaviour\n"));
  CHECK(holds(said.err,
              "write `was: ahead` in the one that goes on with its state, or run with "
              "--drop"));
  CHECK(holds(said.err,
              "Next: mend scores.yaml, or aisle run scores.yaml --state state --out OUT "
              "--drop\n"));
}

TEST_CASE("a window of another span cannot go on with the cells it has") {
  const fixture f;
  const auto said = f.plan(edited(scores, "tumbling: 1h", "tumbling: 2h"), "--json");
  CHECK(said.code == 1);
  CHECK(said.err.empty());
  CHECK(holds(said.out, R"("keeps_all":false,"may_drop":true)"));
  CHECK(holds(said.out, R"("name":"hourly","fate":"incompatible","why":"what it holds was )"
                        R"([1h: count()], and would be [2h: count()]")"));
}

TEST_CASE("nothing is compared where there is no state, or where somebody has it") {
  const fixture f;
  const auto absent = shell("aisle plan scores.yaml --state nowhere", f.folder.path());
  CHECK(absent.code == 2);
  CHECK(holds(absent.err, "no state is there"));
  CHECK(shell("aisle plan scores.yaml", f.folder.path()).code == 2);
  CHECK(f.plan("aisle: 1\n").code == 2);
  const auto held = f.open();
  const auto locked = f.plan(scores);
  CHECK(locked.code == 2);
  CHECK(holds(locked.err, "is in use by process "));
}

TEST_CASE("the numbers of shards are compared when they are said") {
  const fixture f;
  CHECK(f.plan(scores, "--shards 4").code == 0);
  const auto said = f.plan(scores, "--shards 3");
  CHECK(said.code == 1);
  CHECK(holds(said.err, "run with --shards 4"));
}

}  // namespace
}  // namespace aisle::tool
