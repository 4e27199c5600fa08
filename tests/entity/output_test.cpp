// SPDX-License-Identifier: Apache-2.0
// The records strangers' scripts read, byte for byte.
#include "runtime/entity/output.hpp"

#include <set>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using base::value;

const std::vector<record::key_field> two_fields{{.name = "region", .type = {base::kind::string}},
                                                {.name = "lane", .type = {base::kind::integer}}};
const speaker voice{.topology = "t", .stage = "gate", .key = two_fields};

std::string key_of(std::string_view region, std::int64_t lane) {
  std::string key;
  record::encode_key(key, std::vector{value::of(region), value::of(lane)});
  return key;
}

cause by_event() {
  return {.now = at(1'295'341'200'000),
          .source = "passes",
          .position = {.partition = base::partition_id{1}, .offset = base::offset{2}, .item = 3},
          .event_json = "\"R17\""};
}

cause by_timer() { return {.now = at(1'295'341'200'000), .source = {}, .position = {}}; }

decision full_decision() {
  decision d;
  d.code = "too_many";
  d.severity = severity::high;
  d.until = at(1'295'344'800'500);
  d.value = {{"score", value::of(0.5)}};
  d.why.text = "12 passes in a minute, 10 at most.";
  d.why.inputs = {{"passes", value::of(std::int64_t{12})},
                  {"toll", value::of(base::decimal{1050, 2})}};
  d.why.threshold = value::of(std::int64_t{10});
  d.why.rule = "passes > most";
  return d;
}

TEST_CASE("a window's record: start, end, how often it was told, its values at their scale") {
  const window_result result{.window = "passes_5m",
                             .start = at(0),
                             .end = at(300'000),
                             .revision = 2,
                             .final = true,
                             .values = {{"count", value::of(std::int64_t{3})},
                                        {"toll", value::of(base::decimal{1050, 2})},
                                        {"p95", value::of(0.1)},
                                        {"first", value{}}}};
  CHECK(to_json(voice, key_of("north", 7), result) ==
        R"({"stage":"gate","key":{"region":"north","lane":7},"window":"passes_5m",)"
        R"("start":"1970-01-01T00:00:00.000Z","end":"1970-01-01T00:05:00.000Z",)"
        R"("revision":2,"final":true,)"
        R"("values":{"count":3,"toll":"10.50","p95":0.1,"first":null}})");
}

TEST_CASE("a decision's record: what, why, until when, and the event that caused it") {
  const auto id = decision_id(voice, key_of("north", 7), "anomaly", "too_many", "rush", by_event());
  CHECK(to_json(voice, key_of("north", 7), "anomaly", "rush", by_event(), full_decision()) ==
        "{\"id\":\"" + id +
            R"(","kind":"anomaly","code":"too_many","stage":"gate",)"
            R"("key":{"region":"north","lane":7},"at":"2011-01-18T09:00:00.000Z",)"
            R"("until":"2011-01-18T10:00:00.500Z","severity":"high","event":"R17",)"
            R"("value":{"score":0.5},"why":{"text":"12 passes in a minute, 10 at most.",)"
            R"("inputs":{"passes":12,"toll":"10.50"},"threshold":10,"rule":"passes > most"}})");
}

TEST_CASE("a decision without a limit, a threshold or an event says null") {
  decision plain;
  plain.code = "c";
  const auto id = decision_id(voice, key_of("n", 1), "reorder", "c", "refill", by_timer());
  CHECK(to_json(voice, key_of("n", 1), "reorder", "refill", by_timer(), plain) ==
        "{\"id\":\"" + id +
            R"(","kind":"reorder","code":"c","stage":"gate","key":{"region":"n","lane":1},)"
            R"("at":"2011-01-18T09:00:00.000Z","until":null,"severity":"medium","event":null,)"
            R"("value":{},"why":{"text":"","inputs":{},"threshold":null,"rule":""}})");
}

TEST_CASE("severity is low, medium or high") {
  CHECK(to_text(severity::low) == "low");
  CHECK(to_text(severity::medium) == "medium");
  CHECK(to_text(severity::high) == "high");
}

TEST_CASE("a report is the key's fields and what the behaviour says, and nothing else") {
  const report made{
      .members = {{"made", value::of(at(0)), {}},
                  {"mean", value::of(2.0), {}},
                  {"quantiles", {}, {{"0.5", value::of(1.5)}, {"0.975", value::of(4.0)}}}}};
  CHECK(to_json(voice, key_of("n", 1), made) ==
        R"({"region":"n","lane":1,"made":"1970-01-01T00:00:00.000Z","mean":2,)"
        R"("quantiles":{"0.5":1.5,"0.975":4}})");
  CHECK(to_json(voice, key_of("n", 1), report{}) == R"({"region":"n","lane":1})");
}

