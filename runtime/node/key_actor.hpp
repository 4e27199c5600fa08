// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/scoped_actor.hpp>

#include "runtime/entity/key_hosts.hpp"

namespace aisle::node {

/// Shard → the actor of one key: your mailbox is filled, work it off.
struct work_off {
  entity::key_cell* cell = nullptr;
};

/// The actor of one key → its shard: done.
struct worked_off {};

/// A CAF actor per key. The shard that asks waits, so that it must have a thread of its own; the
/// keys' actors share the scheduler's.
class key_crew final : public entity::crew {
 public:
  explicit key_crew(caf::actor_system& system);
  ~key_crew() override;
  void work_off(std::span<entity::key_cell* const> cells) override;
  /// As bench/actors measures it.
  [[nodiscard]] std::size_t bytes_each() const override { return 1'400; }

 private:
  const caf::actor& actor_of(entity::key_cell* cell);

  caf::scoped_actor self_;
  std::unordered_map<const entity::key_cell*, caf::actor> actors_;
};

}  // namespace aisle::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::work_off)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(aisle::node::worked_off)
