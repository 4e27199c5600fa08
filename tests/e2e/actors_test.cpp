// SPDX-License-Identifier: Apache-2.0
// Where and how actors live: results never depend on it, and a running node shows them.
#include <algorithm>

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
    REQUIRE(eventually([&] {
      listed = run(with_sockets_in(in, {"actor", "ls", "store", "--limit", "2"}));
      return listed.code == 0 && !listed.out.empty();
    }));
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

/// Dead letters of the store because a behaviour threw.
std::ptrdiff_t failures_of(const std::filesystem::path& out, const std::string& store) {
  return std::ranges::count_if(records_of(out, "rejects"), [&](const json& letter) {
    return letter["reason"] == "failed" && letter["original"].dump().contains(store);
  });
}

TEST_CASE("a quarantined actor of a running node is released, and takes events again") {
  const temp_folder in;
  const auto of = make_world(in);
  const auto folder = of.folder.string();
  // Beyond what a decimal can hold for every basket: after three of them a store is quarantined.
  auto text = content_of(source_path("topologies/retail/retail.yaml"));
  const std::string amount = "anomaly: amount, of: total_amount";
  text.insert(text.find(amount) + amount.size(), " * 90000000000000000");
  const auto topology = in.write("overflows.yaml", text);
  strings command{"run",           topology,    "--log", "files:" + folder, "--set",
                  "dir=" + folder, "--bounded", "--out", in / "out"};
  std::string key;
  {
    // It waits for room, and answers meanwhile.
    running node{with_sockets_in(in, command), {.in = {}, .input = {}, .file_bytes_max = 20'000}};
    finished listed;
    REQUIRE(eventually([&] {
      listed = run(with_sockets_in(in, {"actor", "ls", "store", "--quarantined"}));
      return listed.code == 0 && !listed.out.empty();
    }));
    key = json::parse(listed.out.substr(0, listed.out.find('\n')))["key"]["store_id"];
    CHECK(run(with_sockets_in(in, {"actor", "release", "store", key})).code == 0);
    node.make_room();
    CHECK(node.wait().code == 0);
  }
  const auto& stores = records_of(in.path() / "out", "rejects");
  CHECK(stores.size() > 100);
  // It failed three times more, and was quarantined again; those that nobody released were not.
  CHECK(failures_of(in.path() / "out", key) == 6);
  std::size_t released = 0;
  for (const auto& letter : stores) {
    released += letter["reason"] == "failed" ? 1 : 0;
  }
  CHECK(released == 4 * 3 + 3);
}

}  // namespace
}  // namespace aisle::e2e
