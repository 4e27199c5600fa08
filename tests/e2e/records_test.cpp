// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

std::set<std::string> names_of(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items())
    names.insert(name);
  return names;
}
using names = std::set<std::string>;

/// Character by character: 9 stands for a digit, f for a hex digit, everything else for itself.
bool looks_like(std::string_view pattern, std::string_view text) {
  const auto fits = [](char wanted, char c) {
    const bool digit = c >= '0' && c <= '9';
    return wanted == '9' ? digit : wanted == 'f' ? digit || (c >= 'a' && c <= 'f') : c == wanted;
  };
  return std::ranges::equal(pattern, text, fits);
}
bool is_moment(const json& value) {
  return value.is_string() && looks_like("9999-99-99T99:99:99.999Z", value.get<std::string>());
}

const std::string header =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

// Runs online-retail over rows of its CSV.
std::filesystem::path run_rows(const temp_folder& in, const std::string& rows) {
  aisle_done({"run", "online-retail", "--set", "lines=" + in.write("lines.csv", header + rows),
              "--out", in / "out", "--bounded", "--overwrite"});
  return in.path() / "out";
}

// The last records of the windows of one stage, by window and start: their values.
std::map<std::string, json> final_values(const std::filesystem::path& out, std::string_view stage) {
  std::map<std::string, json> values;
  for (const auto& record : records_of(out, "windows")) {
    if (record["stage"] != stage || !record["final"]) continue;
    const auto place =
        record["window"].get<std::string>() + " " + record["start"].get<std::string>();
    CHECK_FALSE(values.contains(place));
    values[place] = record["values"];
  }
  return values;
}

TEST_CASE("a window record has its fields, moments in UTC, decimals as strings at their scale") {
  const temp_folder folder;
  const auto out = run_rows(folder,
                            "1,A,x,2,2011-01-18 09:01:00,1.255,7,Norway\n"
                            "1,B,y,-1,2011-01-18 09:04:59,2,7,Norway\n"
                            "2,A,x,1,2011-01-18 09:05:00,1e1,,Norway\n");
  for (const auto& record : records_of(out, "windows")) {
    CAPTURE(record.dump());
    CHECK(names_of(record) ==
          names{"stage", "key", "window", "start", "end", "revision", "final", "values"});
    CHECK(is_moment(record["start"]));
    CHECK(is_moment(record["end"]));
    CHECK(record["revision"].is_number_unsigned());
  }
  const auto country = final_values(out, "country");
  CHECK(country.size() == 4);  // two of five minutes, none for the empty ones, one hour, one day
  CHECK(country.at("sales_5m 2011-01-18T09:00:00.000Z") ==
        json{{"lines", 2}, {"units", 1}, {"gross", "0.510"}});
  CHECK(country.at("sales_5m 2011-01-18T09:05:00.000Z") ==
        json{{"lines", 1}, {"units", 1}, {"gross", "10.000"}});
  CHECK(country.at("sales_1h 2011-01-18T09:00:00.000Z") ==
        json{{"lines", 3}, {"units", 2}, {"gross", "10.510"}});
  CHECK(country.at("sales_1d 2011-01-18T00:00:00.000Z") ==
        json{{"lines", 3}, {"units", 2}, {"gross", "10.510"}});
}

TEST_CASE("revisions count from 0, and one last record repeats the last of them as final") {
  const temp_folder folder;
  const auto out = run_retail(folder, make_dirty_world(folder), "out");
  struct history {
    std::set<std::uint64_t> told;
    std::vector<std::uint64_t> final;
  };
  std::map<std::string, history> windows;
  for (const auto& record : records_of(out, "windows")) {
    auto& of = windows[record["stage"].dump() + record["key"].dump() + record["window"].dump() +
                       record["start"].dump()];
    const auto revision = record["revision"].get<std::uint64_t>();
    if (record["final"]) {
      of.final.push_back(revision);
    } else {
      CHECK(of.told.insert(revision).second);
    }
  }
  CHECK(windows.size() > 500);
  std::size_t revised = 0;
  for (const auto& [place, of] : windows) {
    CAPTURE(place);
    REQUIRE(of.final.size() == 1);
    CHECK(of.final.front() + 1 == std::max<std::size_t>(of.told.size(), 1));
    if (!of.told.empty()) CHECK(*of.told.rbegin() == of.final.front());
    if (of.told.size() > 1) ++revised;
  }
  CHECK(revised > 0);
}

