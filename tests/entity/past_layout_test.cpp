// SPDX-License-Identifier: Apache-2.0
// Actors that were kept when their stage was another.
#include "runtime/entity/past_layout.hpp"

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using place = std::optional<std::uint32_t>;

/// Cuts of a host, kept in memory only, and begun from again by another stage.
struct history {
  /// What a host has changed since its last cut.
  void cut(actor_host& host) {
    auto delta = std::make_shared<shard_delta>();
    host.freeze(delta->actors);
    delta->facts.epoch = epoch = epoch.next();
    delta->facts.host = {.counts = host.counts(),
                         .late = host.late_by_behaviour(),
                         .quarantined_actors = host.quarantined_actors()};
    facts = delta->facts;
    kept->add(std::move(delta));
  }
  [[nodiscard]] resting rest(std::uint32_t own,
                             std::map<std::uint32_t, past_layout> past = {}) const {
    resting with;
    with.kept = kept;
    with.layouts =
        std::make_shared<const kept_layouts>(kept_layouts{.own = own, .past = std::move(past)});
    return with;
  }

  std::shared_ptr<kept_actors> kept = std::make_shared<kept_actors>();
  base::epoch epoch;
  shard_facts facts;
};

past_layout layout(std::uint32_t states, std::vector<place> behaviours, bool is_same = false) {
  return {.states = states,
          .behaviours = std::move(behaviours),
          .is_same = is_same,
          .streams = {},
          .sources = {},
          .channels = {}};
}

void happen(actor_host& host, const happening& h, outputs& made) {
  const auto batch = batch_of({h});
  host.apply(0, batch[0], batch[0].head->seen, made);
}

/// Adds up; is due `wait` after the first event since it was.
void adds(probe& b, base::duration wait) {
  b.hears = [wait](probe_state& state, const event& e, context& out) {
    state.total += amount_of(e);
    state.due = std::min(state.due, out.now() + wait);
  };
  b.wakes = [](probe_state& state, context& out) {
    emit_report(out, "total", state.total);
    state.due = base::end_of_time;
  };
}

