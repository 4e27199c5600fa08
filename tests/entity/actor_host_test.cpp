// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/actor_host.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using lines = std::vector<std::string>;

TEST_CASE("each key has an actor of its own, activated by its first event") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context& out) {
    state.total += amount_of(e);
    emit_report(out, "total", state.total);
  };
  bench on{shop.stage};
  CHECK(on.host.actors() == 0);
  on.happen({.key = "a", .amount = 1});
  on.happen({.key = "b", .amount = 10});
  on.happen({.key = "a", .amount = 2});
  CHECK(on.host.actors() == 2);
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"a","total":1})", R"({"key":"b","total":10})", R"({"key":"a","total":3})"});
  CHECK(on.host.counts() == stage_counts{.in = 3, .applied = 3});
}

TEST_CASE("an output bears its actor's hash, by which its lane is chosen") {
  workshop shop{1};
  shop[0].hears = [](probe_state&, const event&, context& out) { emit_report(out, "x", 1); };
  bench on{shop.stage};
  on.happen({.key = "somebody"});
  REQUIRE(on.made.size() == 1);
  CHECK(on.made[0].key_hash == base::hash64("somebody"));
}

TEST_CASE("behaviours are called in their order, and see what those before them have just done") {
  workshop shop{3};
  shop[0].hears = [](probe_state& state, const event& e, context&) { state.total += amount_of(e); };
  shop[1].hears = [](probe_state& state, const event&, context& out) {
    state.total = 100 + static_cast<const probe_state*>(out.input_state(0))->total;
  };
  shop[2].hears = [](probe_state&, const event&, context& out) {
    emit_report(out, "second", static_cast<const probe_state*>(out.input_state(0))->total);
    emit_report(out, "first", static_cast<const probe_state*>(out.input_state(1))->total);
  };
  shop.stage.behaviours[1].inputs = {0};
  shop.stage.behaviours[2].inputs = {1, 0};
  bench on{shop.stage};
  on.happen({.amount = 7});
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"a","second":107})", R"({"key":"a","first":7})"});
}

TEST_CASE("a behaviour hears the streams it reads, and knows by which an event came") {
  workshop shop{2, 3};
  shop[0].streams = {true, false, true};
  shop[1].streams = {false, true, true};
  for (std::size_t p = 0; p < 2; ++p) {
    shop[p].hears = [p](probe_state&, const event& e, context& out) {
      emit_report(out, p == 0 ? "first" : "second", e.stream);
    };
  }
  bench on{shop.stage};
  for (stream_index by = 0; by < 3; ++by) {
    on.happen({}, by);
  }
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"a","first":0})", R"({"key":"a","second":1})", R"({"key":"a","first":2})",
              R"({"key":"a","second":2})"});
}

TEST_CASE("now is when the event is seen, not when it happened") {
  workshop shop{1};
  shop[0].hears = [](probe_state&, const event& e, context& out) {
    CHECK(out.now() == at(900));
    CHECK(e.head->at == at(5));
    CHECK(out.key() == "a");
    CHECK_FALSE(out.ended_at().has_value());
  };
  bench on{shop.stage};
  on.happen({.at_ms = 5, .seen_ms = 900});
  CHECK(on.host.counts().applied == 1);
}

TEST_CASE("the row of the actor's key stands beside every event and every timer") {
  const auto yaml = std::string{R"(
apiVersion: v3.1.0
kind: DataContract
name: place
version: 1.0.0
schema:
  - properties:
      - {name: key, logicalType: string, required: true, primaryKey: true}
      - {name: size, logicalType: integer}
)"};
  auto contract = record::parse_contract(yaml, "place.yaml");
  REQUIRE(contract.has_value());
  auto by = std::make_shared<const record::contract>(std::move(*contract));
  auto parsed = table::parse("key,size\na,17\nb,\n", "place.csv", by, {});
  REQUIRE(parsed.has_value());
  const auto places = std::make_shared<const table::reference>(std::move(*parsed));

  workshop shop{1};
  shop.stage.tables.push_back({.rows = places, .key = {0}});
  const auto tell = [](context& out, std::string_view name) {
    const auto row = out.rows()[1];
    const auto size = expr::load(row, 1, {base::kind::integer});
    emit_report(out, name, row.words == nullptr ? -2 : size.is_null() ? -1 : size.as_integer());
  };
  shop[0].hears = [&](probe_state& state, const event& e, context& out) {
    CHECK(e.rows.size() == 2);
    state.due = at(100);
    tell(out, "event");
  };
  shop[0].wakes = [&](probe_state& state, context& out) {
    CHECK(out.rows()[0].words == nullptr);
    state.due = base::end_of_time;
    tell(out, "timer");
  };
  bench on{shop.stage};
  for (const auto* const key : {"a", "b", "stranger"}) {
    on.happen({.key = key});
    on.fire_until(100);
  }
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"a","event":17})", R"({"key":"a","timer":17})", R"({"key":"b","event":-1})",
              R"({"key":"b","timer":-1})", R"({"key":"stranger","event":-2})",
              R"({"key":"stranger","timer":-2})"});
}

