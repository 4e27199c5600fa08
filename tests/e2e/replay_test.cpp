// SPDX-License-Identifier: Apache-2.0
// Time travel: a part of old input, read again, against the run that read all of it.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

constexpr auto middle = "2026-03-05T12:00:00.000Z";

/// A week with repeats, broken records and stragglers, and the run that lived it.
struct week {
  temp_folder folder;
  world of = make_world(folder, {"--days", "7", "--start", "2026-03-02", "--duplicates", "0.02",
                                 "--stragglers", "0.02", "--bad-records", "0.02"});

  [[nodiscard]] strings replay(const std::string& log, const std::string& out,
                               const strings& more) const {
    strings command{"replay", "retail",    "--log", log, "--set", "dir=" + of.folder.string(),
                    "--out",  folder / out};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  [[nodiscard]] std::filesystem::path replayed(const std::string& out, const strings& more) const {
    aisle_done(replay("files:" + of.folder.string(), out, more));
    return folder.path() / out;
  }
};

strings lines_where(const strings& lines, const std::function<bool(const json&)>& condition) {
  strings chosen;
  std::ranges::copy_if(lines, std::back_inserter(chosen),
                       [&](const std::string& line) { return condition(json::parse(line)); });
  return chosen;
}

/// Times compare as texts: all are UTC in milliseconds.
std::function<bool(const json&)> at_or_after(const char* member, const std::string& time) {
  return [=](const json& record) { return record.at(member).get<std::string>() >= time; };
}

bool is_part_of(const strings& part, const strings& all) {
  return std::ranges::includes(all, part);
}

TEST_CASE("a week replayed from its middle gives the same windows from there on, byte for byte") {
  const week lived;
  const auto live = run_retail(lived.folder, lived.of, "live");
  const auto again = lived.replayed("again", {"--from", middle});
  const auto windows = result_of(again, "windows");
  CHECK(windows == lines_where(result_of(live, "windows"), at_or_after("start", middle)));
  CHECK(windows.size() > 2000);
  CHECK(windows.size() + 2000 < result_of(live, "windows").size());
  SUBCASE("for any number of shards") {
    const auto other = lived.replayed("other", {"--from", middle, "--shards", "7"});
    CHECK(result_of(other, "windows") == windows);
  }
  SUBCASE("what was late and what was refused in the live run is so again") {
    for (const std::string sink : {"late", "rejects"}) {
      CAPTURE(sink);
      CHECK(result_of(again, sink).size() > 20);
      CHECK(is_part_of(result_of(again, sink), result_of(live, sink)));
    }
  }
  SUBCASE("the summary counts what was replayed, and adds up") {
    const auto summary = summary_of(again);
    for (const auto& [name, counts] : summary["sources"].items()) {
      CAPTURE(name);
      const auto number = [&](const char* of) { return counts[of].get<std::uint64_t>(); };
      CHECK(number("read") == number("accepted") + number("rejected") + number("duplicate"));
      CHECK(number("read") < summary_of(live)["sources"][name]["read"].get<std::uint64_t>());
      CHECK(number("read") > 0);
    }
  }
}

TEST_CASE("with a warm-up that reaches the beginning, decisions are those of the live run, too") {
  const week lived;
  const auto live = run_retail(lived.folder, lived.of, "live");
  const auto again = lived.replayed("again", {"--from", middle, "--warm-up", "28d"});
  for (const auto& [sink, member] :
       std::map<std::string, const char*>{{"windows", "start"}, {"decisions", "at"}}) {
    CAPTURE(sink);
    const auto records = result_of(again, sink);
    CHECK(records == lines_where(result_of(live, sink), at_or_after(member, middle)));
    CHECK(records.size() > 100);
  }
}

TEST_CASE("--to ends a replay: windows that end by then, decisions made before") {
  const week lived;
  const auto live = run_retail(lived.folder, lived.of, "live");
  const std::string to = "2026-03-07T00:00:00.000Z";
  const auto again =
      lived.replayed("again", {"--from", "2026-03-05", "--to", "2026-03-07", "--warm-up", "28d"});
  CHECK(result_of(again, "windows") == lines_where(result_of(live, "windows"), [&](const json& w) {
          return w["start"] >= "2026-03-05T00:00:00.000Z" && w["end"] <= to;
        }));
  CHECK(result_of(again, "decisions") ==
        lines_where(result_of(live, "decisions"), [&](const json& d) {
          return d["at"] >= "2026-03-05T00:00:00.000Z" && d["at"] < to;
        }));
  const auto days = lines_where(result_of(again, "windows"),
                                [](const json& w) { return w["window"] == "sales_1d"; });
  CHECK_MESSAGE(days.size() == 16, "four stores, two days, once at their end and once final");
}

TEST_CASE("a replay of topics gives what the live run put into topics, and leaves those alone") {
  const week lived;
  const auto log = "embedded:" + (lived.folder / "log");
  for (const std::string topic :
       {"transactions", "inventory-changes", "customer-events", "competitor-prices"}) {
    aisle_done({"log", "append", topic, "--log", log, "--partitions", "3"},
               {.in = {}, .input = content_of(lived.of.folder / (topic + ".ndjson"))});
  }
  aisle_done({"run", "retail", "--log", log, "--set", "dir=" + lived.of.folder.string(), "--out",
              lived.folder / "live", "--bounded"});
  const auto lines_of_topic = [&](const std::string& topic) {
    const auto text = aisle_done({"log", "read", topic, "--log", log}).out;
    strings lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      lines.push_back(text.substr(at, text.find('\n', at) - at));
    }
    std::ranges::sort(lines);
    return lines;
  };
  const auto windows = lines_of_topic("windows");
  aisle_done(lived.replay(log, "again", {"--from", middle}));
  CHECK(result_of(lived.folder.path() / "again", "windows") ==
        lines_where(windows, at_or_after("start", middle)));
  CHECK(lines_of_topic("windows") == windows);
}

