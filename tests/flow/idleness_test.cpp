// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/idleness.hpp"

#include <random>

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

using std::chrono::milliseconds;

constexpr base::partition_id p0{0};
constexpr base::partition_id p1{1};

TEST_CASE("a partition is idle when its reader was at its end for the idle time, not earlier") {
  idleness watch{2, milliseconds{1000}};
  watch.caught_up(p0, milliseconds{5000});
  watch.caught_up(p0, milliseconds{5999});
  CHECK(watch.declare(milliseconds{5999}) == 0);
  CHECK_FALSE(watch.is_idle(p0));
  CHECK(watch.declare(milliseconds{6000}) == 1);
  CHECK(watch.is_idle(p0));
  CHECK_FALSE(watch.is_idle(p1));
  CHECK(watch.declare(milliseconds{9000}) == 0);
}

TEST_CASE("a partition becomes idle only at a barrier, however long it is quiet") {
  idleness watch{1, milliseconds{1000}};
  watch.caught_up(p0, milliseconds{0});
  watch.caught_up(p0, milliseconds{100'000});
  CHECK_FALSE(watch.is_idle(p0));
  CHECK(watch.declare(milliseconds{100'000}) == 1);
}

TEST_CASE("a record wakes its partition at once, and no other") {
  idleness watch{2, milliseconds{10}};
  watch.caught_up(p0, milliseconds{0});
  watch.caught_up(p1, milliseconds{0});
  CHECK(watch.declare(milliseconds{10}) == 2);
  watch.record(p0);
  CHECK_FALSE(watch.is_idle(p0));
  CHECK(watch.is_idle(p1));
  watch.caught_up(p0, milliseconds{11});
  CHECK(watch.declare(milliseconds{20}) == 0);
  CHECK(watch.declare(milliseconds{21}) == 1);
}

TEST_CASE("a reader that is held up wakes its partition, and the idle time begins anew") {
  idleness watch{1, milliseconds{10}};
  watch.caught_up(p0, milliseconds{0});
  watch.held_up(p0);
  CHECK(watch.declare(milliseconds{50}) == 0);
  watch.caught_up(p0, milliseconds{50});
  CHECK(watch.declare(milliseconds{60}) == 1);
  watch.held_up(p0);
  CHECK_FALSE(watch.is_idle(p0));
}

TEST_CASE("without an idle time nothing is ever idle") {
  idleness watch{1, std::nullopt};
  watch.caught_up(p0, milliseconds{0});
  CHECK(watch.declare(std::chrono::hours{1000}) == 0);
  CHECK_FALSE(watch.is_idle(p0));
}

TEST_CASE("whatever happens, who is idle was at its end for the idle time without a break") {
  constexpr milliseconds after{50};
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 chance{seed};
    const auto pick = [&](std::uint64_t of) { return chance() % of; };
    idleness watch{3, after};
    std::vector<std::optional<base::duration>> quiet(3);
    base::duration now{0};
    for (int step = 0; step < 400; ++step) {
      now += milliseconds{static_cast<std::int64_t>(pick(20))};
      const base::partition_id p{static_cast<std::uint32_t>(pick(3))};
      auto& since = quiet[p.get()];
      switch (pick(8)) {
        case 0:
          watch.record(p);
          since.reset();
          break;
        case 1:
          watch.held_up(p);
          since.reset();
          break;
        case 2:
          watch.declare(now);
          break;
        default:
          watch.caught_up(p, now);
          since = since.value_or(now);
      }
      for (std::uint32_t i = 0; i < 3; ++i) {
        const bool may_be = quiet[i] && now - *quiet[i] >= after;
        CHECK((may_be || !watch.is_idle(base::partition_id{i})));
      }
    }
  }
}

}  // namespace
}  // namespace aisle::flow
