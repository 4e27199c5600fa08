// SPDX-License-Identifier: Apache-2.0
#include "tests/entity/actor_laws.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include "runtime/node/key_actor.hpp"
#include "tests/entity/beds.hpp"

namespace aisle::node {
namespace {

TEST_CASE("the actor laws hold for a CAF actor per key") {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", std::int64_t{4});
  caf::actor_system system{config};
  entity::check_actor_laws([&](const entity::stage& of) {
    return std::make_unique<entity::key_hosts>(of, 1'000, std::make_shared<key_crew>(system));
  });
}

TEST_CASE("the actor laws hold for a CAF actor per key that sleeps when it is not at work") {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", std::int64_t{4});
  caf::actor_system system{config};
  entity::memory_budget budget{1};
  entity::check_actor_laws([&](const entity::stage& of) {
    return std::make_unique<entity::key_hosts>(
        of, 1'000, std::make_shared<key_crew>(system),
        entity::resting{.beds = entity::make_beds(), .budget = &budget, .after = std::nullopt});
  });
}

}  // namespace
}  // namespace aisle::node
