// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/e2e/world.hpp"

namespace aisle::e2e {
namespace {

strings lines_of(const std::string& text) {
  strings lines;
  std::istringstream all{text};
  for (std::string line; std::getline(all, line);)
    lines.push_back(line);
  return lines;
}

strings lockstep(const strings& more) {
  strings command{"run", "--lockstep"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

std::string event(const std::string& source, const std::string& record) {
  return R"({"source":")" + source + R"(","event":)" + record + "}\n";
}
std::string advance(const std::string& to) { return R"({"advance":")" + to + "\"}\n"; }
std::string advanced(const std::string& to) { return R"({"advanced":")" + to + "\"}"; }

// Sink and record of every output, sorted, as results_of has them.
strings results_in(const std::string& out) {
  strings results;
  const std::string_view record = R"(","record":)";
  for (const auto& line : lines_of(out)) {
    if (!line.starts_with(R"({"sink":")")) continue;
    const auto end = line.find(record);
    REQUIRE(end != std::string::npos);
    const auto from = end + record.size();
    results.push_back(line.substr(9, end - 9) + " " + line.substr(from, line.size() - from - 1));
  }
  std::sort(results.begin(), results.end());
  return results;
}

// ---- a whole world, as lines --------------------------------------------------------------------

const std::map<std::string, std::string> retail_files{{"transactions", "transactions"},
                                                      {"stock_moves", "inventory-changes"},
                                                      {"clicks", "customer-events"},
                                                      {"competitors", "competitor-prices"}};
// The largest disorder a source of retail has.
constexpr int hours_behind = 1;

struct dated_line {
  std::string hour;  // of the newest record of the source so far, in UTC
  std::string line;
};

// False for the broken ones of a dirty world.
bool is_date(const std::string& timestamp) {
  return timestamp.size() >= 24 && timestamp.substr(5, 2) <= "12" && timestamp.substr(8, 2) <= "31";
}

std::string hour_in_utc(const std::string& timestamp) {
  const auto hour = std::stoi(timestamp.substr(11, 2));
  const auto offset = timestamp.back() == 'Z' ? 0 : std::stoi(timestamp.substr(23, 3));
  // Midnight of the day before is early enough for what is still yesterday in UTC.
  const auto utc = std::max(0, hour - offset);
  return timestamp.substr(0, 11) + (utc < 10 ? "0" : "") + std::to_string(utc);
}

// Every whole record of a world, source by source in its order, merged by hour.
std::vector<dated_line> events_of(const world& of) {
  std::vector<dated_line> all;
  for (const auto& [source, file] : retail_files) {
    std::string hour;
    for (const auto& line : lines_of(content_of(of.folder / (file + ".ndjson")))) {
      const auto record = json::parse(line, nullptr, false);
      if (record.is_discarded()) continue;
      if (record.contains("timestamp") && record["timestamp"].is_string() &&
          is_date(record["timestamp"])) {
        hour = std::max(hour, hour_in_utc(record["timestamp"]));
      }
      all.push_back({hour, event(source, line)});
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.hour < b.hour; });
  return all;
}

// The same, with an advance at every new hour, to well before it.
std::string with_advances(const std::vector<dated_line>& events) {
  std::string text;
  std::string hour;
  for (const auto& next : events) {
    if (next.hour != hour && std::stoi(next.hour.substr(11)) > hours_behind) {
      const auto behind = std::stoi(next.hour.substr(11)) - hours_behind - 1;
      text += advance(next.hour.substr(0, 11) + (behind < 10 ? "0" : "") + std::to_string(behind) +
                      ":00:00Z");
    }
    hour = next.hour;
    text += next.line;
  }
  return text;
}

std::string without_advances(const std::vector<dated_line>& events) {
  std::string text;
  for (const auto& next : events)
    text += next.line;
  return text;
}

// retail over files that hold the same events and no broken lines.
strings bounded_results(const temp_folder& in, const world& of) {
  for (const auto& [source, file] : retail_files) {
    std::string whole;
    for (const auto& line : lines_of(content_of(of.folder / (file + ".ndjson")))) {
      if (!json::parse(line, nullptr, false).is_discarded()) whole += line + "\n";
    }
    in.write("world/" + file + ".ndjson", whole);
  }
  return results_of(run_retail(in, of, "bounded"));
}

TEST_CASE("lockstep gives what --bounded gives, with and without advances, for any shards") {
  const temp_folder folder;
  const auto of = make_dirty_world(folder);
  const auto events = events_of(of);
  const auto expected = bounded_results(folder, of);
  REQUIRE(expected.size() > 500);
  const auto dir = "dir=" + of.folder.string();
  std::set<std::string> texts;
  for (const std::string shards : {"1", "4", "16"}) {
    CAPTURE(shards);
    const auto command = lockstep(
        {"retail", "--set", dir, "--shards", shards, "--out", folder / "counts", "--overwrite"});
    const auto at_once = aisle_done(command, {.in = {}, .input = without_advances(events)});
    CHECK(results_in(at_once.out) == expected);
    const auto by_hour = aisle_done(command, {.in = {}, .input = with_advances(events)});
    CHECK(lines_of(by_hour.out).size() > expected.size() + 50);
    CHECK(results_in(by_hour.out) == expected);
    CHECK(summary_of(folder.path() / "counts") == summary_of(folder.path() / "bounded"));
    texts.insert(by_hour.out);
  }
  CHECK(texts.size() == 1);
}

// ---- the other topologies -----------------------------------------------------------------------

struct rows {
  std::string header;
  // Text cells in quotes.
  std::vector<strings> cells;
};

std::string csv_of(const rows& of) {
  auto text = of.header + "\n";
  for (const auto& row : of.cells) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += (i > 0 ? "," : "") + row[i];
    text += "\n";
  }
  return text;
}

std::string events_of(const rows& of, const std::string& source) {
  strings names;
  std::istringstream header{of.header};
  for (std::string name; std::getline(header, name, ',');)
    names.push_back(name);
  std::string text;
  for (const auto& row : of.cells) {
    json record;
    for (std::size_t i = 0; i < row.size(); ++i)
      record[names[i]] = json::parse(row[i]);
    text += event(source, record.dump());
  }
  return text;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string date(int day) {
  return std::string{"2011-01-"} + (day < 10 ? "0" : "") + std::to_string(day);
}

// Lockstep over the rows as events against --bounded over them as a file.
void check_equal(const std::string& topology, const std::string& source, const rows& of,
                 const strings& more = {}) {
  const temp_folder folder;
  strings bounded{
      "run",       topology, "--set",       source + "=" + folder.write("rows.csv", csv_of(of)),
      "--bounded", "--out",  folder / "out"};
  bounded.insert(bounded.end(), more.begin(), more.end());
  aisle_done(bounded);
  const auto expected = results_of(folder.path() / "out");
  REQUIRE_FALSE(expected.empty());
  strings stepped{topology};
  stepped.insert(stepped.end(), more.begin(), more.end());
  const auto run = aisle_done(lockstep(stepped), {.in = {}, .input = events_of(of, source)});
  CHECK(results_in(run.out) == expected);
}

TEST_CASE("lockstep gives what --bounded gives: online-retail") {
  rows of{"InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country", {}};
  for (int i = 0; i < 200; ++i) {
    of.cells.push_back({quoted("i" + std::to_string(i)), quoted("s" + std::to_string(i % 7)),
                        std::to_string(1 + i % 5), quoted(date(1 + i / 10) + " 10:00:00"), "1.25",
                        quoted(i % 3 == 0 ? "France" : "Norway")});
  }
  check_equal("online-retail", "lines", of);
}

TEST_CASE("lockstep gives what --bounded gives: series") {
  rows of{"timestamp,value", {}};
  for (int i = 0; i < 600; ++i) {
    of.cells.push_back(
        {quoted(date(1 + i / 24) + (i % 24 < 10 ? " 0" : " ") + std::to_string(i % 24) + ":00:00"),
         std::to_string(i == 500 ? 900 : 20 + i % 24)});
  }
  check_equal("series", "points", of);
}

TEST_CASE("lockstep gives what --bounded gives: demand") {
  rows of{"date,store_id,sku,units", {}};
  for (int day = 1; day <= 31; ++day) {
    for (const std::string sku : {"00123", "00456"}) {
      of.cells.push_back({quoted(date(day)), quoted("S1"), quoted(sku), std::to_string(day % 6)});
    }
  }
  check_equal("demand", "sales", of, {"--set", "every=7d", "--set", "horizon=7d"});
}

TEST_CASE("lockstep gives what --bounded gives: complete-journey") {
  const temp_folder folder;
  const auto products = folder.write("products.csv",
                                     "product_id,department\n"
                                     "p0,GROCERY\n");
  rows of{
      "household_id,store_id,basket_id,product_id,quantity,sales_value,transaction_timestamp_utc",
      {}};
  for (int i = 0; i < 100; ++i) {
    of.cells.push_back({quoted("h1"), quoted("st" + std::to_string(i % 3)),
                        quoted("b" + std::to_string(i)), quoted("p" + std::to_string(i % 2)), "2",
                        "3.98", quoted(date(1 + i / 10) + "T11:30:00Z")});
  }
  check_equal("complete-journey", "lines", of, {"--set", "products=" + products});
}

// ---- the protocol -------------------------------------------------------------------------------

TEST_CASE("the session on the page of lockstep is what happens") {
  const auto page = content_of(source_path("tools/aisle/LOCKSTEP.md"));
  std::string input;
  std::string expected;
  for (const auto& line : lines_of(page)) {
    if (line.starts_with("> {")) input += line.substr(2) + "\n";
    if (line.starts_with("< {")) expected += line.substr(2) + "\n";
  }
  REQUIRE(expected.size() > 500);
  CHECK(aisle_done(lockstep({"series"}), {.in = {}, .input = input}).out == expected);
}

std::string point(const std::string& at, int value) {
  return event("points",
               R"({"timestamp":"2011-01-01 )" + at + R"(","value":)" + std::to_string(value) + "}");
}

TEST_CASE("an advance brings out what is due, and nothing later, whatever the disorder") {
  const std::string row =
      R"({"InvoiceNo":"1","StockCode":"A","Quantity":1,"UnitPrice":1,"Country":"Norway",)"
      R"("InvoiceDate":"2011-01-01 )";
  const auto at = [&](const std::string& time) { return event("lines", row + time + "\"}"); };
  const auto out = lines_of(aisle_done(lockstep({"online-retail"}),
                                       {.in = {},
                                        .input = at("10:01:00") + at("10:07:00") + at("11:30:00") +
                                                 advance("2011-01-01T10:05:00Z") + at("10:08:00") +
                                                 advance("2011-01-01T10:10:00Z")})
                                .out);
  const auto first = std::find(out.begin(), out.end(), advanced("2011-01-01T10:05:00.000Z"));
  const auto second = std::find(out.begin(), out.end(), advanced("2011-01-01T10:10:00.000Z"));
  REQUIRE(second != out.end());
  REQUIRE(first - out.begin() == 1);  // the window of 10:00, with its last word
  CHECK(out[0].find(R"("start":"2011-01-01T10:00:00.000Z")") != std::string::npos);
  CHECK(out[0].find(R"("lines":1)") != std::string::npos);
  REQUIRE(second - first == 2);
  CHECK(first[1].find(R"("start":"2011-01-01T10:05:00.000Z")") != std::string::npos);
  CHECK(first[1].find(R"("lines":2)") != std::string::npos);
}

TEST_CASE("an event behind the last advance is late") {
  const std::string row =
      R"({"InvoiceNo":"1","StockCode":"A","Quantity":1,"UnitPrice":1,"Country":"Norway",)"
      R"("InvoiceDate":"2011-01-01 10:01:00"})";
  const auto ended =
      aisle_done(lockstep({"online-retail"}),
                 {.in = {}, .input = advance("2011-01-03T00:00:00Z") + event("lines", row)});
  const auto out = results_in(ended.out);
  const auto late = std::count_if(out.begin(), out.end(),
                                  [](const auto& line) { return line.starts_with("late "); });
  CHECK(late > 0);
  CHECK(ended.out.find(R"("lateness_ms":)") != std::string::npos);
}

TEST_CASE("what is no line of the protocol is a dead letter, and every advance is answered") {
  const auto ended = aisle_done(
      lockstep({"series"}),
      {.in = {},
       .input = "\nno\n{\"advance\":5}\n{\"source\":\"points\",\"event\":7}\n[1]\n"
                "{\"source\":\"points\"}\n{\"source\":\"points\",\"source\":\"points\"}\n" +
                point("10:00:00", 1) + std::string(3 << 20, 'x') + "\n" +
                advance("2011-01-01T12:00:00Z") + advance("2011-01-01T11:00:00Z") +
                R"({"source":"points","event":{"timestamp":"2011-01-01 13:00:00","value":2}})"});
  const auto out = lines_of(ended.out);
  CHECK(std::count(out.begin(), out.end(), R"({"advanced":null})") == 1);
  CHECK(std::count(out.begin(), out.end(), advanced("2011-01-01T12:00:00.000Z")) == 2);
  std::multiset<int> refused;
  int bad_events = 0;
  int scores = 0;
  for (const auto& line : results_in(ended.out)) {
    const auto record = json::parse(line.substr(line.find(' ')));
    scores += line.starts_with("scores ") ? 1 : 0;
    if (!line.starts_with("rejects ")) continue;
    if (record["source"] == "stdin") {
      CHECK(record["reason"] == "protocol");
      refused.insert(record["offset"].get<int>());
    } else {
      ++bad_events;
      CHECK(record["offset"] == 0);
      CHECK(record["original"] == "7");
    }
  }
  CHECK(refused == std::multiset<int>{0, 1, 2, 4, 5, 6, 8, 10});
  CHECK(bad_events == 1);
  CHECK(scores == 2);  // the last line has no end, and counts
}

TEST_CASE("lockstep says what it does not take, and which var a table needs") {
  for (const strings& more : {strings{"--bounded"}, strings{"--log", "files:."}, strings{"--json"},
                              strings{"--workers", "2"}}) {
    strings command{"series"};
    command.insert(command.end(), more.begin(), more.end());
    const auto ended = aisle(lockstep(command));
    CHECK(ended.code == 2);
    CHECK(ended.err.find(more.front()) != std::string::npos);
    CHECK(ended.out.empty());
  }
  const auto ended = aisle(lockstep({"retail"}));
  CHECK(ended.code == 2);
  CHECK(ended.err.find("unset-var") != std::string::npos);
}

TEST_CASE("an answer comes at once, while stdin stays open; SIGTERM ends the epoch") {
  const temp_folder folder;
  const auto program = aisle_command({}).front();
  const running talk{{"sh", "-c",
                      "mkfifo in; " + program +
                          " run series --lockstep < in > out & child=$!; exec 3> in; "
                          "echo '{\"advance\":\"2011-01-01T00:00:00Z\"}' >&3; "
                          "while ! grep -q advanced out; do sleep 0.01; done; "
                          "echo '{\"source\":\"points\",\"event\":{\"timestamp\":\"2011-01-01 "
                          "01:00:00\",\"value\":1}}' >&3; kill -TERM $child; "
                          "wait $child; echo \"ended $?\" >> out; touch over"},
                     {.in = folder.path(), .input = {}}};
  CHECK(eventually([&] { return std::filesystem::exists(folder.path() / "over"); }));
  const auto out = lines_of(content_of(folder.path() / "out"));
  CHECK(out == strings{advanced("2011-01-01T00:00:00.000Z"), "ended 0"});
}

}  // namespace
}  // namespace aisle::e2e
