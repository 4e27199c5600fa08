// SPDX-License-Identifier: Apache-2.0
// A state is looked into, copied, gone on from and compared, by the program itself.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/gates.hpp"
#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

namespace fs = std::filesystem;

strings with(std::string_view what, const strings& more) {
  strings all{"checkpoint", std::string{what}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<json> lines_of(const std::string& text) {
  std::vector<json> lines;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);) {
    lines.push_back(json::parse(line));
  }
  return lines;
}

json line_where(const std::vector<json>& lines, const std::string& member,
                const std::string& value) {
  for (const auto& line : lines) {
    if (line.value(member, "") == value) {
      return line;
    }
  }
  return {};
}

/// A site whose node has read some visits and was stopped: windows are open, some are out.
struct stopped_site : site {
  stopped_site() : site{"never"} {
    append("visits.ndjson", visit(0) + visit(1, "south") + visit(2));
    append("calls.ndjson", visit(0) + visit(2));
    go_on(3, 2);
  }

  [[nodiscard]] strings run_with(const std::string& state, const std::string& out,
                                 const strings& more) const {
    auto all = command(more);
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      all[i + 1] = all[i] == "--out" ? out : all[i + 1];
    }
    all.insert(all.end(), {"--state", state, "--epoch", "50ms"});
    return all;
  }

  /// Runs until so many records are in a complete epoch, then stops the node.
  void go_on(int visits, int calls) const {
    running node{run_with(folder / "state", folder / "out", {})};
    CHECK(eventually([&] {
      const auto text = content_of(folder / "out/summary.json");
      return text.find(fmt::format("\"visits\":{{\"read\":{},", visits)) != std::string::npos &&
             text.find(fmt::format("\"calls\":{{\"read\":{},", calls)) != std::string::npos;
    }));
    node.send(SIGTERM);
    CHECK(node.wait().code == 0);
  }
  void append_rest() const {
    append("visits.ndjson", visit(3) + visit(5));
    append("calls.ndjson", visit(4));
  }
};

TEST_CASE("what a stopped node's state holds is listed and shown, as text and as JSON") {
  const stopped_site at;
  const auto state = at.folder / "state";
  const auto epochs = lines_of(aisle_done(with("ls", {"--state", state, "--json"})).out);
  REQUIRE(!epochs.empty());
  CHECK(epochs.back()["newest_complete"] == true);
  CHECK(epochs.back()["copies"] == epochs.back()["of_copies"]);
  CHECK(epochs.back()["actors"].begin().value() == 2);

  const auto text = aisle_done(with("ls", {"--state", state}));
  CHECK(text.out.find("complete, newest") != std::string::npos);
  CHECK(text.err == fmt::format("Next: aisle checkpoint show --state {}\n", state));

  const auto shown = lines_of(aisle_done(with("show", {"--state", state, "--json"})).out);
  CHECK(line_where(shown, "kind", "state")["complete"] ==
        line_where(shown, "kind", "log")["stands_on"]);
  CHECK(line_where(shown, "source", "visits")["partitions"][0]["next"] == 3);
  CHECK(line_where(shown, "source", "calls")["partitions"][0]["next"] == 2);
  const auto all = aisle_done(with("show", {"--state", state}));
  CHECK(all.out.find("Complete of ") != std::string::npos);
  CHECK(all.out.find("visits/0") != std::string::npos);
}

TEST_CASE("an actor of a stopped node is shown as a running one would show it") {
  const stopped_site at;
  const auto state = at.folder / "state";
  const auto listed =
      lines_of(aisle_done({"actor", "ls", "--state", state, "--topology", at.file}).out);
  REQUIRE(listed.size() == 2);
  const auto stage = listed[0]["stage"].get<std::string>();
  CHECK(listed[0]["key"].is_object());
  CHECK(listed[0]["awake"] == false);

  const auto got = aisle({"actor", "get", stage, "north", "--state", state, "--topology", at.file});
  CHECK(got.code == 0);
  const auto one = json::parse(got.out);
  CHECK(one["key"].begin().value() == "north");
  CHECK(one["state"].is_object());
  CHECK(one["state"].dump().find("\"values\"") == std::string::npos);
  CHECK(aisle({"actor", "get", stage, "north", "--state", state}).code == 0);
  CHECK(aisle({"actor", "get", stage, "nobody", "--state", state}).code == 1);
  CHECK(aisle({"actor", "get", "no_stage", "north", "--state", state}).code == 2);
  CHECK(aisle({"actor", "release", stage, "north", "--state", state}).code == 2);
}

