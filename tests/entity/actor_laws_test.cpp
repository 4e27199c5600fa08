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