TEST_CASE("from an offset on, windows that no older record falls into are the live run's") {
  const week lived;
  const auto live = run_retail(lived.folder, lived.of, "live");
  const auto said = aisle_done(lived.replay("files:" + lived.of.folder.string(), "again",
                                            {"--from", "transactions=1500", "--json", "--quiet"}));
  const auto last = said.out.substr(said.out.rfind('\n', said.out.size() - 2) + 1);
  const auto replay = json::parse(last)["replay"];
  const auto whole_from = replay["windows_from"].get<std::string>();
  CHECK(whole_from > "2026-03-04");
  CHECK(replay["sources"]["transactions"]["before"] == 1500);
  CHECK(replay["sources"]["clicks"]["before"] == 0);
  const auto windows = result_of(lived.folder.path() / "again", "windows");
  CHECK(windows == lines_where(result_of(live, "windows"), at_or_after("start", whole_from)));
  CHECK(windows.size() > 1000);
}

TEST_CASE("a replay says from where each source was read, and what is whole") {
  const week lived;
  const auto said =
      aisle_done(lived.replay("files:" + lived.of.folder.string(), "again", {"--from", middle}));
  CHECK(said.err.find("source transactions") != std::string::npos);
  CHECK(said.err.find("from offset") != std::string::npos);
  CHECK(said.err.find("Windows that begin at or after 2026-03-05T12:00:00.000Z are whole") !=
        std::string::npos);
  CHECK(said.err.find("--warm-up 28d") != std::string::npos);
}

TEST_CASE("2: what a replay cannot begin with is refused before anything is written") {
  const temp_folder folder;
  const auto of = make_world(folder);
  const strings with{"--log", "files:" + of.folder.string(),
                     "--set", "dir=" + of.folder.string(),
                     "--out", folder / "out"};
  const std::vector<std::pair<strings, std::string>> wrong{
      {{}, "needs --from"},
      {{"--from", "yesterday"}, "not \"yesterday\""},
      {{"--from", "2026-03-05", "--to", "2026-03-05"}, "nothing lies between"},
      {{"--from", "2026-03-05", "--from", "clicks=3"}, "not both"},
      {{"--from", "2026-03-05", "--warm-up", "soon"}, "such as 28d"},
      {{"--from", "clicks=3", "--warm-up", "28d"}, "goes before a time"},
      {{"--from", "click=3"}, "did you mean"},
      {{"--from", "clicks/1=3"}, "there is no partition 1"},
      {{"--from", "clicks=-3"}, "not \"clicks=-3\""},
      {{"--from", "clicks=99999999"}, "ends before offset 99999999"},
  };
  for (const auto& [asked, answer] : wrong) {
    CAPTURE(answer);
    strings command{"replay", "retail"};
    command.insert(command.end(), with.begin(), with.end());
    command.insert(command.end(), asked.begin(), asked.end());
    const auto refused = aisle(command);
    CHECK(refused.code == 2);
    CHECK_MESSAGE(refused.err.find(answer) != std::string::npos, refused.err);
    CHECK_FALSE(std::filesystem::exists(folder / "out"));
  }
}

}  // namespace
}  // namespace aisle::e2e