TEST_CASE("a sound state verifies; one flipped byte in it is found, with exit 1") {
  const stopped_site at;
  const auto state = at.folder / "state";
  const auto sound = aisle(with("verify", {"--state", state, "--topology", at.file}));
  CHECK(sound.code == 0);
  CHECK(sound.err.find("is sound") != std::string::npos);

  const auto file = fs::path{state} / "data.mdb";
  const auto kept = content_of(file);
  int found = 0;
  // Some pages are free, and what stands in them is nothing.
  for (std::size_t page = 3; page < kept.size() / 4096 && found == 0; ++page) {
    auto flipped = kept;
    flipped[page * 4096 + 4000] = static_cast<char>(flipped[page * 4096 + 4000] ^ 1);
    std::ofstream{file, std::ios::binary} << flipped;
    const auto said = aisle(with("verify", {"--state", state, "--json"}));
    CHECK((said.code == 0 || said.code == 1));
    found = said.code;
    if (found == 1) {
      CHECK(json::parse(said.out)["sound"] == false);
      CHECK(!json::parse(said.out)["findings"].empty());
    }
    std::ofstream{file, std::ios::binary} << kept;
  }
  CHECK(found == 1);
}

TEST_CASE("a restored export goes on in the same output as its original would have") {
  const stopped_site at;
  const auto copy = at.folder / "copy";
  const auto again = at.folder / "again";
  aisle_done(with("export", {copy, "--state", at.folder / "state"}));
  CHECK((files_below(copy) == std::vector<std::string>{"README.txt", "data.mdb", "export.json"}));
  const auto restored = aisle_done(with("restore", {copy, "--state", again}));
  CHECK(restored.err.find("the same --out") != std::string::npos);
  CHECK(aisle(with("diff", {at.folder / "state", again})).code == 0);

  at.append_rest();
  fs::copy(at.folder / "out", at.folder / "out2", fs::copy_options::recursive);
  CHECK(run(at.run_with(at.folder / "state", at.folder / "out", {"--bounded"})).code == 0);
  CHECK(run(at.run_with(again, at.folder / "out2", {"--bounded"})).code == 0);
  const auto results = results_of(at.folder / "out");
  CHECK(results.size() >= 5);
  CHECK((results_of(at.folder / "out2") == results));
}

TEST_CASE("an older state stops at an output that went on, and begins anew in an empty one") {
  const stopped_site at;
  const auto copy = at.folder / "copy";
  const auto old = at.folder / "old";
  const auto anew = at.folder / "anew";
  aisle_done(with("export", {copy, "--state", at.folder / "state"}));
  const auto before = results_of(at.folder / "out");
  at.append_rest();
  CHECK(run(at.run_with(at.folder / "state", at.folder / "out", {"--bounded"})).code == 0);
  const auto all = results_of(at.folder / "out");
  REQUIRE(all.size() > before.size());

  aisle_done(with("restore", {copy, "--state", old}));
  const auto refused = run(at.run_with(old, at.folder / "out", {"--bounded"}));
  CHECK(refused.code == 3);
  CHECK(refused.err.find("restored from too old a snapshot") != std::string::npos);
  CHECK((results_of(at.folder / "out") == all));

  const auto restored = aisle_done(with("restore", {copy, "--state", anew, "--new-output"}));
  CHECK(restored.err.find("begin anew") != std::string::npos);
  CHECK(run(at.run_with(anew, at.folder / "out2", {"--bounded"})).code == 0);
  auto joined = before;
  for (const auto& line : results_of(at.folder / "out2")) {
    joined.push_back(line);
  }
  std::ranges::sort(joined);
  auto wanted = all;
  std::ranges::sort(wanted);
  CHECK((joined == wanted));
}

