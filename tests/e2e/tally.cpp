// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/tally.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <numeric>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/e2e/hits.hpp"
#include "tests/support/kafka_broker.hpp"
#include "tests/support/kafka_topics.hpp"

namespace aisle::e2e {
namespace {

using test_support::kafka_record;
using test_support::kafka_topics;
using test_support::unique_name;

constexpr int minute = 60;

/// Of a hit that counts for more than one.
std::string contract() {
  return std::string{hit_contract} +
         "      - {name: units, logicalType: integer, required: true}\n";
}

constexpr std::string_view topology = R"(aisle: 1
topology: tally
sources:
  hits: {{topic: {}, contract: hit, disorder: {}s, idle: {}}}
actors:
  page:
    per: page
    reads: hits
    windows:
      minute: {{tumbling: 1m, lateness: {}s, keep: {{n: count(), units: sum(units)}}}}
sinks:
  windows: {{from: page.windows, {}}}
  late: {{from: page.late, {}}}
  rejects: {{from: dead_letters, {}}}
)";

std::string json_of(const hit& what) {
  return fmt::format(R"({{"id":"{}","at":"2026-03-02T{:02}:{:02}:{:02}Z","page":"{}","units":{}}})",
                     what.id, what.at / 3600, what.at / minute % minute, what.at % minute,
                     what.page, what.units);
}

/// Of the times this file writes, the minute of the day.
int minute_of(const std::string& rfc3339) {
  return std::stoi(rfc3339.substr(11, 2)) * minute + std::stoi(rfc3339.substr(14, 2));
}

/// A dead letter in a topic is the original bytes, and its place is in headers.
json place_in_headers(const kafka_record& record) {
  json found;
  for (const auto& [name, value] : record.headers) {
    if (name == "aisle_partition") found["partition"] = std::stoi(value);
    if (name == "aisle_offset") found["offset"] = std::stoll(value);
  }
  return found;
}

std::set<place> places_of(const std::vector<json>& records) {
  std::set<place> all;
  for (const auto& one : records) {
    const bool is_first = all.emplace(one.at("partition"), one.at("offset")).second;
    REQUIRE_MESSAGE(is_first, "twice: ", one.dump());
  }
  return all;
}

std::int64_t sum_of(const std::map<minute_of_page, cell>& windows) {
  return std::accumulate(windows.begin(), windows.end(), std::int64_t{0},
                         [](std::int64_t all, const auto& one) { return all + one.second.n; });
}

}  // namespace

void tally_book::take(int partition, const hit& what) {
  const auto offset = next_[partition]++;
  if (!known_[partition].insert(what.id).second) {
    ++repeats;
    return;
  }
  auto& floor = floor_[partition];
  const auto seen = std::max(what.at, floor);
  floor = std::max(floor, what.at - by_.disorder);
  const auto begins = what.at / minute;
  if ((begins + 1) * minute + by_.lateness <= seen) {
    late.emplace(partition, offset);
  } else if (what.page == closing) {
    ++closers;
  } else {
    auto& into = windows[{what.page, begins}];
    ++into.n;
    into.units += what.units;
  }
}

void tally_book::grow(int from, int to) {
  auto slowest = floor_[0];
  for (int p = 1; p < from; ++p) {
    slowest = std::min(slowest, floor_[p]);
  }
  for (int p = from; p < to; ++p) {
    floor_[p] = slowest;
  }
}

std::int64_t tally_book::records() const {
  return std::accumulate(next_.begin(), next_.end(), std::int64_t{0},
                         [](std::int64_t all, const auto& one) { return all + one.second; });
}

std::int64_t tally_book::counted() const { return sum_of(windows); }
std::int64_t tally_found::counted() const { return sum_of(windows); }

tally::tally(std::string servers, int partitions, tally_settings by)
    : book{by}, by_{std::move(by)}, servers_{std::move(servers)}, name_{unique_name("hits")} {
  kafka_topics{servers_}.create(name_, partitions);
  folder_.write("contracts/hit.yaml", contract());
  auto text = fmt::format(topology, name_, by_.disorder, by_.idle, by_.lateness, output("windows"),
                          output("late"), output("rejects"));
  if (!by_.webhook.empty()) {
    text += fmt::format("  posts: {{from: page.windows, webhook: \"{}\"}}\n", by_.webhook);
  }
  topology_ = folder_.write("tally.yaml", text);
  // On a machine that is busy epochs would be up to a minute apart.
  config_ = folder_.write("node.yaml", "checkpoint: {interval: 100ms, max_cost: 100%}\n");
}

std::string tally::output(const std::string& sink) const {
  return by_.into_files ? "files: " + sink : fmt::format("topic: {}-{}", name_, sink);
}

void tally::put(int partition, const hit& what) {
  book.take(partition, what);
  waiting_.push_back({.key = what.page, .value = json_of(what), .partition = partition});
}

