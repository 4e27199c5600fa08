// SPDX-License-Identifier: Apache-2.0
// A topology that is edited goes on with the state it left: what `plan` says is what `run` does.
#include <algorithm>
#include <csignal>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/program.hpp"

namespace aisle::e2e {
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
  windows: {from: "*.windows", files: windows}
  scores: {from: "*.reports", files: scores}
)yaml";

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  return text;
}

/// Two points in each of the first hours, and a state that stands in the middle of the last of
/// them.
struct site {
  site() {
    std::string csv = "timestamp,value\n";
    for (int hour = 0; hour < 4; ++hour) {
      csv += fmt::format("2026-01-01 0{0}:10:00,{0}\n2026-01-01 0{0}:30:00,{0}\n", hour);
    }
    points = csv;
    folder.write("points.csv", points);
    running first{command(scores, {"--epoch", "50ms"})};
    CHECK(eventually([&] {
      return content_of(folder / "out/summary.json").find(R"("read":8,)") != std::string::npos;
    }));
    first.send(SIGTERM);
    CHECK(first.wait().code == 0);
  }
  [[nodiscard]] strings command(const std::string& topology, const strings& more) const {
    folder.write("scores.yaml", topology);
    strings all{"run",     folder / "scores.yaml", "--out", folder / "out",
                "--state", folder / "state"};
    all.insert(all.end(), more.begin(), more.end());
    return aisle_command(all);
  }
  [[nodiscard]] finished plan(const std::string& topology) const {
    folder.write("scores.yaml", topology);
    return aisle({"plan", folder / "scores.yaml", "--state", folder / "state"});
  }
  /// Two hours more, to the end.
  [[nodiscard]] finished go_on(const std::string& topology, const strings& more = {}) const {
    folder.write("points.csv", points + "2026-01-01 03:50:00,3\n2026-01-01 04:10:00,4\n");
    strings all{"--bounded"};
    all.insert(all.end(), more.begin(), more.end());
    return run(command(topology, all));
  }
  /// `n` of the window that was open when the topology was edited: 3 when its state was kept.
  [[nodiscard]] bool kept_open_window() const {
    for (const auto& line : result_of(folder / "out", "windows")) {
      if (line.find("\"start\":\"2026-01-01T03:00") != std::string::npos) {
        return line.find("\"n\":3}") != std::string::npos;
      }
    }
    return false;
  }

  temp_folder folder;
  std::string points;
};

TEST_CASE("a parameter is another: the state is kept") {
  const site at;
  const auto text = edited(scores, "threshold: 4", "threshold: 5");
  CHECK(at.plan(text).code == 0);
  CHECK(at.go_on(text).code == 0);
  CHECK(at.kept_open_window());
}

TEST_CASE("a behaviour is new: it begins, and the others go on") {
  const site at;
  const auto text =
      edited(scores, "{hourly:", "{daily: {tumbling: 1d, keep: {days: count()}}, hourly:");
  CHECK(at.plan(text).code == 0);
  CHECK(at.go_on(text).code == 0);
  CHECK(at.kept_open_window());
  const auto lines = result_of(at.folder / "out", "windows");
  // Of the day it has seen what came since, and the newest event before, which waited for its turn.
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.find("\"days\":3}") != std::string::npos;
        }) == 1);
}

TEST_CASE("a stage and a behaviour have other names: with `was:` the state is kept") {
  const site at;
  const auto text = edited(edited(scores, "  all:\n", "  every:\n    was: all\n"), "hourly: {",
                           "by_hour: {was: hourly, ");
  CHECK(at.plan(text).code == 0);
  CHECK(at.go_on(text).code == 0);
  CHECK(at.kept_open_window());
}

TEST_CASE("a behaviour is gone: refused, until it may be dropped; the others go on") {
  const site at;
  const auto text = edited(scores, "      ahead: {forecast: horizon, of: value}\n", "");
  CHECK(at.plan(text).code == 1);
  const auto refused = at.go_on(text);
  CHECK(refused.code == 2);
  CHECK(refused.err.find("or run with --drop") != std::string::npos);
  CHECK(at.go_on(text, {"--drop"}).code == 0);
  CHECK(at.kept_open_window());
}

}  // namespace
}  // namespace aisle::e2e
