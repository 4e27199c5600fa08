// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/watermarks.hpp"

#include <doctest/doctest.h>

namespace aisle::flow {
namespace {

constexpr channel a{0};
constexpr channel b{1};
constexpr channel c{2};

base::event_time at(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

TEST_CASE("before every channel has spoken, the merged watermark stands before every event") {
  watermarks marks{{0, 1}};
  marks.advance(a, at(100));
  CHECK(marks.merged() == base::beginning_of_time);
  CHECK(marks.of(a) == at(100));
  CHECK(marks.of(b) == base::beginning_of_time);
}

TEST_CASE("the merged watermark is that of the channel furthest behind") {
  watermarks marks{{0, 1, 2}};
  marks.advance(a, at(100));
  marks.advance(b, at(50));
  marks.advance(c, at(70));
  CHECK(marks.merged() == at(50));
  marks.advance(b, at(90));
  CHECK(marks.merged() == at(70));
}

TEST_CASE("a repeated or an older watermark changes nothing") {
  watermarks marks{{0, 1}};
  marks.advance(a, at(100));
  marks.advance(b, at(80));
  for (const auto repeated : {at(100), at(99), at(-1), base::beginning_of_time}) {
    marks.advance(a, repeated);
    CHECK(marks.of(a) == at(100));
    CHECK(marks.merged() == at(80));
  }
}

TEST_CASE("channels of one reader stand as far as the one of them furthest behind") {
  watermarks marks{{0, 0, 1}};
  marks.advance(a, at(100));
  marks.advance(c, at(60));
  CHECK(marks.merged() == base::beginning_of_time);
  marks.advance(b, at(50));
  CHECK(marks.merged() == at(50));
  CHECK(marks.is_slowest(a));
  CHECK(marks.is_slowest(b));
  CHECK_FALSE(marks.is_slowest(c));
}

TEST_CASE("whoever holds the merged watermark back is the slowest, and several may be") {
  watermarks marks{{0, 1}};
  CHECK(marks.is_slowest(a));
  CHECK(marks.is_slowest(b));
  marks.advance(a, at(10));
  CHECK_FALSE(marks.is_slowest(a));
  CHECK(marks.is_slowest(b));
  marks.advance(b, at(10));
  CHECK(marks.is_slowest(a));
  CHECK(marks.is_slowest(b));
}

TEST_CASE("an ended channel holds nothing back") {
  watermarks marks{{0, 1}};
  marks.advance(a, base::end_of_time);
  marks.advance(b, at(10));
  CHECK(marks.merged() == at(10));
  CHECK_FALSE(marks.is_slowest(a));
  marks.advance(b, base::end_of_time);
  CHECK(marks.merged() == base::end_of_time);
}

// A stage that reads the third source only: its channels are all of group 2.
TEST_CASE("groups that no channel belongs to hold nothing back") {
  watermarks marks{{2, 2, 5}};
  marks.advance(a, at(10));
  marks.advance(b, at(20));
  marks.advance(c, at(30));
  CHECK(marks.merged() == at(10));
  CHECK(marks.is_slowest(b));
  CHECK_FALSE(marks.is_slowest(c));
}

}  // namespace
}  // namespace aisle::flow
