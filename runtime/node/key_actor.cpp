// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/key_actor.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "runtime/base/check.hpp"

namespace aisle::node {
namespace {

/// No more state than its key's: that lies in the cell it is sent. A class, because CAF 0.17 calls
/// a function without arguments of its own through a null pointer to an empty tuple.
class key_actor final : public caf::event_based_actor {
 public:
  explicit key_actor(caf::actor_config& config) : event_based_actor{config} {}

  caf::behavior make_behavior() override {
    return {[](const node::work_off& work) {
      work.cell->work_off();
      return worked_off{};
    }};
  }
};

}  // namespace

key_crew::key_crew(caf::actor_system& system) : self_{system} {}

key_crew::~key_crew() {
  for (const auto& [cell, actor] : actors_) {
    self_->demonitor(actor);
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  }
}

void key_crew::work_off(std::span<entity::key_cell* const> cells) {
  for (auto* const cell : cells) {
    self_->send(actor_of(cell), node::work_off{cell});
  }
  for (std::size_t done = 0; done < cells.size(); ++done) {
    self_->receive([](const worked_off&) {},
                   [](const caf::down_msg& /*gone*/) {
                     base::die("the actor of a key catches all that its behaviours throw");
                   });
  }
}

const caf::actor& key_crew::actor_of(entity::key_cell* cell) {
  const auto [at, is_new] = actors_.try_emplace(cell);
  if (is_new) {
    at->second = self_->spawn<key_actor, caf::monitored>();
  }
  return at->second;
}

}  // namespace aisle::node
