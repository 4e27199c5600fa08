// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "runtime/flow/reorder.hpp"
#include "runtime/flow/watermarks.hpp"
#include "tests/flow/rows.hpp"

namespace aisle::flow {
namespace {

TEST_CASE("an idle channel does not hold the merged watermark back") {
  watermarks marks{{0, 1}};
  marks.advance(channel{0}, at(100));
  marks.advance(channel{1}, at(5000));
  CHECK(marks.merged() == at(100));
  marks.rest(channel{0});
  CHECK(marks.merged() == at(5000));
  marks.advance(channel{1}, at(6000));
  CHECK(marks.merged() == at(6000));
}

TEST_CASE("a channel that wakes holds the watermark where it is until it has come up to it") {
  watermarks marks{{0, 1}};
  marks.advance(channel{1}, at(5000));
  marks.rest(channel{0});
  marks.wake(channel{0});
  CHECK(marks.merged() == at(5000));
  CHECK(marks.is_slowest(channel{0}));
  marks.advance(channel{1}, at(9000));
  CHECK(marks.merged() == at(5000));
  marks.advance(channel{0}, at(7000));
  CHECK(marks.merged() == at(7000));
}

TEST_CASE("when every channel is idle the watermark is the furthest, in whatever order they went") {
  for (const bool slow_first : {true, false}) {
    watermarks marks{{0, 1}};
    marks.advance(channel{0}, at(100));
    marks.advance(channel{1}, at(5000));
    marks.rest(channel{slow_first ? 0U : 1U});
    marks.rest(channel{slow_first ? 1U : 0U});
    CHECK(marks.merged() == at(5000));
  }
}

TEST_CASE("an idle channel beside one that has ended does not end the stage") {
  watermarks marks{{0, 1}};
  marks.advance(channel{0}, at(100));
  marks.advance(channel{1}, base::end_of_time);
  marks.rest(channel{0});
  CHECK(marks.merged() == at(100));
}

TEST_CASE("a channel that ended while it was idle does not end the stage before the others do") {
  watermarks marks{{0, 1}};
  marks.advance(channel{0}, at(100));
  marks.rest(channel{0});
  marks.rest(channel{1});
  marks.advance(channel{0}, base::end_of_time);
  CHECK(marks.merged() == at(100));
  marks.wake(channel{1});
  marks.advance(channel{1}, base::end_of_time);
  CHECK(marks.merged() == base::end_of_time);
}

TEST_CASE("one idle partition of a reader does not let its reader's other partitions be passed") {
  watermarks marks{{0, 0, 1}};
  marks.advance(channel{0}, at(10));
  marks.advance(channel{1}, at(300));
  marks.advance(channel{2}, at(900));
  marks.rest(channel{0});
  CHECK(marks.merged() == at(300));
}

TEST_CASE("a row from before the watermark that was released is seen at it, and is not lost") {
  reorder rows{reorder::mode::sorted};
  rows.release(at(5000));
  rows.add(channel{0}, base::source_id{0}, 0,
           batch_of({{.name = 1, .seen = at(4000)}, {.name = 2, .seen = at(5000), .offset = 1}}));
  CHECK_FALSE(rows.has_ready());
  rows.release(at(5001));
  REQUIRE(rows.has_ready());
  CHECK(name_of(rows.front().event) == 1);
  CHECK(rows.front().event.head->seen == at(5000));
  CHECK(rows.front().event.head->at == at(4000));
  rows.pop();
  CHECK(name_of(rows.front().event) == 2);
}

}  // namespace
}  // namespace aisle::flow
