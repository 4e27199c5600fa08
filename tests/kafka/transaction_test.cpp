// SPDX-License-Identifier: Apache-2.0
#include "runtime/kafka/transaction.hpp"

#include <array>

#include <doctest/doctest.h>

#include "tests/support/every_edge.hpp"

namespace aisle::kafka {
namespace {

using state = txn_state;
using event = txn_event;

constexpr std::array way{event::created, event::initialised, event::begun, event::sealed};

/// On the straight way to the state.
transaction made(state in) {
  transaction it;
  for (const auto step : way) {
    if (it.state() == in) {
      break;
    }
    it.go(step);
  }
  return it;
}

void poke(transaction& it, event on, state /*to*/) {
  if (on < event::retriable) {
    it.go(on);
  } else {
    static_cast<void>(it.meet(on));
  }
}

TEST_CASE(
    "a transactional producer takes every edge of its page, and dies of what only a bug brings") {
  support::take_every_edge<txn_table>(made, poke);
}

TEST_CASE("a retriable error leaves the producer where it is, in every state that has one") {
  for (const auto in : {state::initialising, state::ready, state::open, state::committing}) {
    auto it = made(in);
    CHECK(it.meet(event::retriable) == verdict::again);
    CHECK(it.state() == in);
  }
}

TEST_CASE("behind every other error there is no producer, whatever it was doing") {
  struct row {
    event error;
    verdict what;
  };
  constexpr std::array rows{
      row{event::abortable, verdict::take_over}, row{event::fatal, verdict::take_over},
      row{event::overdue, verdict::take_over}, row{event::fenced, verdict::lost},
      row{event::hopeless, verdict::refused}};
  for (const auto in : {state::initialising, state::ready, state::open, state::committing}) {
    for (const auto& [error, what] : rows) {
      auto it = made(in);
      CHECK(it.meet(error) == what);
      CHECK(it.state() == state::none);
    }
  }
}

TEST_CASE("a commit in doubt is never followed by another transaction of the same producer") {
  auto it = made(state::committing);
  CHECK(it.meet(event::overdue) == verdict::take_over);
  CHECK(support::dies([&] { it.go(event::begun); }));
}

}  // namespace
}  // namespace aisle::kafka
