// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/actor_table.hpp"

#include <deque>
#include <set>

#include <doctest/doctest.h>

#include "tests/support/allocation_faults.hpp"

namespace aisle::entity {
namespace {

/// Actors with a number in place of a key.
struct numbered {
  actor head;
  std::uint64_t number = 0;
};

struct crowd {
  void add(std::uint64_t hash, std::uint64_t number) {
    actors.push_back({.head = {}, .number = number});
    table.reserve_one();
    table.insert(hash, &actors.back().head);
  }
  [[nodiscard]] const actor* find(std::uint64_t hash, std::uint64_t number) const {
    return table.find(hash, [&](const actor& a) {
      return reinterpret_cast<const numbered&>(a).number == number;
    });
  }

  std::deque<numbered> actors;
  actor_table table;
};

TEST_CASE("an empty table finds nobody") {
  const crowd nobody;
  CHECK(nobody.find(5, 5) == nullptr);
  CHECK(nobody.table.size() == 0);
}

TEST_CASE("every actor is found by its key, and nobody by another, however many there are") {
  crowd all;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    CHECK(all.find(i * 0x9E3779B97F4A7C15, i) == nullptr);
    all.add(i * 0x9E3779B97F4A7C15, i);
  }
  CHECK(all.table.size() == 5'000);
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    CHECK(all.find(i * 0x9E3779B97F4A7C15, i) == &all.actors[i].head);
  }
}

TEST_CASE("actors whose hashes are equal, or fall into one place, are told apart by their keys") {
  crowd all;
  for (std::uint64_t i = 0; i < 200; ++i) {
    all.add(i < 100 ? 7 : 7 + (i << 32), i);
  }
  for (std::uint64_t i = 0; i < 200; ++i) {
    CHECK(all.find(i < 100 ? 7 : 7 + (i << 32), i) == &all.actors[i].head);
  }
  CHECK(all.find(7, 100) == nullptr);
}

TEST_CASE("everybody is visited once") {
  crowd all;
  for (std::uint64_t i = 0; i < 100; ++i) {
    all.add(i % 10, i);
  }
  std::multiset<const actor*> seen;
  all.table.for_each([&](const actor& a, std::uint64_t) { seen.insert(&a); });
  CHECK(seen.size() == 100);
  CHECK(std::set(seen.begin(), seen.end()).size() == 100);
}

TEST_CASE("when there is no memory for one more, nothing has changed") {
  crowd all;
  for (std::uint64_t i = 0; i < 12; ++i) {
    all.add(i, i);
  }
  {
    const support::allocation_faults none{0};
    CHECK_THROWS_AS(all.table.reserve_one(), std::bad_alloc);
  }
  CHECK(all.table.size() == 12);
  CHECK(all.find(10, 10) != nullptr);
  all.add(12, 12);
  CHECK(all.find(12, 12) != nullptr);
}

}  // namespace
}  // namespace aisle::entity