void tally::put_broken(int partition) {
  book.take_broken(partition);
  waiting_.push_back({.key = "broken", .value = "{\"id\":", .partition = partition});
}

void tally::put_closers(int partitions) {
  constexpr int ids = 1'000'000;
  constexpr int end_of_day = 23 * 3600;
  for (int p = 0; p < partitions; ++p) {
    put(p, {.id = ids + p, .at = end_of_day, .page = std::string{closing}});
  }
}

void tally::append() { test_support::append(servers_, name_, std::exchange(waiting_, {})); }

void tally::grow(int from, int to) {
  kafka_topics{servers_}.grow(name_, to);
  book.grow(from, to);
}

strings tally::command(const strings& more) const {
  strings all{"run",           topology_,  "--log", "kafka:" + servers_, "--out",
              folder_ / "out", "--config", config_, "--state",           folder_ / "state"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<json> tally::records_of_sink(const std::string& sink) const {
  const auto out = folder_.path() / "out";
  if (by_.into_files) {
    return std::filesystem::exists(out / sink) ? records_of(out, sink) : std::vector<json>{};
  }
  const auto topic = name_ + "-" + sink;
  std::vector<json> all;
  if (kafka_topics{servers_}.partitions(topic) == 0) return all;
  for (const auto& record : test_support::read_all(servers_, topic)) {
    all.push_back(sink == "rejects" ? place_in_headers(record) : json::parse(*record.value));
  }
  return all;
}

tally_found tally::found() const {
  tally_found all;
  for (const auto& window : records_of_sink("windows")) {
    const auto page = window["key"]["page"].get<std::string>();
    if (page == closing) continue;
    const minute_of_page which{page, minute_of(window["start"])};
    all.begun.insert(which);
    if (!window["final"].get<bool>()) continue;
    const auto& values = window["values"];
    const bool is_first = all.windows.emplace(which, cell{values["n"], values["units"]}).second;
    REQUIRE_MESSAGE(is_first, "final twice: ", window.dump());
  }
  all.late = places_of(records_of_sink("late"));
  all.refused = places_of(records_of_sink("rejects"));
  return all;
}

bool tally::is_done() const {
  // The first two cost little; reading topics takes the time of the run that is waited for.
  return read() == book.records() && applied() == book.counted() &&
         found().windows.size() >= book.windows.size();
}

json tally::summary() const {
  const auto out = folder_.path() / "out";
  return std::filesystem::exists(out / "summary.json") ? summary_of(out) : json::object();
}

std::int64_t tally::read() const {
  return summary().value(json::json_pointer{"/sources/hits/read"}, std::int64_t{0});
}

std::int64_t tally::applied() const {
  return summary().value(json::json_pointer{"/stages/page/applied"}, std::int64_t{0});
}

std::int64_t tally::declared_idle() const {
  return summary().value(json::json_pointer{"/declared/idle"}, std::int64_t{0});
}

void tally::check_agrees() const {
  const auto got = found();
  CHECK(got.windows == book.windows);
  CHECK(got.late == book.late);
  CHECK(got.refused == book.refused);
  const auto said = summary();
  const auto& source = said["sources"]["hits"];
  const auto& stage = said["stages"]["page"];
  const auto late = static_cast<std::int64_t>(book.late.size());
  const auto refused = static_cast<std::int64_t>(book.refused.size());
  CHECK(source["read"] == book.records());
  CHECK(source["rejected"] == refused);
  CHECK(source["duplicate"] == book.repeats);
  CHECK(stage["late"] == late);
  // Those that closed the windows wait for what may come beside them.
  CHECK(stage["applied"] == book.counted());
  // And so, by the program's own figures and by what it has put out, nothing is lost.
  CHECK(book.records() == stage["applied"].get<std::int64_t>() + stage["late"].get<std::int64_t>() +
                              source["rejected"].get<std::int64_t>() +
                              source["duplicate"].get<std::int64_t>() + book.closers);
  CHECK(book.records() == got.counted() + book.closers +
                              static_cast<std::int64_t>(got.late.size() + got.refused.size()) +
                              book.repeats);
}

std::string tally::accounts() const {
  const auto got = found();
  return fmt::format(
      "{} records appended = {} counted in {} windows + {} that closed them + {} late + {} dead "
      "letters + {} repeats; partitions declared idle: {}",
      book.records(), got.counted(), got.windows.size(), book.closers, got.late.size(),
      got.refused.size(), book.repeats, declared_idle());
}

json last_line_of(const running& run) {
  const auto all = run.printed();
  const auto end = all.rfind('\n');
  if (end == std::string::npos) return json::object();
  const auto before = end == 0 ? std::string::npos : all.rfind('\n', end - 1);
  const auto begin = before == std::string::npos ? 0 : before + 1;
  return json::parse(all.substr(begin, end - begin));
}

int partitions_told(const running& run) {
  return last_line_of(run).value(json::json_pointer{"/sources/hits/partitions"}, 0);
}

}  // namespace aisle::e2e
