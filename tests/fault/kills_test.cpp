// SPDX-License-Identifier: Apache-2.0
// Killed anywhere, a run goes on to the results of one that nobody disturbed.
#include <algorithm>
#include <csignal>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/fault.hpp"
#include "tests/fault/kill_harness.hpp"

namespace aisle::fault {
namespace {

/// One job of each kind for all test cases of a process.
const job& job_of(job_kind kind) {
  static const job files{job_kind::files};
  static const job topics{job_kind::topics};
  return kind == job_kind::files ? files : topics;
}

/// Large enough for many epochs, and so many kills, in one run.
const job& long_job(job_kind kind) {
  constexpr auto size = [] { return job_size{.stores = "8", .skus = "150", .days = "10"}; };
  static const job files{job_kind::files, size()};
  static const job topics{job_kind::topics, size()};
  return kind == job_kind::files ? files : topics;
}

TEST_CASE("the laws hold for an undisturbed run with a state, whose results are those without") {
  for (const auto kind : {job_kind::files, job_kind::topics}) {
    const trial once{job_of(kind)};
    const auto watching = once.verify();
    const auto ended = e2e::run(once.command());
    REQUIRE_MESSAGE(ended.code == 0, ended.err);
    CHECK(watching->look_back() == "");
    CHECK(once.difference() == "");
    std::size_t expected = 0;
    for (const auto& [sink, lines] : job_of(kind).expected().sorted)
      expected += lines.size();
    CHECK(watching->lines() == expected);
    CHECK(watching->epochs() >= 1);
  }
}

TEST_CASE("the verifier finds a line that is doubled, missing, changed, of another run, or late") {
  const auto& expected = job_of(job_kind::files).expected();
  const auto& windows = expected.sorted.at("windows");
  const auto& speech = expected.in_order.begin()->second;
  const auto sink =
      expected.in_order.begin()->first.substr(0, expected.in_order.begin()->first.find(' '));
  const auto wrong_after = [&](std::initializer_list<std::pair<std::string, std::string>> lines) {
    result_laws laws{expected};
    for (const auto& [to, line] : lines)
      laws.take(to, line);
    return !laws.wrong().empty();
  };
  REQUIRE(speech.size() > 2);
  CHECK_FALSE(wrong_after({{sink, speech[0]}, {sink, speech[1]}}));
  CHECK(wrong_after({{sink, speech[0]}, {sink, speech[0]}}));
  CHECK(wrong_after({{sink, speech[1]}}));
  CHECK(wrong_after({{sink, "{}"}}));
  CHECK(wrong_after({{sink, speech[0].substr(1)}}));
  CHECK(wrong_after({{"decisions", windows.front()}}));
}

TEST_CASE("kill -9 at any moment: the same results, in files") {
  kill_harness harness{long_job(job_kind::files), first_seed()};
  const auto kills = kills_wanted(12);
  const auto counts = harness.kill_at_random(kills);
  CHECK(counts.kills == kills);
  CHECK(counts.epochs >= kills);
  MESSAGE(counts.text());
}

TEST_CASE("kill -9 at any moment: the same results, in topics of an embedded log") {
  kill_harness harness{long_job(job_kind::topics), first_seed()};
  const auto kills = kills_wanted(12) / 3;
  const auto counts = harness.kill_at_random(kills);
  CHECK(counts.kills == kills);
  MESSAGE(counts.text());
}

TEST_CASE("stopped again and again by SIGTERM, a run goes on to the same results") {
  const trial once{long_job(job_kind::files)};
  const auto watching = once.verify();
  for (int stops = 0; stops < 3; ++stops) {
    const auto epochs = watching->epochs();
    e2e::running process{once.command()};
    REQUIRE(e2e::eventually([&] { return watching->epochs() > epochs; }));
    process.send(SIGTERM);
    const auto ended = process.wait();
    CHECK_MESSAGE(ended.code == 0, ended.err);
    CHECK(watching->look_back() == "");
  }
  const auto ended = e2e::run(once.command());
  CHECK_MESSAGE(ended.code == 0, ended.err);
  CHECK(watching->look_back() == "");
  CHECK(once.difference() == "");
}

/// Points that no run of these jobs comes to, and where they are tested.
const std::set<std::string_view> elsewhere{
    "kv.part_written",        // a preparation of more than 32 MiB: tests/kv
    "kv.part_synced",         // the same
    "log.segment_removed",    // retention: tests/log
    "log.segment_half_made",  // a topic of more than one segment: tests/log
    "log.segment_made",       // the same
    "log.segment_named",      // the same
};

/// Points that only a run comes to which finds what another death has left.
const std::map<std::string_view, std::string_view> behind{
    {"log.tail_cut", "log.half_written"},
    {"log.tail_adopted", "log.written"},
};

std::uint64_t deaths_wanted() { return std::max<std::uint64_t>(kills_wanted(12) / 12, 1); }

void check_points(job_kind kind, const std::function<bool(std::string_view)>& is_ours) {
  kill_counts all;
  std::uint64_t points = 0;
  for (const auto point : base::fault_points) {
    if (!is_ours(point) || elsewhere.contains(point)) continue;
    CAPTURE(point);
    kill_harness harness{job_of(kind), first_seed() + points};
    const auto before = behind.find(point);
    const auto counts = harness.die_at(
        point, deaths_wanted(), before == behind.end() ? std::string_view{} : before->second);
    CHECK_MESSAGE(counts.deaths == deaths_wanted(), point, ": ", counts.text());
    all += counts;
    ++points;
  }
  MESSAGE(points, " points: ", all.text());
}

bool is_of_log(std::string_view point) { return point.starts_with("log."); }
bool is_of_kafka(std::string_view point) { return point.starts_with("kafka."); }

TEST_CASE("killed at every point of state, node, protocol and file sinks: the same results") {
  check_points(job_kind::files,
               [](auto point) { return !is_of_log(point) && !is_of_kafka(point); });
}

TEST_CASE("killed at every point of the embedded log: the same results") {
  check_points(job_kind::topics, is_of_log);
}

TEST_CASE("killed at every point of the protocol with topics for sinks: the same results") {
  check_points(job_kind::topics, [](auto point) { return point.starts_with("checkpoint."); });
}

}  // namespace
}  // namespace aisle::fault
