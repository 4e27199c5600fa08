// SPDX-License-Identifier: Apache-2.0
#include "tools/world/stock_room.hpp"

#include <array>
#include <vector>

#include <doctest/doctest.h>

#include "tests/world/recorder.hpp"

using namespace aisle::world;

namespace {

std::vector<product> some_goods() {
  world_options options;
  options.skus = 3;
  return make_goods(options);
}

constexpr std::array means{4.0, 1.0, 0.05};

}  // namespace

TEST_CASE("a shelf gives what it has and not more") {
  const auto goods = some_goods();
  stock_room room({1, purpose::stock}, goods, means);
  const auto there = room.on_hand(0);
  REQUIRE(there > 0);
  CHECK(room.sell(0, there + 3) == there);
  CHECK(room.on_hand(0) == 0);
  CHECK(room.sell(0, 1) == 0);
  CHECK_FALSE(room.lose(0));
  room.take_back(0, 2);
  CHECK(room.lose(0));
  CHECK(room.on_hand(0) == 1);
}

TEST_CASE("the naive rule orders whole packs once the position is low, and not again") {
  const auto goods = some_goods();
  stock_room room({1, purpose::stock}, goods, means);
  room.sell(0, room.on_hand(0));
  const auto units = room.naive_order(0);
  CHECK(units >= goods[0].moq);
  CHECK(units % goods[0].pack == 0);
  room.order(0, units, calendar_day{day_of(2026, 1, 9)});
  CHECK(room.naive_order(0) == 0);
}

TEST_CASE("an order is on the shelf on the day it is due, not before") {
  const auto goods = some_goods();
  stock_room room({1, purpose::stock}, goods, means);
  const auto before = room.on_hand(1);
  room.order(1, 12, calendar_day{day_of(2026, 1, 9)});
  CHECK(room.receive(calendar_day{day_of(2026, 1, 8)}).empty());
  const auto arrived = room.receive(calendar_day{day_of(2026, 1, 9)});
  REQUIRE(arrived.size() == 1);
  CHECK(arrived[0].sku == 1);
  CHECK(arrived[0].units == 12);
  CHECK(room.on_hand(1) == before + 12);
  CHECK(room.receive(calendar_day{day_of(2026, 1, 10)}).empty());
}

TEST_CASE("an empty shelf teaches the naive rule to order less") {
  const auto goods = some_goods();
  stock_room room({1, purpose::stock}, goods, means);
  room.sell(0, room.on_hand(0));
  room.close_day();
  const auto hopeful = room.naive_order(0);
  for (int day = 0; day < 40; ++day) {
    room.close_day();
  }
  CHECK(room.naive_order(0) < hopeful);
}

TEST_CASE("true lead times are mostly as stated and at least a day") {
  random_stream random(1, purpose::stock);
  int as_stated = 0;
  for (int i = 0; i < 10'000; ++i) {
    CHECK(true_lead_time(random, 1) >= 1);
    const auto days = true_lead_time(random, 5);
    CHECK(days >= 4);
    CHECK(days <= 8);
    as_stated += days == 5 ? 1 : 0;
  }
  CHECK(as_stated > 6'800);
  CHECK(as_stated < 7'200);
}