TEST_CASE("an actor that cannot be activated is not there at all, and its event is a dead letter") {
  workshop shop{3};
  bool short_of_memory = true;
  int begun = 0;
  shop[0].begins = [&] { ++begun; };
  shop[2].begins = [&] {
    if (short_of_memory) {
      throw std::runtime_error{"no room for another one"};
    }
  };
  bench on{shop.stage};
  on.happen({.offset = 4});
  CHECK(begun == 1);
  CHECK(on.host.actors() == 0);
  CHECK(on.host.bytes() == 0);
  CHECK(on.host.counts() == stage_counts{.in = 1, .failed = 1});
  const auto letters = on.take(output_kind::dead_letter);
  REQUIRE(letters.size() == 1);
  CHECK(letters[0].contains(R"("offset":4,"stage":"bench","reason":"failed","field":null,)"
                            R"("message":"no room for another one")"));
  short_of_memory = false;
  on.happen({.offset = 5});
  CHECK(on.host.actors() == 1);
  CHECK(on.host.counts() == stage_counts{.in = 2, .applied = 1, .failed = 1});
}

TEST_CASE(
    "an event late for one behaviour goes on to the others, and is told late with its window") {
  workshop shop{3};
  shop[0].closes_after = base::duration{100};
  shop[1].closes_after = base::duration{1'000};
  for (std::size_t p = 0; p < 3; ++p) {
    shop[p].hears = [p](probe_state&, const event&, context& out) {
      emit_report(out, "heard by", static_cast<std::int64_t>(p));
    };
  }
  bench on{shop.stage};
  on.happen({.at_ms = 50, .seen_ms = 149});
  CHECK(on.take(output_kind::late).empty());
  on.take(output_kind::report);
  on.happen({.at_ms = 50, .seen_ms = 150, .offset = 9});
  CHECK(on.take(output_kind::report) ==
        lines{R"({"key":"a","heard by":1})", R"({"key":"a","heard by":2})"});
  CHECK(on.take(output_kind::late) ==
        lines{R"({"source":"s0","partition":2,"offset":9,"stage":"bench","window":"b0",)"
              R"("lateness_ms":100,"event":{"id":"9","at":"1970-01-01T00:00:00.050Z",)"
              R"("key":"a","amount":1}})"});
  CHECK(on.host.counts() == stage_counts{.in = 2, .applied = 2});
  CHECK(on.host.late_by_behaviour() == std::vector<std::uint64_t>{1, 0, 0});
}

TEST_CASE("an event late for all that close their books is seen by nobody and activates nobody") {
  workshop shop{3};
  shop[0].closes_after = base::duration{100};
  shop[1].closes_after = base::duration{1'000};
  for (std::size_t p = 0; p < 3; ++p) {
    shop[p].hears = [](probe_state&, const event&, context&) { FAIL("nobody hears it"); };
  }
  bench on{shop.stage};
  on.happen({.at_ms = 0, .seen_ms = 1'000});
  CHECK(on.take(output_kind::late).size() == 2);
  CHECK(on.host.counts() == stage_counts{.in = 1, .late = 1});
  CHECK(on.host.late_by_behaviour() == std::vector<std::uint64_t>{1, 1, 0});
  CHECK(on.host.actors() == 0);
}

TEST_CASE("a stream that no book is kept of is never late") {
  workshop shop{2, 2};
  shop[0].closes_after = base::duration{100};
  shop[0].streams = {true, false};
  bench on{shop.stage};
  on.happen({.at_ms = 0, .seen_ms = 100'000}, 1);
  CHECK(on.host.counts() == stage_counts{.in = 1, .applied = 1});
}

}  // namespace
}  // namespace aisle::entity
