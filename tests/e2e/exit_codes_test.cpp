// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

const std::string header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
const std::string line = "1,A,x,2,2011-01-18 09:00:00,1.25,7,Norway\n";

strings online_retail(const std::string& lines, const std::string& out, const strings& more = {}) {
  strings command{"run", "online-retail", "--set", "lines=" + lines, "--out", out, "--bounded"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

// Exit code 2: nothing was done, and a person is told why on stderr.
void check_refused(const strings& command, std::string_view because) {
  CAPTURE(command);
  const auto ended = aisle(command);
  CHECK(ended.code == 2);
  CHECK(ended.out.empty());
  CHECK_MESSAGE(ended.err.find(because) != std::string::npos, ended.err);
}

TEST_CASE("0: a run to its end, from any folder, without a terminal, and nothing on stdout") {
  const temp_folder folder;
  const auto lines = folder.write("lines.csv", header + line);
  how_to_run elsewhere;
  elsewhere.in = "/";
  const auto ended = aisle(online_retail(lines, folder / "out"), elsewhere);
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(ended.out.empty());
  CHECK(ended.err.find('\033') == std::string::npos);
  CHECK(ended.err.find('\r') == std::string::npos);
}

TEST_CASE("0: relative paths of the command line begin at the working directory") {
  const temp_folder folder;
  folder.write("lines.csv", header + line);
  how_to_run inside;
  inside.in = folder.path();
  const auto ended = aisle(online_retail("lines.csv", "out"), inside);
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(result_of(folder.path() / "out", "windows").size() > 0);
}

TEST_CASE("2: arguments nobody knows, and those that are missing") {
  const temp_folder folder;
  const auto lines = folder.write("lines.csv", header + line);
  check_refused({}, "aisle");
  check_refused({"rnu"}, "run");
  check_refused({"run"}, "TOPOLOGY");
  check_refused({"run", "online-retail", "--set", "lines=" + lines, "--bounded"}, "--out");
  check_refused(online_retail(lines, folder / "out", {"--sharts", "4"}), "--sharts");
  check_refused(online_retail(lines, folder / "out", {"--shards", "0"}), "shards");
  check_refused(online_retail(lines, folder / "out", {"--shards", "many"}), "shards");
  check_refused(online_retail(lines, folder / "out", {"--workers", "0"}), "workers");
  check_refused(online_retail(lines, folder / "out", {"--set", "nobody=1"}), "nobody");
  check_refused({"run", "online-retail", "--out", folder / "out", "--bounded"}, "lines");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out"));
}

TEST_CASE("2: what comes with later issues is refused, not ignored") {
  const temp_folder folder;
  const auto lines = folder.write("lines.csv", header + line);
  for (const strings& later : std::vector<strings>{{"--drop"}, {"--lockstep"}}) {
    check_refused(online_retail(lines, folder / "out", later), later.front());
  }
}

TEST_CASE("2: a topology that is not there, with the nearest that ships") {
  const temp_folder folder;
  check_refused({"run", "online-retial", "--out", folder / "out", "--bounded"}, "online-retail");
}

TEST_CASE("2: a log that lacks the topic, or is no address, is refused by name") {
  const temp_folder folder;
  const auto of = make_world(folder);
  for (const std::string kind : {"embedded", "kafka"}) {
    check_refused({"run", "retail", "--log", kind + ":x", "--set", "dir=" + of.folder.string(),
                   "--out", folder / "out", "--bounded"},
                  kind);
  }
}

TEST_CASE("2: input that is not there, is a folder, or is no CSV of this contract") {
  const temp_folder folder;
  check_refused(online_retail(folder / "nobody.csv", folder / "out"), "nobody.csv");
  check_refused(online_retail(folder / "nobody*.csv", folder / "out"), "nobody*.csv");
  std::filesystem::create_directories(folder.path() / "dir.csv");
  check_refused(online_retail(folder / "dir.csv", folder / "out"), "dir.csv");
  check_refused(online_retail(folder.write("empty.csv", ""), folder / "out"), "empty.csv");
  check_refused(online_retail(folder.write("other.csv", "a,b\n1,2\n"), folder / "out"),
                "StockCode");
  check_refused(online_retail(folder.write("x.csv.gz", "no gzip"), folder / "out"), "x.csv.gz");
}

TEST_CASE("3: input that turns out damaged on the way stops the run with the reason") {
  const temp_folder folder;
  std::string all = header;
  for (int i = 0; i < 50'000; ++i)
    all += line;
  const auto lines = folder.write("lines.csv", all);
  REQUIRE(run({"gzip", lines}).code == 0);
  const auto whole = content_of(lines + ".gz");
  const auto cut = folder.write("cut.csv.gz", whole.substr(0, whole.size() - 100));
  const auto ended = aisle(online_retail(cut, folder / "out"));
  CHECK(ended.code == 3);
  CHECK_MESSAGE(ended.err.find("cut.csv.gz is cut off at byte") != std::string::npos, ended.err);
}

bool has_bytes(const std::filesystem::path& folder) {
  const auto files = files_below(folder);
  return std::any_of(files.begin(), files.end(), [&](const auto& name) {
    return std::filesystem::file_size(folder / name) > 0;
  });
}

strings retail(const world& of, const std::string& out) {
  const auto dir = of.folder.string();
  return {"run",        "retail", "--log", "files:" + dir, "--set",
          "dir=" + dir, "--out",  out,     "--bounded"};
}

/// Ends a run by SIGTERM when it has begun to write, and looks at what it leaves; returns whether
/// the run had not come to its end before.
bool is_cut_off_whole(const world& of, const std::filesystem::path& out) {
  running program{aisle_command(retail(of, out.string()))};
  REQUIRE(eventually([&] { return has_bytes(out / "windows"); }));
  program.send(SIGTERM);
  const auto ended = program.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  const auto summary = summary_of(out);
  for (const auto& counts : summary["sources"]) {
    CHECK(counts["read"] == counts["accepted"].get<std::uint64_t>() +
                                counts["rejected"].get<std::uint64_t>() +
                                counts["duplicate"].get<std::uint64_t>());
  }
  for (const auto& name : files_below(out)) {
    const auto text = content_of(out / name);
    CHECK((text.empty() || text.back() == '\n'));
  }
  CHECK_NOTHROW(records_of(out, "windows"));
  return summary["sources"]["transactions"]["read"] < of.truth["files"]["transactions"]["lines"];
}

TEST_CASE("0: SIGTERM finishes the epoch, and what was written is whole") {
  const temp_folder folder;
  const auto of = make_world(folder, {"--stores", "40", "--skus", "1500", "--days", "7"});
  // On a busy machine the signal may come too late.
  int tries = 0;
  while (!is_cut_off_whole(of, folder.path() / fmt::format("out-{}", tries))) {
    REQUIRE(++tries < 10);
  }
}

TEST_CASE("a full disk pauses the run, which says so, and goes on when there is room") {
  const temp_folder folder;
  const auto of = make_world(folder);
  aisle_done(retail(of, folder / "expected"));
  how_to_run full;
  full.file_bytes_max = 20'000;
  running program{aisle_command(retail(of, folder / "out")), full};
  REQUIRE(eventually([&] { return program.said().find("cannot write") != std::string::npos; }));
  CHECK(program.said().find((folder.path() / "out").string()) != std::string::npos);
  program.make_room();
  const auto ended = program.wait();
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(results_of(folder.path() / "out") == results_of(folder.path() / "expected"));
  CHECK(summary_of(folder.path() / "out") == summary_of(folder.path() / "expected"));
}

const std::string broken = R"(aisle: 1
topology: broken
sources:
  points: {files: points.csv, contract: series_pint}
actors:
  one:
    per: nothing
    reads: pointss
    windoes: {}
sinks:
  windows: {from: "*.windows", files: windows}
)";

TEST_CASE("1 from check, 2 from run: a broken topology gives every error at once, with its place") {
  const temp_folder folder;
  const auto file = folder.write("broken.yaml", broken);
  const auto checked = aisle({"check", file});
  CHECK(checked.code == 1);
  for (const auto* text : {"broken.yaml:4:", "series_point", "broken.yaml:8:", "points",
                           "broken.yaml:9:", "windows"}) {
    CHECK_MESSAGE(checked.err.find(text) != std::string::npos, checked.err);
  }
  const auto ran = aisle({"run", file, "--out", folder / "out", "--bounded"});
  CHECK(ran.code == 2);
  CHECK(ran.err.find("broken.yaml:9:") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "out"));
}

TEST_CASE("--json gives diagnostics as a list for scripts") {
  const temp_folder folder;
  const auto checked = aisle({"check", folder.write("broken.yaml", broken), "--json"});
  CHECK(checked.code == 1);
  const auto all = json::parse(checked.out);
  REQUIRE(all.is_array());
  CHECK(all.size() >= 3);
  for (const auto& one : all) {
    for (const auto* name :
         {"path", "line", "column", "code", "message", "expected", "suggestion"}) {
      CHECK_MESSAGE(one.contains(name), one.dump());
    }
    CHECK(one["line"] >= 1);
    CHECK(one["column"] >= 1);
  }
}

TEST_CASE("0: explain, list and version need no data") {
  for (const std::string name :
       {"retail", "online-retail", "complete-journey", "series", "demand"}) {
    CAPTURE(name);
    const auto explained = aisle({"explain", name});
    CHECK(explained.code == 0);
    CHECK(explained.out.size() > 100);
  }
  const auto list = aisle({"list"});
  CHECK(list.code == 0);
  for (const auto* name : {"reorder", "retail", "transaction"}) {
    CHECK_MESSAGE(list.out.find(name) != std::string::npos, std::string{name});
  }
  const auto version = aisle({"version"});
  CHECK(version.code == 0);
  CHECK(version.out.find("0.") != std::string::npos);
}

TEST_CASE("0 from check when all is well, with the next command; 1 when the data is missing") {
  const temp_folder folder;
  const auto lines = folder.write("lines.csv", header + line);
  const auto good = aisle({"check", "online-retail", "--set", "lines=" + lines});
  CHECK_MESSAGE(good.code == 0, good.err);
  CHECK(good.err.find("Next: aisle run online-retail") != std::string::npos);
  const auto missing = aisle({"check", "online-retail", "--set", "lines=" + (folder / "no.csv")});
  CHECK(missing.code == 1);
  CHECK(missing.err.find("no.csv") != std::string::npos);
}

}  // namespace
}  // namespace aisle::e2e