TEST_CASE("a decision has its fields, an id of its own, and points to what caused it") {
  const temp_folder folder;
  const auto of = make_world(folder);
  const auto out = run_retail(folder, of, "out");
  std::set<std::string> baskets;
  std::istringstream lines{content_of(of.folder / "transactions.ndjson")};
  for (std::string line; std::getline(lines, line);) {
    if (json::accept(line)) baskets.insert(json::parse(line).value("transaction_id", ""));
  }
  const std::map<std::string, names> value_of{
      {"anomaly", {"score"}}, {"reorder", {"quantity"}}, {"price", {"price", "was"}}};
  std::set<std::string> ids;
  std::map<std::string, int> kinds;
  for (const auto& record : records_of(out, "decisions")) {
    CAPTURE(record.dump());
    CHECK(names_of(record) == names{"id", "kind", "code", "stage", "key", "at", "until", "severity",
                                    "event", "value", "why"});
    CHECK(names_of(record["why"]) == names{"text", "inputs", "threshold", "rule"});
    CHECK(looks_like(std::string(32, 'f'), record["id"].get<std::string>()));
    CHECK(ids.insert(record["id"]).second);
    CHECK(is_moment(record["at"]));
    CHECK((record["until"].is_null() || is_moment(record["until"])));
    CHECK(names{"low", "medium", "high"}.contains(record["severity"]));
    const std::string kind = record["kind"];
    REQUIRE(value_of.contains(kind));
    CHECK(names_of(record["value"]) == value_of.at(kind));
    CHECK(record["why"]["text"].get<std::string>().size() > 20);
    CHECK_FALSE(record["why"]["inputs"].empty());
    if (record["event"].is_string()) CHECK(baskets.contains(record["event"]));
    ++kinds[kind];
  }
  CHECK(kinds["anomaly"] > 0);
  CHECK(kinds["reorder"] > 0);
}

TEST_CASE("late events and dead letters have their fields") {
  const temp_folder folder;
  const auto out = run_retail(folder, make_dirty_world(folder), "out");
  const auto late = records_of(out, "late");
  CHECK(late.size() > 10);
  for (const auto& record : late) {
    CAPTURE(record.dump());
    CHECK(names_of(record) ==
          names{"source", "partition", "offset", "stage", "window", "lateness_ms", "event"});
    CHECK(record["lateness_ms"].get<std::int64_t>() > 0);
    CHECK(record["event"].is_object());
  }
  for (const auto& record : records_of(out, "rejects")) {
    CAPTURE(record.dump());
    CHECK(names_of(record) == names{"source", "partition", "offset", "stage", "reason", "field",
                                    "message", "original"});
  }
}

TEST_CASE("in no record: host, path, process") {
  const temp_folder folder;
  const auto out = run_retail(folder, make_dirty_world(folder), "out");
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  for (const auto& line : results_of(out)) {
    CHECK(line.find(folder.path().string()) == std::string::npos);
    if (std::string_view{host}.size() > 3) CHECK(line.find(host) == std::string::npos);
  }
  CHECK(content_of(out / "summary.json").find(folder.path().string()) == std::string::npos);
}

TEST_CASE(
    "what is wrong with a row is said by reason and field, with its bytes, and the rest counts") {
  const temp_folder folder;
  const std::string good = "1,A,x,2,2011-01-18 09:00:00,1.25,7,Norway\n";
  const auto out =
      run_rows(folder, good +                                               //
                           "1,,x,2,2011-01-18 09:00:00,1.25,7,Norway\n"     //
                           "1,A,x,2,2011-01-18 09:00:00,1.25,7,\n"          //
                           "1,A,x,0,2011-01-18 09:00:00,1.25,7,Norway\n"    //
                           "1,A,x,2,2011-01-18 09:00:00,-0.01,7,Norway\n"   //
                           "1,A,x,2,2011-02-30 09:00:00,1.25,7,Norway\n"    //
                           "1,A,x,two,2011-01-18 09:00:00,1.25,7,Norway\n"  //
                           "1,A,x,2,2011-01-18 09:00:00,1.25\n"             //
                           "\n" +
                           std::string("\xFF\xFE,A,x,2,2011-01-18 09:00:00,1,7,Norway\n") +
                           std::string(1'100'000, 'x') + "\n" + good);
  std::map<std::int64_t, std::pair<std::string, std::string>> said;
  for (const auto& letter : records_of(out, "rejects")) {
    const auto& field = letter["field"];
    said[letter["offset"]] = {letter["reason"], field.is_null() ? "" : field.get<std::string>()};
    CHECK(letter.contains("original") != letter.contains("original_base64"));
  }
  const std::map<std::int64_t, std::pair<std::string, std::string>> expected{
      {1, {"missing", "StockCode"}},
      {2, {"missing", "Country"}},
      {3, {"quality", "quantity_not_zero"}},
      {4, {"out_of_range", "UnitPrice"}},
      {5, {"wrong_type", "InvoiceDate"}},
      {6, {"wrong_type", "Quantity"}},
      {7, {"columns", ""}},
      {8, {"empty", ""}},
      {9, {"malformed", ""}},
      {10, {"too_large", ""}}};
  CHECK(said == expected);
  const auto counts = summary_of(out)["sources"]["lines"];
  CHECK(counts["read"] == 12);
  CHECK(counts["accepted"] == 2);
  CHECK(counts["rejected"] == 10);
  CHECK(final_values(out, "country").at("sales_5m 2011-01-18T09:00:00.000Z")["lines"] == 2);
}

