// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/drift.hpp"

#include <random>

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

using std::chrono::milliseconds;

base::event_time at(std::int64_t ms) { return base::event_time{milliseconds{ms}}; }

TEST_CASE("nobody may be further ahead of the slowest than the drift") {
  drift board{2, milliseconds{100}};
  board.told(0, at(5000), true);
  CHECK(board.limit() < at(0));  // the other has not begun yet
  board.told(1, at(4000), true);
  CHECK(board.limit() == at(4100));
  board.told(1, at(4950), true);
  CHECK(board.limit() == at(5050));
}

TEST_CASE("nobody waits for a source that has read all there is, or ended") {
  drift board{3, milliseconds{100}};
  board.told(0, at(5000), true);
  board.told(1, at(1000), false);
  board.told(2, at(6000), true);
  CHECK(board.limit() == at(5100));
  board.told(0, at(5000), false);
  board.told(2, at(6000), false);
  CHECK(board.limit() == base::end_of_time);
  board.told(1, at(1001), true);
  CHECK(board.limit() == at(1101));
}

TEST_CASE("without a drift there is no limit") {
  drift board{1, std::nullopt};
  board.told(0, at(5), true);
  CHECK(board.limit() == base::end_of_time);
}

TEST_CASE("of all sources that have more, one at least may always read") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 chance{seed};
    drift board{4, milliseconds{static_cast<std::int64_t>(chance() % 50)}};
    std::vector<std::int64_t> where(4, 0);
    std::vector<bool> more(4, true);
    for (std::size_t i = 0; i < 4; ++i) {
      board.told(i, at(0), true);
    }
    for (int step = 0; step < 200; ++step) {
      const auto s = chance() % 4;
      where[s] += static_cast<std::int64_t>(chance() % 100);
      more[s] = chance() % 4 != 0;
      board.told(s, at(where[s]), more[s]);
      bool anybody = false;
      bool may = false;
      for (std::size_t i = 0; i < 4; ++i) {
        anybody = anybody || more[i];
        may = may || (more[i] && at(where[i]) <= board.limit());
      }
      CHECK((may || !anybody));
    }
  }
}

}  // namespace
}  // namespace aisle::flow