TEST_CASE("two states differ by what was done in between: exit 1, and the fields that changed") {
  const stopped_site at;
  const auto copy = at.folder / "copy";
  aisle_done(with("export", {copy, "--state", at.folder / "state"}));
  at.append("visits.ndjson", visit(2) + visit(2, "west") + visit(3));
  at.append("calls.ndjson", visit(3));
  at.go_on(6, 3);
  const strings both{copy, at.folder / "state", "--topology", at.file};
  const auto text = aisle(with("diff", both));
  CHECK(text.code == 1);
  CHECK(text.out.find("1 added, 0 gone, 1 changed, 1 the same") != std::string::npos);
  CHECK(text.out.find(" -> ") != std::string::npos);
  CHECK(text.out.find("source visits/0: record 3") != std::string::npos);

  auto as_json = both;
  as_json.emplace_back("--json");
  const auto said = aisle(with("diff", as_json));
  const auto added = line_where(lines_of(said.out), "difference", "added");
  CHECK(added["before"].is_null());
  CHECK(added["key"].begin().value() == "west");
}

TEST_CASE("no run goes on from an export, and no export is restored that is not as it was made") {
  const stopped_site at;
  const auto copy = at.folder / "copy";
  aisle_done(with("export", {copy, "--state", at.folder / "state"}));
  const auto refused = run(at.run_with(copy, at.folder / "out", {"--bounded"}));
  CHECK(refused.code == 2);
  CHECK(refused.err.find("aisle checkpoint restore") != std::string::npos);
  CHECK(aisle(with("export", {copy, "--state", at.folder / "state"})).code == 2);
  CHECK(aisle(with("restore", {copy, "--state", at.folder / "state"})).code == 2);

  auto bytes = content_of(fs::path{copy} / "data.mdb");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream{fs::path{copy} / "data.mdb", std::ios::binary} << bytes;
  const auto changed = aisle(with("restore", {copy, "--state", at.folder / "new"}));
  CHECK(changed.code == 2);
  CHECK(changed.err.find("is not as it was exported") != std::string::npos);
  CHECK(!fs::exists(at.folder / "new"));
}

TEST_CASE("a state that a node has is not looked into: its process is named, exit 2") {
  const stopped_site at;
  const auto lock = fs::path{at.folder / "state"} / "lock";
  const auto before = content_of(lock);
  running node{at.run_with(at.folder / "state", at.folder / "out", {})};
  // Whoever looks earlier would have the folder himself.
  CHECK(eventually([&] { return content_of(lock) != before && content_of(lock).ends_with('\n'); }));
  const strings state{"--state", at.folder / "state"};
  const auto said = aisle(with("ls", state));
  CHECK(said.code == 2);
  CHECK(said.err.find("in use by process ") != std::string::npos);
  CHECK(said.err.find("aisle actor ls") != std::string::npos);
  CHECK(aisle(with("verify", state)).code == 2);
  node.send(SIGTERM);
  CHECK(node.wait().code == 0);
}

TEST_CASE("checkpoint says how it is called, and that a folder holds no state") {
  const temp_folder in;
  const auto bare = aisle({"checkpoint", "ls"});
  CHECK(bare.code == 2);
  CHECK(bare.err.find("it is aisle checkpoint ls --state DIR") != std::string::npos);
  CHECK(aisle(with("export", {"--state", in / "x"})).code == 2);
  CHECK(aisle(with("ls", {"--state", in / "x"})).code == 2);
  CHECK(aisle(with("ls", {"--state", in / "x", "--new-output"})).code == 2);
  CHECK(aisle(with("diff", {in / "x"})).code == 2);
}

}  // namespace
}  // namespace aisle::e2e