TEST_CASE("a report of a stage without a key begins with what the behaviour says") {
  const speaker keyless{.topology = "t", .stage = "all", .key = {}};
  CHECK(to_json(keyless, "", report{.members = {{"n", value::of(std::int64_t{1}), {}}}}) ==
        R"({"n":1})");
}

TEST_CASE("a late record says by how much, and what the event was") {
  const auto batch = batch_of({{.key = "a", .at_ms = 1'000, .seen_ms = 61'250, .offset = 5}});
  CHECK(late_json(voice, "passes", "passes_5m", flow::visit_contract()->fields(), batch[0]) ==
        R"({"source":"passes","partition":2,"offset":5,"stage":"gate","window":"passes_5m",)"
        R"("lateness_ms":60250,"event":{"id":"5","at":"1970-01-01T00:00:01.000Z","key":"a",)"
        R"("amount":1}})");
}

TEST_CASE("the id of a decision is the same on every run and every machine") {
  CHECK(decision_id(voice, key_of("north", 7), "anomaly", "too_many", "rush", by_event()) ==
        "d3054d02d48d0f80ed5a134b5f607d08");
  CHECK(decision_id(voice, key_of("north", 7), "anomaly", "too_many", "rush", by_timer()) ==
        "ac08ed6b0c6d34917642964445c5b228");
}

TEST_CASE("whatever a decision is made of tells it from every other") {
  const auto key = key_of("north", 7);
  std::set<std::string> ids;
  const auto add = [&](const speaker& by, std::string_view of, std::string_view kind,
                       std::string_view code, std::string_view name, const cause& because) {
    ids.insert(decision_id(by, of, kind, code, name, because));
  };
  add(voice, key, "k", "c", "n", by_event());
  add({.topology = "u", .stage = "gate", .key = two_fields}, key, "k", "c", "n", by_event());
  add({.topology = "t", .stage = "door", .key = two_fields}, key, "k", "c", "n", by_event());
  add(voice, key_of("north", 8), "k", "c", "n", by_event());
  add(voice, key, "K", "c", "n", by_event());
  add(voice, key, "k", "C", "n", by_event());
  add(voice, key, "k", "c", "N", by_event());
  auto other = by_event();
  other.source = "others";
  add(voice, key, "k", "c", "n", other);
  other = by_event();
  other.position.partition = base::partition_id{9};
  add(voice, key, "k", "c", "n", other);
  other = by_event();
  other.position.offset = base::offset{9};
  add(voice, key, "k", "c", "n", other);
  other = by_event();
  other.position.item = 9;
  add(voice, key, "k", "c", "n", other);
  // A record and its first line have one position.
  other = by_event();
  other.position.item = 0;
  add(voice, key, "k", "c", "n", other);
  other.of_line = true;
  add(voice, key, "k", "c", "n", other);
  // The same code again, of the same call.
  other.repeat = 1;
  add(voice, key, "k", "c", "n", other);
  add(voice, key, "k", "c", "n", by_timer());
  auto later = by_timer();
  later.now += base::duration{1};
  add(voice, key, "k", "c", "n", later);
  // Parts that run together: "kc" + "" is not "k" + "c".
  add(voice, key, "kc", "", "n", by_event());
  CHECK(ids.size() == 17);
}

TEST_CASE("an event's own time is no part of the id: the same event has the same name") {
  auto later = by_event();
  later.now += base::duration{1};
  CHECK(decision_id(voice, "k", "k", "c", "n", by_event()) ==
        decision_id(voice, "k", "k", "c", "n", later));
}

TEST_CASE("a decision at an event bears its unique key, one at a timer none") {
  workshop shop{1};
  const auto decide = [](context& out) {
    decision d;
    d.code = "c";
    out.emit(d);
  };
  shop[0].hears = [&](probe_state& state, const event&, context& out) {
    decide(out);
    state.due = at(50);
  };
  shop[0].wakes = [&](probe_state& state, context& out) {
    decide(out);
    state.due = base::end_of_time;
  };
  bench on{shop.stage};
  on.happen({.offset = 12});
  on.fire_until(50);
  const auto made = on.take(output_kind::decision);
  REQUIRE(made.size() == 2);
  CHECK(made[0].contains(R"("event":"12")"));
  CHECK(made[1].contains(R"("event":null)"));
  CHECK(made[1].contains(R"("at":"1970-01-01T00:00:00.050Z")"));
}

}  // namespace
}  // namespace aisle::entity
