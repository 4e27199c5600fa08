// SPDX-License-Identifier: Apache-2.0
#include "tests/support/memory_control_log.hpp"

#include <doctest/doctest.h>

#include "runtime/control/log_follower.hpp"
#include "tests/control/control_log_laws.hpp"
#include "tests/control/records.hpp"

namespace aisle::control {
namespace {

/// A store with a Log record, and two writers of which the first has the fence.
struct two_writers {
  two_writers() {
    REQUIRE(one.fence().has_value());
    REQUIRE(one.append(a_log(), before_the_log) == log_offset{0});
  }
  memory_log_store store{2};
  memory_control_log one{store};
  memory_control_log two{store};
};

std::size_t records_in(control_log& log) { return log.read(log_offset{0}, 100).value().size(); }

/// A machine with its log in memory; a restart loses what is under way.
struct memory_log final : laws::kept_log {
  std::unique_ptr<control_log> open() override {
    return std::make_unique<memory_control_log>(store);
  }
  void restart() override { store.crash(); }
  memory_log_store store{2};
};

TEST_CASE("the log in memory keeps the laws of a control log") {
  laws::hold_for([] { return std::make_unique<memory_log>(); });
}

TEST_CASE("records are read in order from any offset, and the end is behind the last") {
  two_writers log;
  CHECK(log.one.append(a_claim(), log_offset{0}) == log_offset{2});
  CHECK(log.one.append(an_assign(), log_offset{2}) == log_offset{4});
  CHECK(log.two.end().value() == log_offset{6});
  const auto from_one = log.two.read(log_offset{1}, 1).value();
  REQUIRE(from_one.size() == 1);
  CHECK(from_one[0].at == log_offset{2});
  CHECK(from_one[0].after == log_offset{0});
  CHECK(from_one[0].what == record{a_claim()});
}

TEST_CASE("who was fenced appends nothing, and is told so") {
  two_writers log;
  REQUIRE(log.two.fence().has_value());
  const auto done = log.one.append(a_claim(), log_offset{0});
  REQUIRE_FALSE(done.has_value());
  CHECK(done.error() == append_failure::fenced);
  CHECK(records_in(log.two) == 1);
  CHECK(log.two.append(a_claim(), log_offset{0}).has_value());
}

TEST_CASE("an append with a lost answer is there, or not, or later") {
  for (const auto how : {lost_answer::landed, lost_answer::not_landed, lost_answer::lands_later}) {
    two_writers log;
    log.store.lose_next_answer(how);
    CHECK(log.one.append(a_claim(), log_offset{0}).error() == append_failure::unknown);
    CHECK(records_in(log.one) == (how == lost_answer::landed ? 2 : 1));
    log.store.land();
    CHECK(records_in(log.one) == (how == lost_answer::not_landed ? 1 : 2));
  }
}

TEST_CASE("behind a fence nothing of an earlier writer lands any more") {
  two_writers log;
  log.store.lose_next_answer(lost_answer::lands_later);
  CHECK_FALSE(log.one.append(a_claim(), log_offset{0}).has_value());
  REQUIRE(log.two.fence().has_value());
  const auto behind_the_fence = records_in(log.two);
  log.store.land();
  CHECK(records_in(log.two) == behind_the_fence);
}

TEST_CASE("a crash loses what was under way, and nothing that was shown") {
  two_writers log;
  log.store.lose_next_answer(lost_answer::lands_later);
  CHECK_FALSE(log.one.append(a_claim(), log_offset{0}).has_value());
  log.store.crash();
  log.store.land();
  CHECK(records_in(log.two) == 1);
}

TEST_CASE("what compaction leaves is followed, and what a restore leaves is not") {
  two_writers log;
  auto last = log_offset{0};
  const auto append = [&](const record& what) { last = log.one.append(what, last).value(); };
  append(a_claim());
  append(an_assign());
  const auto g = generation_at(last);
  append(a_complete({.generation = g, .epoch = base::epoch{1}}));
  append(a_complete({.generation = g, .epoch = base::epoch{2}}));
  log.store.compact(last);
  CHECK(records_in(log.two) == 4);

  log_follower follower{compaction::possible, {.log = a_log().log, .applied = last}};
  const auto left = log.two.read(log_offset{0}, 100).value();
  for (const auto& entry : left) {
    CHECK(follower.read(entry).has_value());
  }
  CHECK(follower.stood_on().epoch == base::epoch{2});
  CHECK(follower.reached_end(log.two.end().value()).has_value());
  log.store.shorten(1);
  CHECK(follower.reached_end(log.two.end().value()).error().code == errc::shortened);
}

}  // namespace
}  // namespace aisle::control
