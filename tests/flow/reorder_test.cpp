// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/reorder.hpp"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "tests/flow/rows.hpp"

namespace aisle::flow {
namespace {

using names = std::vector<std::int64_t>;

constexpr channel a{0};
constexpr channel b{1};
constexpr base::source_id first{0};
constexpr base::source_id second{1};

/// Names of all ready rows, in the order they come out.
names drain(reorder& rows) {
  names all;
  while (rows.has_ready()) {
    all.push_back(name_of(rows.front().event));
    rows.pop();
  }
  return all;
}

TEST_CASE("a row becomes ready when the watermark has passed it, not when it has reached it") {
  reorder rows{reorder::mode::sorted};
  rows.add(a, first, 0, batch_of({{.name = 1, .seen = at(5000)}, {.name = 2, .seen = at(5001)}}));
  rows.release(at(5000));
  CHECK_FALSE(rows.has_ready());
  rows.release(at(5001));
  CHECK(drain(rows) == names{1});
  rows.release(at(5002));
  CHECK(drain(rows) == names{2});
}

TEST_CASE("rows come out sorted by seen, source, partition, offset, line and stream") {
  // In the order they should come out; each differs from the one before it in the next criterion.
  struct known {
    base::source_id source;
    std::uint8_t stream;
    sample row;
  };
  const std::vector<known> wanted{
      {second, 0, {.name = 0, .seen = at(1)}},
      {first, 1, {.name = 1, .seen = at(2), .offset = 9, .partition = 2, .item = 5}},
      {second, 1, {.name = 2, .seen = at(2), .offset = 9, .partition = 1, .item = 5}},
      {second, 1, {.name = 3, .seen = at(2), .offset = 8, .partition = 2, .item = 5}},
      {second, 1, {.name = 4, .seen = at(2), .offset = 9, .partition = 2, .item = 4}},
      {second, 0, {.name = 5, .seen = at(2), .offset = 9, .partition = 2, .item = 5}},
      {second, 1, {.name = 6, .seen = at(2), .offset = 9, .partition = 2, .item = 5}}};
  auto shuffled = wanted;
  std::mt19937_64 chance{7};
  for (int round = 0; round < 50; ++round) {
    std::ranges::shuffle(shuffled, chance);
    reorder rows{reorder::mode::sorted};
    for (const auto& k : shuffled) {
      rows.add(a, k.source, k.stream, batch_of({k.row}));
    }
    rows.release(base::end_of_time);
    CHECK(drain(rows) == names{0, 1, 2, 3, 4, 5, 6});
  }
}

TEST_CASE("whatever the batches and the advances, the order is one") {
  std::mt19937_64 chance{11};
  std::vector<sample> all;
  for (std::int64_t i = 0; i < 3000; ++i) {
    // Dense and sparse seconds, and times before 1970.
    const auto seen = static_cast<std::int64_t>(chance() % (i % 2 == 0 ? 20'000 : 200)) - 5'000;
    all.push_back({.name = i, .seen = at(seen), .offset = i});
  }
  auto sorted = all;
  std::ranges::sort(sorted, {}, [](const sample& s) { return std::pair{s.seen, s.offset}; });
  for (int round = 0; round < 20; ++round) {
    // Senders keep their promise: nothing comes that a watermark has passed.
    auto order = all;
    std::ranges::shuffle(order, chance);
    std::ranges::sort(order, {}, [&](const sample& s) {
      return base::floor_to(s.seen, base::duration{static_cast<std::int64_t>(1 + round * 97)});
    });
    reorder rows{reorder::mode::sorted};
    names got;
    for (std::size_t i = 0; i < order.size();) {
      const auto size = std::min<std::size_t>(1 + chance() % 40, order.size() - i);
      rows.add(a, first, 0,
               batch_of({order.begin() + static_cast<std::ptrdiff_t>(i),
                         order.begin() + static_cast<std::ptrdiff_t>(i + size)}));
      i += size;
      const auto rest = std::ranges::min(std::span{order}.subspan(std::min(i, order.size() - 1)),
                                         {}, &sample::seen);
      rows.release(i < order.size() ? rest.seen : base::end_of_time);
      std::ranges::copy(drain(rows), std::back_inserter(got));
    }
    REQUIRE(got.size() == sorted.size());
    CHECK(std::ranges::equal(got, sorted, {}, {}, &sample::name));
    CHECK(rows.size() == 0);
    CHECK(rows.bytes() == 0);
  }
}

TEST_CASE("a repeated or an older watermark releases nothing") {
  reorder rows{reorder::mode::sorted};
  rows.add(a, first, 0, batch_of({{.name = 1, .seen = at(10)}}));
  rows.release(at(10));
  rows.release(at(10));
  rows.release(at(-5));
  CHECK_FALSE(rows.has_ready());
  CHECK(rows.size() == 1);
}

TEST_CASE("rows that are taken as they come wait for no watermark and keep their order") {
  reorder rows{reorder::mode::as_they_come};
  rows.add(a, first, 0, batch_of({{.name = 1, .seen = at(9)}, {.name = 2, .seen = at(3)}}));
  rows.add(b, second, 0, batch_of({{.name = 3, .seen = at(1)}}));
  rows.release(at(2));
  CHECK(drain(rows) == names{1, 2, 3});
}

TEST_CASE("a row knows up to when timers come before it") {
  reorder sorted{reorder::mode::sorted};
  sorted.add(a, first, 0, batch_of({{.name = 1, .seen = at(70)}}));
  sorted.release(at(100));
  CHECK(sorted.front().after == at(70));

  reorder arriving{reorder::mode::as_they_come};
  arriving.add(a, first, 0, batch_of({{.name = 1, .seen = at(70)}}));
  arriving.release(at(100));
  arriving.add(a, first, 0, batch_of({{.name = 2, .seen = at(150)}}));
  CHECK(arriving.front().after == base::beginning_of_time);
  arriving.pop();
  CHECK(arriving.front().after == at(100));
}

TEST_CASE("a batch is freed, and its channel named, with its last row") {
  reorder rows{reorder::mode::sorted};
  rows.add(a, first, 0, batch_of({{.name = 1, .seen = at(1)}, {.name = 4, .seen = at(4)}}));
  rows.add(b, second, 0, batch_of({{.name = 2, .seen = at(2)}, {.name = 3, .seen = at(3)}}));
  rows.release(base::end_of_time);
  CHECK(rows.size() == 4);
  CHECK(rows.pop() == std::nullopt);
  CHECK(rows.pop() == std::nullopt);
  const auto both = rows.bytes();
  CHECK(rows.pop() == b);
  CHECK(rows.bytes() == both / 2);
  CHECK(rows.pop() == a);
  CHECK(rows.bytes() == 0);
  CHECK_FALSE(rows.has_ready());
}

TEST_CASE("a row is told with the stream it came by") {
  reorder rows{reorder::mode::sorted};
  rows.add(a, first, 3, batch_of({{.name = 1, .seen = at(1)}}));
  rows.add(a, first, 1, batch_of({{.name = 2, .seen = at(2)}}));
  rows.release(base::end_of_time);
  CHECK(rows.front().stream == 3);
  rows.pop();
  CHECK(rows.front().stream == 1);
}

}  // namespace
}  // namespace aisle::flow
