// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/alignment.hpp"

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

using outcome = alignment::outcome;

constexpr channel a{0};
constexpr channel b{1};
constexpr channel c{2};

TEST_CASE("an epoch is cut by the barrier of the last channel, whichever that is") {
  alignment barriers{3};
  CHECK(barriers.barrier(c, base::epoch{1}) == outcome::waiting);
  CHECK(barriers.barrier(a, base::epoch{1}) == outcome::waiting);
  CHECK(barriers.last() == base::epoch{0});
  CHECK(barriers.barrier(b, base::epoch{1}) == outcome::aligned);
  CHECK(barriers.last() == base::epoch{1});
}

TEST_CASE("a channel is held from its barrier until the last one, and free again after it") {
  alignment barriers{2};
  CHECK_FALSE(barriers.holds(a));
  barriers.barrier(a, base::epoch{1});
  CHECK(barriers.holds(a));
  CHECK_FALSE(barriers.holds(b));
  barriers.barrier(b, base::epoch{1});
  CHECK_FALSE(barriers.holds(a));
  CHECK_FALSE(barriers.holds(b));
}

TEST_CASE("a single channel is aligned by every barrier") {
  alignment barriers{1};
  for (std::uint64_t n = 1; n < 4; ++n) {
    CHECK(barriers.barrier(a, base::epoch{n}) == outcome::aligned);
    CHECK_FALSE(barriers.holds(a));
  }
}

TEST_CASE("a barrier that is skipped, repeated or from before is out of order") {
  alignment barriers{2};
  CHECK(barriers.barrier(a, base::epoch{2}) == outcome::out_of_order);
  CHECK(barriers.barrier(a, base::epoch{0}) == outcome::out_of_order);
  CHECK(barriers.barrier(a, base::epoch{1}) == outcome::waiting);
  CHECK(barriers.barrier(a, base::epoch{1}) == outcome::out_of_order);
  CHECK(barriers.barrier(a, base::epoch{2}) == outcome::out_of_order);
  CHECK(barriers.barrier(b, base::epoch{1}) == outcome::aligned);
  CHECK(barriers.barrier(b, base::epoch{1}) == outcome::out_of_order);
}

TEST_CASE("alignment goes on behind the epoch it is told was the last") {
  alignment barriers{1, base::epoch{41}};
  CHECK(barriers.barrier(a, base::epoch{1}) == outcome::out_of_order);
  CHECK(barriers.barrier(a, base::epoch{42}) == outcome::aligned);
}

}  // namespace
}  // namespace aisle::flow