/// Two behaviours that have seen 3 and 4, the first due at 1,004, the second at 2,004.
history two_kept() {
  history all;
  workshop shop{2};
  adds(shop[0], std::chrono::seconds{1});
  adds(shop[1], std::chrono::seconds{2});
  shop[1].hears = [](probe_state& state, const event& e, context& out) {
    state.total += 10 * amount_of(e);
    state.due = std::min(state.due, out.now() + std::chrono::seconds{2});
  };
  actor_host host{shop.stage, all.rest(1)};
  outputs made;
  happen(host, {.key = "a", .at_ms = 4, .amount = 3}, made);
  happen(host, {.key = "b", .at_ms = 5'000, .amount = 4, .offset = 1}, made);
  all.cut(host);
  return all;
}

std::string key_of_a() {
  const auto batch = batch_of({{.key = "a"}});
  std::string key;
  const std::vector<std::uint8_t> places{flow::key_place};
  record::encode_key(key, batch[0].row, places, flow::visit_contract()->fields());
  return key;
}

std::int64_t total_of(const actor_host& host, std::size_t behaviour) {
  const auto shown = host.describe(key_of_a());
  REQUIRE(shown.has_value());
  // `{"b0":[3,1004],…}`: the values that `save` writes.
  const auto name = "\"b" + std::to_string(behaviour) + "\":[";
  const auto begin = shown->find(name) + name.size();
  return std::stoll(shown->substr(begin));
}

TEST_CASE("an actor that was kept when its stage was another is read by the names of now") {
  auto all = two_kept();
  workshop shop{3};
  // Now: what was the second, one that is new, what was the first.
  actor_host host{shop.stage, all.rest(2, {{1, layout(2, {1, std::nullopt, 0})}})};
  host.begin(all.facts.host, std::nullopt);
  CHECK(host.actors() == 2);
  CHECK(total_of(host, 0) == 30);
  CHECK(total_of(host, 1) == 0);
  CHECK(total_of(host, 2) == 3);
  // Nobody is woken by being looked at.
  CHECK(host.awake() == 0);
}

TEST_CASE("what a dropped behaviour left is passed over, and its timer wakes nobody for nothing") {
  auto all = two_kept();
  workshop shop{1};
  adds(shop[0], std::chrono::seconds{2});
  actor_host host{shop.stage, all.rest(2, {{1, layout(2, {1})}})};
  host.begin(all.facts.host, std::nullopt);
  // The first behaviour would have been due at 1,004.
  CHECK((host.next_timer() <= at(2'004)));
  outputs made;
  while (host.next_timer() <= at(2'003)) {
    host.fire_next(made);
  }
  CHECK(made.empty());
  while (host.next_timer() <= at(2'004)) {
    host.fire_next(made);
  }
  REQUIRE(made.size() == 1);
  CHECK(made[0].json.find("30") != std::string::npos);
}

TEST_CASE("a behaviour that is new and wants a timer has one, also in actors that sleep") {
  auto all = two_kept();
  workshop shop{3};
  adds(shop[0], std::chrono::seconds{1});
  adds(shop[1], std::chrono::seconds{2});
  bool fired = false;
  shop[2].wakes = [&](probe_state& state, context& out) {
    CHECK((out.now() == at(700)));
    fired = true;
    state.due = base::end_of_time;
  };
  shop[2].begins_due = at(700);
  actor_host host{shop.stage, all.rest(2, {{1, layout(2, {0, 1, std::nullopt})}})};
  host.begin(all.facts.host, std::nullopt);
  outputs made;
  while (host.next_timer() <= at(700)) {
    host.fire_next(made);
  }
  CHECK(fired);
  CHECK(made.empty());
}

TEST_CASE("what is kept from now on is of now, so that the past is read once") {
  auto all = two_kept();
  workshop shop{1};
  adds(shop[0], std::chrono::hours{1});
  {
    actor_host host{shop.stage, all.rest(2, {{1, layout(2, {0})}})};
    host.begin(all.facts.host, std::nullopt);
    outputs made;
    happen(host, {.key = "a", .at_ms = 900, .amount = 5, .offset = 2}, made);
    all.cut(host);
  }
  // Of number 1 nothing is known here: only `a` can be read.
  actor_host host{shop.stage, all.rest(2)};
  CHECK(total_of(host, 0) == 8);
  outputs made;
  happen(host, {.key = "b", .at_ms = 5'001, .offset = 3}, made);
  REQUIRE(host.trouble().has_value());
  CHECK(host.trouble()->find("layout 1, which the state does not explain") != std::string::npos);
}

TEST_CASE("where nothing of a stage has changed, its actors are taken as they are") {
  auto all = two_kept();
  workshop shop{2};
  adds(shop[0], std::chrono::seconds{1});
  adds(shop[1], std::chrono::seconds{2});
  actor_host host{shop.stage, all.rest(2, {{1, layout(2, {0, 1}, true)}})};
  host.begin(all.facts.host, std::nullopt);
  CHECK(total_of(host, 0) == 3);
  CHECK(total_of(host, 1) == 30);
}

TEST_CASE("a state of a newer version is refused by name, and not read as something else") {
  auto all = two_kept();
  workshop shop{2};
  // This program knows no version at all of the second.
  shop[1].knows_version = 0;
  actor_host host{shop.stage, all.rest(1)};
  host.begin(all.facts.host, std::nullopt);
  outputs made;
  happen(host, {.key = "a", .at_ms = 900, .offset = 2}, made);
  REQUIRE(host.trouble().has_value());
  CHECK(host.trouble()->find("the state of \"b1\" has version 1, of a newer Aisle; this program "
                             "knows 0") != std::string::npos);
}

// ---- facts and pages
// ------------------------------------------------------------------------------

TEST_CASE("facts of an older layout are carried over by name") {
  shard_facts facts;
  facts.merged = at(100);
  facts.channels = {{.watermark = at(100)}, {.watermark = at(150), .rests = true}};
  facts.host.late = {5, 7};
  facts.layout = 1;
  auto then = layout(2, {1, std::nullopt});
  then.channels = {1, std::nullopt};
  const kept_layouts by{.own = 2, .past = {{1, then}}};
  const auto now = carry_over(facts, by);
  REQUIRE(now.has_value());
  CHECK((now->channels == std::vector<channel_facts>{{.watermark = at(150), .rests = true},
                                                     {.watermark = at(100)}}));
  CHECK((now->host.late == std::vector<std::uint64_t>{7, 0}));
  CHECK((now->merged == at(100)));
  CHECK(now->layout == 2);

  facts.layout = 9;
  CHECK_FALSE(carry_over(facts, by).has_value());
  facts.layout = 1;
  facts.channels.clear();
  CHECK_FALSE(carry_over(facts, by).has_value());
}

TEST_CASE("what has come to its end does not read more") {
  shard_facts facts;
  facts.merged = base::end_of_time;
  facts.channels = {{.watermark = base::end_of_time, .ended = true}};
  facts.layout = 1;
  auto then = layout(1, {0});
  then.channels = {0, std::nullopt};
  const auto now = carry_over(facts, {.own = 2, .past = {{1, then}}});
  REQUIRE_FALSE(now.has_value());
  CHECK(now.error().find("had come to its end") != std::string::npos);
}

TEST_CASE("rows that wait go to the stream of their name, with the fields of now") {
  // What wrote it: a stage whose second stream had no field `paid`.
  std::string yaml{flow::visit_yaml};
  const auto paid = yaml.find("      - {name: paid");
  yaml.erase(paid, yaml.find('\n', paid) + 1);
  const auto contract = record::parse_contract(yaml, "visit.yaml");
  REQUIRE(contract.has_value());
  workshop before{1, 2};
  before.stage.streams[1].contract = &*contract;
  record::batch rows{contract->fields().words()};
  const support::row one{{base::value::of(std::string_view{"7"}), base::value::of(at(5)),
                          base::value::of(std::string_view{"a"}),
                          base::value::of(std::int64_t{12})}};
  rows.append({.at = at(5), .seen = at(6), .position = {}, .key_hash = 1}, one.ref(),
              record::text_fields(contract->fields()));
  const auto packed = pack({.number = 3, .source = {}, .stream = 1, .after = at(1), .rows = {}},
                           rows, {0}, before.stage, 1);

  const workshop shop{1, 2};
  auto then = layout(1, {0});
  then.sources = {base::source_id{1}};
  then.streams = {{.now = std::nullopt, .fields = before.stage.streams[0].layout()},
                  {.now = stream_index{0}, .fields = contract->fields()}};
  kept_layouts by{.own = 2, .past = {{1, then}}};
  const auto page = unpack_page(packed.bytes, shop.stage, by);
  REQUIRE(page.has_value());
  REQUIRE(page->has_value());
  CHECK(((*page)->stream == 0));
  CHECK(((*page)->source == base::source_id{1}));
  CHECK((*page)->number == 3);
  REQUIRE((*page)->rows.size() == 1);
  CHECK(((*page)->rows[0].head->seen == at(6)));
  std::string json;
  record::append_json(json, flow::visit_contract()->fields(), (*page)->rows[0].row);
  CHECK(json == R"({"id":"7","at":"1970-01-01T00:00:00.005Z","key":"a","amount":12})");

  // Of a stream that is read no more, nothing is left.
  by.past.at(1).streams[1].now.reset();
  const auto none = unpack_page(packed.bytes, shop.stage, by);
  REQUIRE(none.has_value());
  CHECK_FALSE(none->has_value());
  by.past.clear();
  CHECK_FALSE(unpack_page(packed.bytes, shop.stage, by).has_value());
}

TEST_CASE("where the rows that wait begin is told by what sources and streams are now") {
  shard_facts facts;
  facts.layout = 1;
  facts.rows.front = flow::waits_from::row{
      .after = at(4), .source = base::source_id{1}, .stream = 1, .position = {{}, {}, 3}};
  auto then = layout(1, {0});
  then.sources = {base::source_id{0}, base::source_id{2}, base::source_id{3}};
  then.streams = {{.now = stream_index{0}, .fields = {}},
                  {.now = stream_index{2}, .fields = {}},
                  {.now = stream_index{4}, .fields = {}}};
  kept_layouts by{.own = 2, .past = {{1, then}}};
  auto now = carry_over(facts, by)->rows.front;
  CHECK((now->source == base::source_id{2}));
  CHECK((now->stream == 2));
  CHECK(now->position.item == 3);

  // Its stream is gone: of the same record the next one's row is the next.
  by.past.at(1).streams[1].now.reset();
  now = carry_over(facts, by)->rows.front;
  CHECK((now->stream == 4));
  CHECK(now->position.item == 3);

  // Its source is gone: of the next one nothing that was seen then has been worked off.
  by.past.at(1).sources[1].reset();
  now = carry_over(facts, by)->rows.front;
  CHECK((now->source == base::source_id{3}));
  CHECK((now->stream == 0));
  CHECK(now->position.item == 0);
}

}  // namespace
}  // namespace aisle::entity
