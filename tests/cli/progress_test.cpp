// SPDX-License-Identifier: Apache-2.0
#include "tools/aisle/progress.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace aisle::tool {
namespace {

const base::event_time now{std::chrono::hours{24 * 20'000}};

/// Two sources that are followed: tills, at their end, and clicks, far from it.
struct two_sources {
  view::run_status status;
  view::source_status& tills = status.sources.emplace_back();
  view::source_status& clicks = status.sources.emplace_back();

  two_sources() {
    tills.name = "tills";
    tills.follows = true;
    tills.caught_up = true;
    tills.partitions.set(4);
    tills.read.set(1'234'567);
    tills.highest.set(now - std::chrono::seconds{35});
    clicks.name = "clicks";
    clicks.follows = true;
    clicks.partitions.set(1);
    clicks.behind_records.set(57'100);
    clicks.behind_bytes.set(3'100'000);
    clicks.highest.set(now - std::chrono::hours{50});
  }
};

TEST_CASE("the lag of a source is what it is behind its end, and behind the clock") {
  two_sources run;
  CHECK(lag_line(run.status, now, 200) ==
        "  clicks 57,100 records behind (2d)  tills waiting (35s)");
  run.clicks.behind_records.set(view::unknown);
  run.clicks.held_up = true;
  run.tills.idle.set(1);
  CHECK(lag_line(run.status, now, 200) ==
        "  clicks held back, 3.1 MB behind (2d)  tills waiting, 1 of 4 idle (35s)");
  run.tills.idle.set(4);
  CHECK(lag_line(run.status, now, 200).find("tills idle (35s)") != std::string::npos);
}

TEST_CASE("a narrow terminal shows who is behind first") {
  const two_sources run;
  CHECK(lag_line(run.status, now, 20) == "  clicks 57,100 rec");
}

TEST_CASE("a sink that stands comes before all else, and only while epochs wait for it") {
  two_sources run;
  auto& windows = run.status.sinks.emplace_back();
  windows.name = "windows";
  windows.epochs_waiting.set(2);
  windows.why.set("nobody listens");
  const auto line = [&] { return lag_line(run.status, now, 200); };
  const auto json = [&] {
    const auto text = status_json("retail", run.status, std::chrono::milliseconds{5}, false);
    return nlohmann::json::parse(text)["sinks"]["windows"];
  };
  CHECK(line().starts_with("  clicks"));
  CHECK(json()["stands"] == false);
  windows.stands = true;
  CHECK(line().starts_with("  windows stands, 2 epochs wait  clicks"));
  CHECK(json()["stands"] == true);
  CHECK(json()["epochs_waiting"] == 2);
  CHECK(json()["why"] == "nobody listens");
  windows.epochs_waiting.set(0);
  windows.why.set("");
  CHECK(line().starts_with("  clicks"));
  CHECK_FALSE(json().contains("why"));
}

TEST_CASE("bounded sources have no lag") {
  two_sources run;
  run.tills.follows = run.clicks.follows = false;
  CHECK(lag_line(run.status, now, 200).empty());
}

TEST_CASE("the status as JSON says of each source what it read and what is left") {
  two_sources run;
  const auto json =
      nlohmann::json::parse(status_json("retail", run.status, std::chrono::milliseconds{5}, true));
  CHECK(json["topology"] == "retail");
  CHECK(json["over"] == true);
  CHECK(json["sources"]["tills"]["read"] == 1'234'567);
  CHECK(json["sources"]["tills"]["caught_up"] == true);
  CHECK(json["sources"]["clicks"]["behind_records"] == 57'100);
  CHECK(json["sources"]["clicks"]["behind_bytes"] == 3'100'000);
  CHECK(json["sources"]["clicks"]["held_up"] == false);
}

}  // namespace
}  // namespace aisle::tool
