// SPDX-License-Identifier: Apache-2.0
// Runs that keep their state: what the next one goes on with, and what it refuses.
#include <csignal>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/gates.hpp"
#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

namespace fs = std::filesystem;

strings with_state(const site& at, const strings& more = {}) {
  strings all{"--state", at.folder / "state", "--epoch", "50ms"};
  all.insert(all.end(), more.begin(), more.end());
  return at.command(all);
}

std::string summary(const site& at) { return content_of(at.folder / "out/summary.json"); }

/// A complete epoch has so many records of the sources.
bool has_read(const site& at, int visits, int calls) {
  const auto text = summary(at);
  const auto has = [&](std::string_view source, int count) {
    return text.find(fmt::format("\"{}\":{{\"read\":{},", source, count)) != std::string::npos;
  };
  return has("visits", visits) && has("calls", calls);
}

void replace(const std::string& file, std::string_view from, std::string_view to) {
  auto text = content_of(file);
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  std::ofstream{file, std::ios::binary} << text;
}

TEST_CASE("a node that is stopped goes on where it was: windows that were open are whole") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(0));
  at.append("calls.ndjson", visit(0));
  {
    running run{with_state(at)};
    CHECK(eventually([&] { return has_read(at, 2, 1); }));
    run.send(SIGTERM);
    CHECK(run.wait().code == 0);
  }
  CHECK(at.windows().empty());
  at.append("visits.ndjson", visit(0) + visit(3));
  at.append("calls.ndjson", visit(3));
  running again{with_state(at)};
  CHECK(eventually([&] { return has(at.windows(), "00", R"("n":4)"); }));
  CHECK(summary(at).find(R"("visits":{"read":4,)") != std::string::npos);
  again.send(SIGTERM);
  CHECK(again.wait().code == 0);
}

TEST_CASE("a node that is killed goes on where its last epoch was") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0));
  at.append("calls.ndjson", visit(0));
  for (int minute = 1; minute < 8; ++minute) {
    running run{with_state(at)};
    CHECK(eventually([&] { return has_read(at, minute, minute); }));
    at.append("visits.ndjson", visit(minute));
    at.append("calls.ndjson", visit(minute));
    run.send(SIGKILL);
    CHECK(run.wait().code == 128 + SIGKILL);
  }
  const auto last = run(with_state(at, {"--bounded"}));
  CHECK(last.code == 0);
  CHECK(at.windows().size() == 8);
  for (int minute = 0; minute < 8; ++minute) {
    CHECK(has(at.windows(), "0" + std::to_string(minute), R"("n":2)"));
  }
}

TEST_CASE("a bounded run that is done has nothing left to do, however often it is run again") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(1) + visit(2));
  CHECK(run(with_state(at, {"--bounded"})).code == 0);
  const auto once = results_of(at.folder / "out");
  REQUIRE(once.size() == 3);
  const auto counts = summary(at);
  for (int i = 0; i < 3; ++i) {
    CHECK(run(with_state(at, {"--bounded"})).code == 0);
    CHECK((results_of(at.folder / "out") == once));
    CHECK(summary(at) == counts);
  }
}

TEST_CASE("2: another number of shards, and --overwrite of what the state has delivered") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(1));
  CHECK(run(with_state(at, {"--bounded"})).code == 0);
  const auto once = results_of(at.folder / "out");
  const auto shards = run(with_state(at, {"--bounded", "--shards", "3"}));
  CHECK(shards.code == 2);
  CHECK(shards.err.find("--shards 4") != std::string::npos);
  const auto over = run(with_state(at, {"--bounded", "--overwrite"}));
  CHECK(over.code == 2);
  CHECK(over.err.find("--overwrite would remove") != std::string::npos);
  CHECK((results_of(at.folder / "out") == once));
}

TEST_CASE("3: output that was delivered and is gone is not passed over in silence") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(1));
  CHECK(run(with_state(at, {"--bounded"})).code == 0);
  fs::remove_all(at.folder / "out");
  const auto again = run(with_state(at, {"--bounded"}));
  CHECK(again.code == 3);
  CHECK(again.err.find("were delivered into it before") != std::string::npos);
}

TEST_CASE("3: a source that was set back is not read from somewhere else") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(1));
  CHECK(run(with_state(at, {"--bounded"})).code == 0);
  fs::resize_file(at.folder / "visits.ndjson", 10);
  const auto again = run(with_state(at, {"--bounded"}));
  CHECK(again.code == 3);
  CHECK(again.err.find("source visits cannot go on") != std::string::npos);
}

TEST_CASE("a topology is reloaded while it runs, its state kept; a bad one is refused") {
  const site at{"never"};
  at.append("visits.ndjson", visit(0) + visit(0));
  at.append("calls.ndjson", visit(0));
  running run{with_state(at)};
  CHECK(eventually([&] { return has_read(at, 2, 1); }));
  replace(at.file, "n: count()", "n: cuont()");
  run.send(SIGHUP);
  CHECK(eventually([&] { return run.said().find("as it was goes on") != std::string::npos; }));
  replace(at.file, "n: cuont()", "n: count()");
  replace(at.file, "minute: {tumbling", "other: {tumbling");
  run.send(SIGHUP);
  CHECK(eventually([&] { return run.said().find("run with --drop") != std::string::npos; }));
  replace(at.file, "other: {tumbling: 1m,", "other: {was: minute, tumbling: 1m,");
  run.send(SIGHUP);
  CHECK(eventually([&] { return run.said().find("takes over now") != std::string::npos; }));
  at.append("visits.ndjson", visit(0) + visit(3));
  at.append("calls.ndjson", visit(3));
  CHECK(eventually([&] { return has(at.windows(), "00", R"("n":4)"); }));
  CHECK(has(at.windows(), "00", R"("window":"other")"));
  run.send(SIGTERM);
  CHECK(run.wait().code == 0);
}

}  // namespace
}  // namespace aisle::e2e
