// SPDX-License-Identifier: Apache-2.0
// Where and how actors live: results never depend on it, and a running node shows them.
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

/// retail with words put behind this place of it.
std::string changed_retail(const temp_folder& in, const std::string& behind,
                           const std::string& words) {
  auto text = content_of(source_path("topologies/retail/retail.yaml"));
  const auto at = text.find(behind);
  REQUIRE(at != std::string::npos);
  text.insert(at + behind.size(), words);
  return in.write("changed.yaml", text);
}

std::vector<std::string> results_with(const temp_folder& in, const world& of,
                                      const std::string& topology, const strings& more) {
  const auto folder = of.folder.string();
  strings command{"run",           topology,    "--log",       "files:" + folder, "--set",
                  "dir=" + folder, "--bounded", "--overwrite", "--out",           in / "out"};
  command.insert(command.end(), more.begin(), more.end());
  aisle_done(command);
  auto results = results_of(in.path() / "out");
  results.push_back(summary_of(in.path() / "out").dump());
  return results;
}

TEST_CASE(
    "retail with room for next to nobody, with actors that sleep early, and an actor per "
    "store: the same output") {
  const temp_folder in;
  const auto of = make_dirty_world(in);
  const auto wanted = results_with(in, of, "retail", {});
  REQUIRE(wanted.size() > 500);
  CHECK((results_with(in, of, "retail", {"--memory", "1B"}) == wanted));
  CHECK((results_with(in, of, "retail", {"--memory", "64KiB", "--shards", "1"}) == wanted));
  const auto sleepy = changed_retail(in, "    per: sku\n", "    sleep_after: 1h\n");
  CHECK((results_with(in, of, sleepy, {}) == wanted));
  const auto per_key = changed_retail(in, "    per: store_id\n", "    shards: per_key\n");
  CHECK((results_with(in, of, per_key, {}) == wanted));
  CHECK((results_with(in, of, per_key, {"--memory", "1B"}) == wanted));
}

TEST_CASE("a scratch folder that is not there, and a memory that is no number, start nothing") {
  const temp_folder in;
  const auto of = make_world(in);
  const auto folder = of.folder.string();
  strings command{"run",           "retail",    "--log", "files:" + folder, "--set",
                  "dir=" + folder, "--bounded", "--out", in / "o"};
  auto nowhere = command;
  nowhere.insert(nowhere.end(), {"--memory", "1MiB", "--scratch", in / "none"});
  const auto refused = aisle(nowhere);
  CHECK(refused.code == 2);
  CHECK(refused.err.contains("--scratch"));
  command.insert(command.end(), {"--memory", "much"});
  CHECK(aisle(command).code == 2);
}

strings with_sockets_in(const temp_folder& in, const strings& arguments) {
  auto command = aisle_command(arguments);
  command.insert(command.begin(), {"env", "XDG_RUNTIME_DIR=" + in.path().string()});
  return command;
}