TEST_CASE("digits beyond the contract's scale are rounded half to even, and counted") {
  const temp_folder folder;
  const auto out = run_rows(folder,
                            "1,A,x,1,2011-01-18 09:00:00,0.0005,7,Norway\n"
                            "1,A,x,1,2011-01-18 09:00:00,0.0015,7,Norway\n"
                            "1,A,x,1,2011-01-18 09:00:00,12.34567e-1,7,Norway\n"
                            "1,A,x,1,2011-01-18 09:00:00,1.25e1,7,Norway\n");
  CHECK(final_values(out, "country").at("sales_5m 2011-01-18T09:00:00.000Z")["gross"] ==
        "13.737");  // 0.000 + 0.002 + 1.235 + 12.500
  CHECK(summary_of(out)["sources"]["lines"]["rounded"] == 3);
}

TEST_CASE("series: a record per point, scores between 0 and 1, and the odd point stands out") {
  const temp_folder folder;
  std::string points = "timestamp,value\n";
  for (int i = 0; i < 2'000; ++i) {
    const auto day = std::to_string(1 + i / 288);
    const auto hour = i % 288 / 12;
    const auto minute = i % 12 * 5;
    const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    points += "2014-02-0" + day + " " + two(hour) + ":" + two(minute) + ":00," +
              std::to_string(i == 1'900 ? 500 : 50 + i % 7) + "\n";
  }
  aisle_done({"run", "series", "--set", "points=" + folder.write("points.csv", points), "--out",
              folder / "out", "--bounded"});
  const auto scores = records_of(folder.path() / "out", "scores");
  REQUIRE(scores.size() == 2'000);
  double highest = -1;
  std::string at;
  for (const auto& record : scores) {
    CHECK(names_of(record) == names{"at", "value", "score", "alarm"});
    const auto score = record["score"].get<double>();
    CHECK(score >= 0);
    CHECK(score <= 1);
    if (score > highest) {
      highest = score;
      at = record["at"];
    }
  }
  CHECK(at == "2014-02-07T14:20:00.000Z");
}

TEST_CASE("demand: a forecast per series, day made and day ahead, its quantiles in order") {
  const temp_folder folder;
  std::string sales = "date,store_id,sku,units\n";
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  for (int month = 1; month <= 3; ++month) {
    for (int day = 1; day <= 28; ++day) {
      for (const std::string sku : {"A", "B"}) {
        sales += "2015-0" + std::to_string(month) + "-" + two(day) + ",S1," + sku + "," +
                 std::to_string(5 + day % 7) + "\n";
      }
    }
  }
  aisle_done({"run", "demand", "--set", "sales=" + folder.write("sales.csv", sales), "--set",
              "every=28d", "--set", "horizon=28d", "--out", folder / "out", "--bounded"});
  const auto forecasts = records_of(folder.path() / "out", "forecasts");
  REQUIRE(forecasts.size() >= 2 * 28);
  const strings levels{"0.005", "0.025", "0.165", "0.25", "0.5", "0.75", "0.835", "0.975", "0.995"};
  std::map<std::string, std::set<std::string>> days;
  for (const auto& record : forecasts) {
    CHECK(names_of(record) == names{"store_id", "sku", "made", "day", "mean", "quantiles"});
    CHECK(names_of(record["quantiles"]) == names{levels.begin(), levels.end()});
    double before = 0;
    for (const auto& level : levels) {
      CHECK(record["quantiles"][level].get<double>() >= before);
      before = record["quantiles"][level];
    }
    CHECK(days[record["sku"].get<std::string>() + record["made"].dump()]
              .insert(record["day"].dump())
              .second);
  }
  for (const auto& [series, ahead] : days) {
    CAPTURE(series);
    CHECK(ahead.size() == 28);
  }
}

}  // namespace
}  // namespace aisle::e2e
