// SPDX-License-Identifier: Apache-2.0
// Actors that sleep: nothing they do may show that they did.
#include <algorithm>
#include <random>
#include <stdexcept>

#include <doctest/doctest.h>

#include "tests/entity/beds.hpp"
#include "tests/entity/workshop.hpp"
#include "tests/sim/digest.hpp"

namespace aisle::entity {
namespace {

using lines = std::vector<std::string>;

std::string saved(const actor_host& host) {
  std::string bytes;
  base::packer to{bytes};
  host.save(to);
  return bytes;
}

/// A stage of behaviours that depend on all they ever saw, one of which throws now and then.
struct busy_stage {
  busy_stage() : shop{0} {
    shop.stage.behaviours.push_back(
        {.name = "order", .kind = "anomaly", .logic = &sound, .inputs = {}});
    shop.stage.behaviours.push_back(
        {.name = "throws", .kind = "anomaly", .logic = &throwing, .inputs = {}});
    shop.stage.max_failures = 4;
  }
  sim::digest sound{true, 0};
  sim::digest throwing{true, 23};
  workshop shop;
};

/// Outputs, sorted, and last state of a host that lives through 3,000 events of 40 keys.
std::pair<lines, std::string> life_of(actor_host& host, std::uint64_t seed) {
  std::mt19937_64 chance{seed};
  outputs made;
  std::int64_t now = 0;
  for (std::int64_t i = 0; i < 3'000; ++i) {
    now += static_cast<std::int64_t>(chance() % 3'000);
    while (host.next_timer() <= at(now)) {
      host.fire_next(made);
    }
    const auto key = "k" + std::to_string(chance() % 40);
    const auto batch = batch_of({{.key = key, .at_ms = now, .offset = i}});
    host.apply(0, batch[0], batch[0].head->seen, made);
    host.rest(at(now));
  }
  host.begin_closing(at(now));
  while (host.next_timer() != base::end_of_time) {
    host.fire_next(made);
  }
  lines all;
  for (const auto& output : made) {
    all.push_back(output.json);
  }
  std::ranges::sort(all);
  return {all, saved(host)};
}

TEST_CASE(
    "with room for one actor only, outputs and states are those of a host with room for all") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    busy_stage of;
    actor_host roomy{of.shop.stage};
    const auto wanted = life_of(roomy, seed);
    one_bed_short room;
    actor_host tight{of.shop.stage, room.rest()};
    CHECK((life_of(tight, seed) == wanted));
    CHECK(tight.awake() <= 1);
    CHECK(tight.actors() == roomy.actors());
    CHECK(tight.quarantined_actors() == roomy.quarantined_actors());
    CHECK(tight.counts() == roomy.counts());
    CHECK(tight.woken() > 1'000);
  }
}

TEST_CASE("asleep after an idle time: the same outputs, and who is idle sleeps") {
  busy_stage of;
  actor_host roomy{of.shop.stage};
  const auto wanted = life_of(roomy, 3);
  actor_host idle{of.shop.stage,
                  {.beds = make_beds(), .budget = nullptr, .after = base::duration{20'000}}};
  CHECK((life_of(idle, 3) == wanted));
  CHECK(idle.slept() > 100);
  CHECK(idle.awake() > 1);
}

TEST_CASE(
    "a host whose actors sleep is saved like one whose actors are awake, and loads into both") {
  busy_stage of;
  one_bed_short room;
  actor_host tight{of.shop.stage, room.rest()};
  life_of(tight, 5);
  const auto bytes = saved(tight);
  one_bed_short other_room;
  actor_host again{of.shop.stage, other_room.rest()};
  base::unpacker from{bytes};
  again.load(from);
  CHECK(from.done());
  CHECK(again.awake() == 1);
  CHECK((saved(again) == bytes));
}

TEST_CASE("the timer of a sleeping actor wakes it") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event&, context&) { state.due = at(100); };
  shop[0].wakes = [](probe_state& state, context& out) {
    emit_report(out, "woke", 1);
    state.due = base::end_of_time;
  };
  one_bed_short room;
  actor_host host{shop.stage, room.rest()};
  outputs made;
  for (const auto* key : {"a", "b", "c"}) {
    const auto batch = batch_of({{.key = key}});
    host.apply(0, batch[0], batch[0].head->seen, made);
  }
  CHECK(host.asleep() == 2);
  while (host.next_timer() <= at(100)) {
    host.fire_next(made);
  }
  CHECK(made.size() == 3);
  CHECK(host.awake() == 1);
}

TEST_CASE("a budget is kept: what is held never exceeds it by more than one actor") {
  workshop shop{2};
  memory_budget budget{100'000};
  {
    actor_host host{shop.stage, {.beds = make_beds(), .budget = &budget, .after = std::nullopt}};
    outputs made;
    for (int i = 0; i < 3'000; ++i) {
      const auto batch = batch_of({{.key = "key " + std::to_string(i % 1'500)}});
      host.apply(0, batch[0], batch[0].head->seen, made);
      REQUIRE(host.memory() <= budget.limit());
    }
    CHECK(host.actors() == 1'500);
    CHECK(host.awake() > 100);
    CHECK(host.asleep() > 100);
    host.rest(at(0));
    CHECK(budget.used() == host.memory());
  }
  CHECK(budget.used() == 0);
}

TEST_CASE("while the node is short of memory, a host that is not used gives its room away") {
  workshop shop{1};
  memory_budget budget{175'000};
  actor_host quiet{shop.stage, {.beds = make_beds(), .budget = &budget, .after = std::nullopt}};
  actor_host busy{shop.stage, {.beds = make_beds(), .budget = &budget, .after = std::nullopt}};
  outputs made;
  for (int i = 0; i < 1'000; ++i) {
    const auto batch = batch_of({{.key = "q" + std::to_string(i)}});
    quiet.apply(0, batch[0], batch[0].head->seen, made);
  }
  REQUIRE(quiet.awake() == 1'000);
  for (int i = 0; i < 40'000; ++i) {
    const auto batch = batch_of({{.key = "b" + std::to_string(i % 1'500)}});
    busy.apply(0, batch[0], batch[0].head->seen, made);
    if (i % 100 == 0) {
      quiet.rest(at(0));
    }
  }
  CHECK(quiet.awake() < 500);
  CHECK(busy.awake() > 700);
}

TEST_CASE("without room to sleep in, the host says so and loses nobody") {
  workshop shop{1};
  memory_budget budget{1};
  actor_host host{shop.stage, {.beds = make_beds(1'000), .budget = &budget, .after = std::nullopt}};
  outputs made;
  for (const auto* key : {"a", "b"}) {
    const auto batch = batch_of({{.key = key}});
    host.apply(0, batch[0], batch[0].head->seen, made);
  }
  REQUIRE(host.trouble().has_value());
  CHECK(host.trouble()->contains("bench"));
  CHECK(host.awake() == 2);
}

TEST_CASE("a quarantined actor is released: it takes events, and its timers come, a night late") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context& out) {
    state.due = at(100);
    if (amount_of(e) == 13) {
      throw std::runtime_error{"thirteen"};
    }
    emit_report(out, "heard", amount_of(e));
  };
  shop[0].wakes = [](probe_state& state, context& out) {
    emit_report(out, "woke", out.now().time_since_epoch().count());
    state.due = base::end_of_time;
  };
  shop.stage.max_failures = 1;
  for (const bool sleeps : {false, true}) {
    one_bed_short room;
    actor_host host{shop.stage, sleeps ? room.rest() : resting{}};
    outputs made;
    const auto happen = [&](const happening& h) {
      const auto batch = batch_of({h});
      host.apply(0, batch[0], batch[0].head->seen, made);
    };
    happen({.key = "ill", .amount = 1});
    happen({.key = "ill", .amount = 13});
    happen({.key = "other", .at_ms = 500, .amount = 2});
    while (host.next_timer() <= at(500)) {
      host.fire_next(made);
    }
    REQUIRE(host.quarantined_actors() == 1);
    CHECK_FALSE(host.release("other"));
    CHECK_FALSE(host.release("nobody"));
    REQUIRE(host.release("ill"));
    CHECK(host.quarantined_actors() == 0);
    CHECK(host.next_timer() == at(100));
    made.clear();
    host.fire_next(made);
    happen({.key = "ill", .at_ms = 600, .amount = 3});
    REQUIRE(made.size() == 2);
    CHECK(made[0].json == R"({"key":"ill","woke":100})");
    CHECK(made[1].json == R"({"key":"ill","heard":3})");
  }
}

TEST_CASE("a list goes over everybody once, in pages; one actor is shown without being woken") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context&) { state.total = amount_of(e); };
  one_bed_short room;
  actor_host host{shop.stage, room.rest()};
  outputs made;
  for (int i = 0; i < 100; ++i) {
    const auto batch = batch_of({{.key = std::to_string(i), .at_ms = i, .amount = i}});
    host.apply(0, batch[0], batch[0].head->seen, made);
  }
  std::vector<std::string> keys;
  std::uint64_t cursor = 0;
  do {
    cursor = host.list(cursor, 7, [&](const actor_view& one) { keys.emplace_back(one.key); });
  } while (cursor != 0);
  std::ranges::sort(keys);
  CHECK(keys.size() == 100);
  CHECK(std::ranges::unique(keys).empty());
  const auto woken = host.woken();
  const auto no_timer = std::to_string(base::end_of_time.time_since_epoch().count());
  CHECK(host.describe("42") == "{\"b0\":[42," + no_timer + "]}");
  CHECK_FALSE(host.find("42")->awake);
  CHECK(host.find("42")->last == at(42));
  CHECK(host.woken() == woken);
  CHECK_FALSE(host.describe("100").has_value());
}

}  // namespace
}  // namespace aisle::entity