TEST_CASE("a running node lists its actors and shows one of them, to its user only") {
  const temp_folder in;
  const auto of = make_world(in);
  const auto folder = of.folder.string();
  CHECK(run(with_sockets_in(in, {"actor", "ls"})).code == 2);
  {
    // It waits for room, and answers meanwhile.
    const running node{with_sockets_in(in, {"run", "retail", "--log", "files:" + folder, "--set",
                                            "dir=" + folder, "--bounded", "--out", in / "out"}),
                       {.in = {}, .input = {}, .file_bytes_max = 20'000}};
    finished listed;
    const bool has_stores = eventually([&] {
      listed = run(with_sockets_in(in, {"actor", "ls", "store", "--limit", "2"}));
      return listed.code == 0 && !listed.out.empty();
    });
    REQUIRE_MESSAGE(has_stores, listed.code, " ", listed.err);
    const auto one = json::parse(listed.out.substr(0, listed.out.find('\n')));
    CHECK(one["stage"] == "store");
    CHECK(one["quarantined"] == false);
    struct stat socket{};
    for (const auto& file : files_below(in.path() / "aisle")) {
      REQUIRE(::stat((in.path() / "aisle" / file).c_str(), &socket) == 0);
      CHECK((socket.st_mode & 0777) == 0600);
    }
    const std::string key = one["key"]["store_id"];
    const auto shown = run(with_sockets_in(in, {"actor", "get", "store", key}));
    REQUIRE(shown.code == 0);
    const auto state = json::parse(shown.out)["state"];
    CHECK(state["sales_5m"]["events"].get<int>() > 0);
    CHECK(state["odd_amount"]["level"]["n"].get<int>() > 0);
    CHECK(state["fast_till"]["known"].is_array());
    CHECK(run(with_sockets_in(in, {"actor", "get", "store", "nowhere"})).code == 1);
    CHECK(run(with_sockets_in(in, {"actor", "release", "store", key})).code == 1);
    CHECK(run(with_sockets_in(in, {"actor", "ls", "shelf"})).code == 2);
  }
  // It was killed, and what it left is cleared away by who looks next.
  CHECK(run(with_sockets_in(in, {"actor", "ls"})).code == 2);
  CHECK(files_below(in.path() / "aisle").empty());
}

constexpr std::string_view overflowing = R"(aisle: 1
topology: gates
order: arrival
sources:
  visits: {files: visits.ndjson, contract: visit}
actors:
  gate:
    per: gate
    reads: visits
    decides:
      odd: {anomaly: amount, of: fee * 90000000000000000}
sinks:
  decisions: {from: "*.decisions", files: decisions}
  rejects:   {from: dead_letters,  files: rejects}
)";

constexpr std::string_view visit_contract = R"(apiVersion: v3.1.0
kind: DataContract
name: visit
version: 1.0.0
schema:
  - properties:
      - {name: at, logicalType: timestamp, required: true, eventTime: true}
      - {name: gate, logicalType: string, required: true, partitioned: true}
      - {name: fee, logicalType: integer, required: true}
)";

void append_visit(const temp_folder& in, std::string_view gate, int fee) {
  std::ofstream{in.path() / "visits.ndjson", std::ios::app}
      << R"({"at":"2026-01-05T10:00:00Z","gate":")" << gate << R"(","fee":)" << fee << "}\n";
}

json shown(const temp_folder& in, const std::string& gate) {
  const auto got = run(with_sockets_in(in, {"actor", "get", "gate", gate}));
  return got.code == 0 ? json::parse(got.out) : json{{"quarantined", nullptr}};
}

TEST_CASE("a quarantined actor of a running node is released, and takes events again") {
  const temp_folder in;
  const auto topology = in.write("gates.yaml", overflowing);
  std::filesystem::create_directories(in.path() / "contracts");
  in.write("contracts/visit.yaml", visit_contract);
  // A hundred and more is beyond what a number can hold: after three of them it is quarantined.
  for (int i = 0; i < 4; ++i) {
    append_visit(in, "north", 1'000);
    append_visit(in, "south", 1);
  }
  const running node{with_sockets_in(in, {"run", topology, "--out", in / "out"})};
  REQUIRE(eventually([&] { return shown(in, "north")["quarantined"] == true; }));
  CHECK(shown(in, "north")["failures"] == 3);
  CHECK(shown(in, "north")["state"]["odd"]["level"]["n"] == 0);
  const auto listed = run(with_sockets_in(in, {"actor", "ls", "gate", "--quarantined"}));
  CHECK(listed.out.contains("north"));
  CHECK_FALSE(listed.out.contains("south"));

  CHECK(run(with_sockets_in(in, {"actor", "release", "gate", "south"})).code == 1);
  CHECK(run(with_sockets_in(in, {"actor", "release", "gate", "north"})).code == 0);
  CHECK(shown(in, "north")["quarantined"] == false);
  CHECK(shown(in, "north")["failures"] == 0);
  append_visit(in, "north", 2);
  CHECK(eventually([&] { return shown(in, "north")["state"]["odd"]["level"]["n"] == 1; }));
  CHECK(run(with_sockets_in(in, {"actor", "release", "gate", "north"})).code == 1);
}

}  // namespace
}  // namespace aisle::e2e
