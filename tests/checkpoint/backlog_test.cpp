// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/backlog.hpp"

#include <doctest/doctest.h>

namespace aisle::checkpoint {
namespace {

using numbers = std::vector<std::size_t>;

constexpr base::duration begin{1000};
constexpr base::duration moment{1};

/// Two sinks: one of two lanes, one of a single one.
struct two_sinks {
  backlog all{{0, 0, 1}, 2, base::epoch{7}, begin};
  static constexpr std::size_t first = 0;
  static constexpr std::size_t second = 1;

  two_sinks() { deliver_all(base::epoch{7}, begin); }

  void deliver_all(base::epoch to, base::duration now) {
    for (const std::size_t lane : {0UL, 1UL, 2UL})
      all.delivered(lane, to, now);
  }
};

TEST_CASE("an epoch waits for a sink until the last of its lanes has delivered it") {
  two_sinks sinks;
  CHECK(sinks.all.waiting(two_sinks::first) == 0);
  sinks.all.completed(base::epoch{8}, begin);
  sinks.all.delivered(0, base::epoch{8}, begin);
  sinks.all.delivered(2, base::epoch{8}, begin);
  CHECK(sinks.all.waiting(two_sinks::first) == 1);
  CHECK(sinks.all.waiting(two_sinks::second) == 0);
  sinks.all.completed(base::epoch{9}, begin);
  CHECK(sinks.all.waiting(two_sinks::first) == 2);
  sinks.all.delivered(1, base::epoch{9}, begin);
  CHECK(sinks.all.waiting(two_sinks::first) == 1);
}

TEST_CASE("a sink that takes nothing for long enough is told once, and again when it goes on") {
  two_sinks sinks;
  sinks.all.completed(base::epoch{8}, begin);
  sinks.all.delivered(2, base::epoch{8}, begin);
  const auto late = begin + standing_after;
  CHECK(sinks.all.look(late - moment).stand.empty());
  CHECK(sinks.all.look(late).stand == numbers{two_sinks::first});
  CHECK(sinks.all.stands(two_sinks::first, late));
  for (int looks = 0; looks < 3; ++looks) {
    const auto news = sinks.all.look(late + looks * standing_after);
    CHECK(news.stand.empty());
    CHECK(news.go_on.empty());
  }
  sinks.deliver_all(base::epoch{8}, late);
  CHECK(sinks.all.look(late).go_on == numbers{two_sinks::first});
  CHECK(sinks.all.look(late).go_on.empty());
}

TEST_CASE("sinks that stand at the same time are told together") {
  two_sinks sinks;
  sinks.all.completed(base::epoch{8}, begin);
  sinks.all.delivered(2, base::epoch{8}, begin);
  sinks.all.completed(base::epoch{9}, begin + moment);
  const auto late = begin + standing_after;
  CHECK(sinks.all.look(late).stand == numbers{two_sinks::first, two_sinks::second});
  CHECK(sinks.all.look(late + standing_after).stand.empty());
  sinks.all.delivered(2, base::epoch{9}, late + standing_after);
  CHECK(sinks.all.look(late + standing_after).go_on.empty());
  sinks.deliver_all(base::epoch{9}, late + standing_after);
  CHECK(sinks.all.look(late + standing_after).go_on ==
        numbers{two_sinks::first, two_sinks::second});
}

TEST_CASE("a sink that is slow and takes one epoch after the other does not stand") {
  two_sinks sinks;
  auto now = begin;
  sinks.all.completed(base::epoch{8}, now);
  for (std::uint64_t n = 9; n < 20; ++n) {
    sinks.all.completed(base::epoch{n}, now);
    now += standing_after - moment;
    CHECK(sinks.all.look(now).stand.empty());
    sinks.deliver_all(base::epoch{n - 1}, now);
  }
}

TEST_CASE("who goes on from a state has as many epochs waiting as may, until its lanes have said") {
  backlog again{{0}, 1, base::epoch{7}, begin};
  CHECK(again.waiting(0) == 2);
  CHECK(again.look(begin + standing_after).stand == numbers{0});
  again.delivered(0, base::epoch{7}, begin + standing_after);
  CHECK(again.waiting(0) == 0);
  const backlog anew{{0}, 1, base::epoch{0}, begin};
  CHECK(anew.waiting(0) == 0);
}

TEST_CASE("nothing that waits is nothing that stands, however long") {
  two_sinks sinks;
  CHECK(sinks.all.look(begin + 100 * standing_after).stand.empty());
  sinks.all.completed(base::epoch{8}, begin + 100 * standing_after);
  CHECK(sinks.all.look(begin + 100 * standing_after).stand.empty());
}

}  // namespace
}  // namespace aisle::checkpoint
