// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using lines = std::vector<std::string>;

/// Due at the amount of its last event; tells the moment it wakes.
void arm_at_amount(probe& p) {
  p.hears = [](probe_state& state, const event& e, context&) { state.due = at(amount_of(e)); };
  p.wakes = [](probe_state& state, context& out) {
    emit_report(out, "woken", out.now().time_since_epoch().count());
    state.due = base::end_of_time;
  };
}

TEST_CASE("timers fire in their order, whoever they belong to, each at the moment it is due") {
  workshop shop{1};
  arm_at_amount(shop[0]);
  bench on{shop.stage};
  CHECK(on.host.next_timer() == base::end_of_time);
  on.happen({.key = "a", .amount = 300});
  on.happen({.key = "b", .amount = 100});
  on.happen({.key = "c", .amount = 200});
  CHECK(on.host.next_timer() == at(100));
  on.fire_until(250);
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"b","woken":100})", R"({"key":"c","woken":200})"});
  CHECK(on.host.next_timer() == at(300));
  on.fire_until(300);
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","woken":300})"});
  CHECK(on.host.next_timer() == base::end_of_time);
}

TEST_CASE("all actors due at one moment fire, each once") {
  workshop shop{1};
  arm_at_amount(shop[0]);
  bench on{shop.stage};
  for (int k = 0; k < 40; ++k) {
    on.happen({.key = std::to_string(k), .amount = 77});
  }
  on.fire_until(77);
  auto woken = on.take(output_kind::report);
  std::ranges::sort(woken);
  CHECK(woken.size() == 40);
  CHECK(std::ranges::adjacent_find(woken) == woken.end());
}

TEST_CASE("a timer that an event moved earlier fires once, at the earlier moment") {
  workshop shop{1};
  arm_at_amount(shop[0]);
  bench on{shop.stage};
  on.happen({.amount = 500});
  on.happen({.amount = 100});
  on.fire_until(1'000);
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","woken":100})"});
}

TEST_CASE("a timer that an event moved later fires once, at the later moment") {
  workshop shop{1};
  arm_at_amount(shop[0]);
  bench on{shop.stage};
  on.happen({.amount = 100});
  on.happen({.amount = 500});
  on.fire_until(499);
  CHECK(on.take(output_kind::report).empty());
  on.fire_until(500);
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","woken":500})"});
}

TEST_CASE("a timer that moves to and fro fires whenever it is due, and never twice") {
  workshop shop{1};
  arm_at_amount(shop[0]);
  bench on{shop.stage};
  for (const std::int64_t due : {900, 100, 900, 50, 900, 900}) {
    on.happen({.amount = due});
  }
  on.fire_until(899);
  CHECK(on.take(output_kind::report).empty());
  on.happen({.amount = 950});
  on.happen({.amount = 900});
  on.fire_until(2'000);
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","woken":900})"});
}

TEST_CASE("behaviours of one actor due at one moment wake in their order") {
  workshop shop{3};
  for (std::size_t p = 0; p < 3; ++p) {
    shop[p].hears = [p](probe_state& state, const event&, context&) {
      state.due = p == 1 ? at(60) : at(50);
    };
    shop[p].wakes = [p](probe_state& state, context& out) {
      emit_report(out, "by", static_cast<std::int64_t>(p));
      state.due = base::end_of_time;
    };
  }
  bench on{shop.stage};
  on.happen({});
  on.host.fire_next(on.made);
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","by":0})", R"({"key":"a","by":2})"});
  CHECK(on.host.next_timer() == at(60));
}

TEST_CASE("a timer may arm itself again, as often as it likes") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event&, context&) { state.due = at(10); };
  shop[0].wakes = [](probe_state& state, context& out) {
    emit_report(out, "n", ++state.total);
    state.due = state.total < 3 ? state.due + base::duration{10} : base::end_of_time;
  };
  bench on{shop.stage};
  on.happen({});
  on.fire_until(1'000);
  CHECK(on.take(output_kind::report).size() == 3);
}

TEST_CASE(
    "at the end of input only those that close at the end wake, and know that it is the end") {
  workshop shop{3};
  for (std::size_t p = 0; p < 3; ++p) {
    shop[p].hears = [](probe_state& state, const event&, context&) { state.due = at(5'000); };
    shop[p].wakes = [p](probe_state& state, context& out) {
      CHECK(out.ended_at() == at(70));
      emit_report(out, "by", static_cast<std::int64_t>(p));
      state.due = base::end_of_time;
    };
  }
  shop[1].closes_after = base::duration{1'000'000};
  shop[2].closes_at_the_end = true;
  bench on{shop.stage};
  on.happen({});
  on.host.begin_closing(at(70));
  CHECK(on.host.next_timer() == at(5'000));
  on.fire_until(1LL << 40);
  CHECK(on.take(output_kind::report) == lines{R"({"key":"a","by":1})", R"({"key":"a","by":2})"});
}

}  // namespace
}  // namespace aisle::entity
