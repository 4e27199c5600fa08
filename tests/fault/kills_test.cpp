// SPDX-License-Identifier: Apache-2.0
// Killed anywhere, a run goes on to the results of one that nobody disturbed.
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
const job& long_job() {
  static const job made{job_kind::files, {.stores = "8", .skus = "150", .days = "10"}};
  return made;
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
    CHECK(watching->epochs() >= 3);
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
  kill_harness harness{long_job(), first_seed()};
  const auto kills = kills_wanted(12);
  const auto counts = harness.kill_at_random(kills);
  CHECK(counts.kills == kills);
  CHECK(counts.epochs >= kills);
  MESSAGE(counts.text());
}

TEST_CASE("kill -9 at any moment: the same results, in topics of an embedded log") {
  kill_harness harness{job_of(job_kind::topics), first_seed()};
  const auto kills = kills_wanted(12) / 3;
  const auto counts = harness.kill_at_random(kills);
  CHECK(counts.kills == kills);
  MESSAGE(counts.text());
}

}  // namespace
}  // namespace aisle::fault
