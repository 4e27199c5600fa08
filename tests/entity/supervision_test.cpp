// SPDX-License-Identifier: Apache-2.0
#include <new>
#include <stdexcept>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using lines = std::vector<std::string>;

/// Adds amounts up and reports the sum; throws at amount 13, before it changes anything and after
/// it has emitted.
void sums_up_to_thirteen(probe_state& state, const event& e, context& out) {
  emit_report(out, "total", state.total + amount_of(e));
  if (amount_of(e) == 13) {
    throw std::runtime_error{"thirteen"};
  }
  state.total += amount_of(e);
}

TEST_CASE("an event a behaviour throws at is a dead letter with its place, behaviour and reason") {
  workshop shop{1};
  shop[0].hears = sums_up_to_thirteen;
  bench on{shop.stage};
  on.happen({.at_ms = 7, .amount = 13, .offset = 41});
  CHECK(on.take(output_kind::dead_letter) ==
        lines{R"({"source":"s0","partition":2,"offset":41,"stage":"bench","reason":"failed",)"
              R"("field":"b0","message":"thirteen","original":"{\"id\":\"41\",)"
              R"(\"at\":\"1970-01-01T00:00:00.007Z\",\"key\":\"a\",\"amount\":13}"})"});
  CHECK(on.host.counts() == stage_counts{.in = 1, .failed = 1});
}

TEST_CASE("what a behaviour emitted before it threw is dropped, and the actor goes on as before") {
  workshop shop{1};
  shop[0].hears = sums_up_to_thirteen;
  bench on{shop.stage};
  for (const std::int64_t amount : {1, 13, 2}) {
    on.happen({.amount = amount});
  }
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"a","total":1})", R"({"key":"a","total":3})"});
  CHECK(on.host.counts() == stage_counts{.in = 3, .applied = 2, .failed = 1});
}

TEST_CASE("the other behaviours of the actor take the event, and what they emit counts") {
  workshop shop{3};
  for (std::size_t p = 0; p < 3; ++p) {
    shop[p].hears = [p](probe_state&, const event&, context& out) {
      emit_report(out, "by", static_cast<std::int64_t>(p));
      if (p == 1) {
        throw std::runtime_error{"not me"};
      }
    };
  }
  bench on{shop.stage};
  on.happen({});
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","by":0})", R"({"key":"a","by":2})"});
  CHECK(on.take(output_kind::dead_letter).size() == 1);
}

TEST_CASE("of several behaviours that throw the first is named, and the event has failed once") {
  workshop shop{2};
  shop[0].hears = [](auto&, auto&, auto&) { throw std::runtime_error{"first"}; };
  shop[1].hears = [](auto&, auto&, auto&) { throw std::runtime_error{"second"}; };
  shop.stage.max_failures = 2;
  bench on{shop.stage};
  on.happen({});
  const auto letters = on.take(output_kind::dead_letter);
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].contains(R"("field":"b0","message":"first")"));
  CHECK(on.host.counts() == stage_counts{.in = 1, .failed = 1});
  CHECK(on.host.quarantined_actors() == 0);
}

TEST_CASE("whatever is thrown, the shard lives") {
  workshop shop{1};
  shop[0].hears = [](probe_state&, const event& e, context&) {
    if (amount_of(e) == 1) {
      throw 5;
    }
    throw std::bad_alloc{};
  };
  bench on{shop.stage};
  on.happen({.amount = 1});
  on.happen({.amount = 2});
  const auto letters = on.take(output_kind::dead_letter);
  REQUIRE(letters.size() == 2);
  CHECK(letters[0].contains("an exception that is no std::exception"));
  CHECK(letters[1].contains("bad_alloc"));
}

