// SPDX-License-Identifier: Apache-2.0
#include "tests/entity/actor_laws.hpp"

#include <thread>

#include "runtime/entity/key_hosts.hpp"
#include "tests/entity/beds.hpp"

namespace aisle::entity {
namespace {

/// Each mailbox on a thread of its own, all at once.
class crowd final : public crew {
 public:
  void work_off(std::span<key_cell* const> cells) override {
    std::vector<std::jthread> threads;
    threads.reserve(cells.size());
    for (auto* const cell : cells) {
      threads.emplace_back([cell] { cell->work_off(); });
    }
  }
};

TEST_CASE("the actor laws hold for actors a shard hosts") {
  check_actor_laws([](const stage& of) { return std::make_unique<actor_host>(of); });
}

TEST_CASE("the actor laws hold for actors that sleep whenever another is used") {
  memory_budget budget{1};
  check_actor_laws([&](const stage& of) {
    return std::make_unique<actor_host>(
        of, resting{.beds = make_beds(), .budget = &budget, .after = std::nullopt});
  });
}

TEST_CASE("the actor laws hold for an actor per key, each on a thread of its own") {
  check_actor_laws([](const stage& of) {
    return std::make_unique<key_hosts>(of, 1'000, std::make_shared<crowd>());
  });
}

TEST_CASE("the actor laws hold for an actor per key that sleeps as soon as it is not at work") {
  memory_budget budget{1};
  check_actor_laws([&](const stage& of) {
    return std::make_unique<key_hosts>(
        of, 1'000, std::make_shared<crowd>(),
        resting{.beds = make_beds(), .budget = &budget, .after = std::nullopt});
  });
  CHECK(budget.used() == 0);
}

TEST_CASE(
    "an actor per key is charged, sleeps for want of room, and is shown without being woken") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event&, context& out) {
    emit_report(out, "total", ++state.total);
  };
  for (const bool tight : {false, true}) {
    memory_budget budget{tight ? 1 : std::size_t{64} << 20};
    const host_maker make = [&](const stage& of) {
      return std::make_unique<key_hosts>(
          of, 100, std::make_shared<lone_crew>(),
          resting{.beds = make_beds(), .budget = &budget, .after = std::nullopt});
    };
    driven on{make, shop.stage};
    for (int i = 0; i < 300; ++i) {
      on.happen({.key = std::to_string(i % 50), .at_ms = i});
      static_cast<void>(on.all());
    }
    CHECK(on.all().size() == 300);
    CHECK(on.host().actors() == 50);
    CHECK(on.host().asleep() == (tight ? 50 : 0));
    CHECK(budget.used() == on.host().memory());
    CHECK(on.host().find("7")->awake != tight);
    CHECK(on.host().find("7")->last == at(257));
    CHECK(on.host().describe("7")->starts_with(R"({"b0":[6,)"));
    CHECK(on.host().asleep() == (tight ? 50 : 0));
    std::vector<std::string> listed;
    on.host().list(0, 100, [&](const actor_view& one) { listed.emplace_back(one.key); });
    CHECK(listed.size() == 50);
  }
}

TEST_CASE("an actor per key that nothing came to for a while sleeps, where the stage says so") {
  workshop shop{1};
  const host_maker make = [&](const stage& of) {
    return std::make_unique<key_hosts>(
        of, 100, std::make_shared<lone_crew>(),
        resting{.beds = make_beds(), .budget = nullptr, .after = base::duration{1'000}});
  };
  driven on{make, shop.stage};
  on.happen({.key = "quiet", .at_ms = 0});
  static_cast<void>(on.all());
  for (int i = 0; i < 10; ++i) {
    on.happen({.key = "busy", .at_ms = 900 + i * 100});
    static_cast<void>(on.all());
    on.host().rest(at(900 + i * 100));
  }
  CHECK_FALSE(on.host().find("quiet")->awake);
  CHECK(on.host().find("busy")->awake);
}

TEST_CASE("a key beyond the last there is room for: its events are dead letters, others go on") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event&, context& out) {
    emit_report(out, "total", ++state.total);
  };
  const host_maker two = [](const stage& of) {
    return std::make_unique<key_hosts>(of, 2, std::make_shared<lone_crew>());
  };
  driven on{two, shop.stage};
  for (const auto* key : {"a", "b", "c", "a", "c"}) {
    on.happen({.key = key});
  }
  const auto lines = on.all();
  CHECK(on.host().counts() == stage_counts{.in = 5, .applied = 3, .failed = 2});
  CHECK(std::ranges::count(lines, R"({"key":"a","total":2})") == 1);
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.contains(
              R"("reason":"failed","field":"shards","message":"the stage has its 2)");
        }) == 2);
  CHECK(on.host().actors() == 2);
}

}  // namespace
}  // namespace aisle::entity
