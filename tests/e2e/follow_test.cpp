// SPDX-License-Identifier: Apache-2.0
// Runs that follow growing files, and are stopped by a signal.
#include <csignal>
#include <filesystem>

#include <doctest/doctest.h>

#include "tests/e2e/gates.hpp"

namespace aisle::e2e {
namespace {

TEST_CASE("without --bounded a run follows growing files until it is told to stop, and exits 0") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(0));
  running run{at.command()};
  CHECK(eventually([&] { return std::filesystem::exists(at.folder / "out/summary.json"); }));
  at.append("calls.ndjson", visit(2) + visit(3));
  at.append("visits.ndjson", visit(2, "south") + visit(3).substr(0, 20));
  CHECK(eventually([&] { return has(at.windows(), "00", R"("n":2)"); }));
  CHECK_FALSE(has(at.windows(), "02", ""));
  at.append("visits.ndjson", visit(3).substr(20));
  CHECK(eventually([&] { return has(at.windows(), "02", R"("n":1)"); }));
  run.send(SIGTERM);
  const auto ended = run.wait();
  CHECK(ended.code == 0);
  CHECK(ended.err.find("was stopped") != std::string::npos);
  CHECK(ended.err.find("may differ") == std::string::npos);
  CHECK_FALSE(has(at.windows(), "03", ""));
  CHECK(content_of(at.folder / "out/summary.json").find("declared") == std::string::npos);
}

TEST_CASE("an idle source does not hold windows back, and loses nothing when it wakes") {
  const site at{"1s"};
  at.append("visits.ndjson", visit(0) + visit(5));
  running run{at.command()};
  CHECK(eventually([&] { return has(at.windows(), "00", R"("n":1)"); }));
  at.append("calls.ndjson", visit(1, "south") + visit(9, "south"));
  at.append("visits.ndjson", visit(9));
  CHECK(eventually([&] { return has(at.windows(), "05", R"("n":1)"); }));
  at.append("calls.ndjson", visit(12, "south"));
  at.append("visits.ndjson", visit(12));
  // The call of 10:01 came when 10:05 had passed: it is no window's, and in the late output.
  CHECK(eventually([&] { return result_of(at.folder / "out", "late").size() == 1; }));
  run.send(SIGTERM);
  const auto ended = run.wait();
  CHECK(ended.code == 0);
  CHECK(ended.err.find("may differ") != std::string::npos);
  const auto summary = content_of(at.folder / "out/summary.json");
  CHECK(summary.find(R"("declared":{"idle":)") != std::string::npos);
}

TEST_CASE("a table that changes is in force from an epoch's edge on; a bad one is refused loudly") {
  const site at{"1s"};
  at.append("visits.ndjson", visit(0) + visit(2));
  running run{at.command()};
  CHECK(eventually([&] { return has(at.windows(), "00", R"("fee":1)"); }));
  // As a whole: half a table would be refused for another reason.
  const auto write_table = [&](const std::string& text) {
    std::filesystem::rename(at.folder.write("gates.new", text), at.folder / "gates.csv");
  };
  write_table("gate,fee\nnorth,many\n");
  CHECK(eventually([&] { return run.said().find("stays in force") != std::string::npos; }));
  CHECK(run.said().find("gates.csv:2") != std::string::npos);
  at.append("visits.ndjson", visit(4) + visit(6));
  CHECK(eventually([&] { return has(at.windows(), "04", R"("fee":1)"); }));
  write_table("gate,fee\nnorth,7\n");
  CHECK(eventually([&] { return run.said().find("version 2 is in force") != std::string::npos; }));
  at.append("visits.ndjson", visit(8) + visit(10));
  CHECK(eventually([&] { return has(at.windows(), "08", R"("fee":7)"); }));
  run.send(SIGINT);
  CHECK(run.wait().code == 0);
  CHECK(content_of(at.folder / "out/summary.json").find(R"("tables":1)") != std::string::npos);
}

TEST_CASE("a followed file that is cut short stops the run with the reason") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(1));
  running run{at.command()};
  CHECK(eventually([&] {
    return content_of(at.folder / "out/summary.json").find(R"("read":2)") != std::string::npos;
  }));
  std::filesystem::resize_file(at.folder / "visits.ndjson", 10);
  const auto ended = run.wait();
  CHECK(ended.code == 3);
  CHECK(ended.err.find("may only grow") != std::string::npos);
}

TEST_CASE("--json tells the numbers line by line while a run goes on, the last with over: true") {
  const site at{"1s"};
  at.append("visits.ndjson", visit(0));
  running run{at.command({"--json"})};
  CHECK(eventually([&] {
    const auto told = run.printed();
    return told.contains(R"("caught_up":true)") && told.contains(R"("over":false})");
  }));
  run.send(SIGTERM);
  const auto ended = run.wait();
  CHECK(ended.code == 0);
  CHECK(ended.out.find(R"("visits":{"read":1,)") != std::string::npos);
  CHECK(ended.out.find(R"("behind_bytes":0,"caught_up":true)") != std::string::npos);
  CHECK(ended.out.ends_with("\"over\":true}\n"));
}

}  // namespace
}  // namespace aisle::e2e