TEST_CASE("after max_failures an actor is quarantined: its events are dead letters, others go on") {
  workshop shop{1};
  shop[0].hears = sums_up_to_thirteen;
  shop.stage.max_failures = 2;
  bench on{shop.stage};
  on.happen({.key = "ill", .amount = 13});
  on.happen({.key = "ill", .amount = 1});
  CHECK(on.host.quarantined_actors() == 0);
  on.happen({.key = "ill", .amount = 13});
  CHECK(on.host.quarantined_actors() == 1);
  on.take(output_kind::dead_letter);
  on.take(output_kind::report);

  on.happen({.key = "ill", .amount = 1, .offset = 8});
  on.happen({.key = "sound", .amount = 1});
  CHECK(on.take(output_kind::report) == lines{R"({"key":"sound","total":1})"});
  const auto letters = on.take(output_kind::dead_letter);
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].contains(R"("offset":8,"stage":"bench","reason":"quarantined","field":null)"));
  CHECK(on.host.counts() == stage_counts{.in = 5, .applied = 2, .failed = 2, .quarantined = 1});
}

TEST_CASE("a quarantined actor's timers do not fire any more") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context&) {
    state.due = at(100);
    if (amount_of(e) == 13) {
      throw std::runtime_error{"thirteen"};
    }
  };
  shop[0].wakes = [](auto&, auto&) { FAIL("it sleeps"); };
  shop.stage.max_failures = 1;
  bench on{shop.stage};
  on.happen({.amount = 1});
  on.happen({.amount = 13});
  on.fire_until(1'000);
  on.host.begin_closing(at(1'000));
  CHECK(on.host.next_timer() == base::end_of_time);
}

TEST_CASE("a timer that throws would throw for ever: its actor is quarantined at once") {
  workshop shop{2};
  shop[0].hears = [](probe_state& state, const event&, context&) { state.due = at(100); };
  shop[0].wakes = [](probe_state&, context& out) {
    emit_report(out, "never", 1);
    throw std::runtime_error{"at night"};
  };
  bench on{shop.stage};
  on.happen({.key = "ill"});
  on.fire_until(100);
  CHECK(on.host.quarantined_actors() == 1);
  CHECK(on.take(output_kind::report).empty());
  CHECK(on.take(output_kind::dead_letter) ==
        lines{R"({"source":null,"partition":null,"offset":null,"stage":"bench","reason":"failed",)"
              R"("field":"b0","message":"at night","original":"{\"key\":{\"key\":\"ill\"},)"
              R"(\"timer\":\"1970-01-01T00:00:00.100Z\"}"})"});
  CHECK(on.host.next_timer() == base::end_of_time);
  on.happen({.key = "ill"});
  CHECK(on.host.counts().quarantined == 1);
}

TEST_CASE("what is open in a quarantined actor at the end is told, and nothing of it is written") {
  workshop shop{2};
  shop[0].closes_at_the_end = true;
  shop[0].hears = [](probe_state& state, const event&, context&) { state.due = at(100); };
  shop[0].wakes = [](auto&, auto&) { FAIL("it sleeps"); };
  shop[1].hears = sums_up_to_thirteen;
  shop.stage.max_failures = 1;
  bench on{shop.stage};
  on.happen({.key = "ill", .amount = 13});
  on.take(output_kind::dead_letter);
  on.fire_until(1'000);
  on.host.begin_closing(at(1'000));
  on.fire_until(1'000);
  const auto letters = on.take(output_kind::dead_letter);
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].contains(R"("reason":"quarantined","field":"b0")"));
  CHECK(letters[0].contains("ill"));
  CHECK(on.host.next_timer() == base::end_of_time);
}

TEST_CASE("one actor's failures are none of another's, and none of its own after they were few") {
  workshop shop{1};
  shop[0].hears = sums_up_to_thirteen;
  shop.stage.max_failures = 3;
  bench on{shop.stage};
  for (int round = 0; round < 2; ++round) {
    for (int k = 0; k < 50; ++k) {
      on.happen({.key = "k" + std::to_string(k), .amount = 13});
    }
  }
  CHECK(on.host.quarantined_actors() == 0);
  on.happen({.key = "k7", .amount = 13});
  CHECK(on.host.quarantined_actors() == 1);
}

}  // namespace
}  // namespace aisle::entity
