// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/shard_actor.hpp"

#include <utility>

#include "runtime/base/clock.hpp"
#include "runtime/base/fault.hpp"
#include "runtime/checkpoint/shard_keeping.hpp"
#include "runtime/node/key_actor.hpp"
#include "runtime/node/query.hpp"

namespace aisle::node {
namespace {

using self_ptr = caf::stateful_actor<shard_actor_state>*;

/// Rows and timers worked off before other messages get their turn.
constexpr std::size_t work_per_turn = 2'000;

void tell_status(shard_actor_state& state) {
  const auto& now = state.shard->host().counts();
  state.status->in.add(now.in - state.told.in);
  state.status->late.add(now.late - state.told.late);
  state.status->failed.add(now.failed - state.told.failed);
  state.status->quarantined.add(now.quarantined - state.told.quarantined);
  state.told = now;
  const auto tell = [](view::counter& to, std::size_t now_is, std::size_t& told) {
    to.add(now_is - told);
    told = now_is;
  };
  tell(state.status->actors, state.shard->host().actors(), state.actors_told);
  tell(state.status->asleep, state.shard->host().asleep(), state.asleep_told);
  tell(state.status->memory, state.shard->host().memory(), state.memory_told);
  const auto& made = state.shard->made();
  state.totals->windows.add(made.windows);
  state.totals->decisions.add(made.decisions);
  state.totals->reports.add(made.reports);
  state.totals->late.add(made.late);
  state.totals->dead_letters.add(made.dead_letters);
  state.shard->forget_made();
}

void carry_out(self_ptr self, entity::shard_effects& effects) {
  auto& state = self->state;
  for (const auto& credit : effects.credits) {
    const auto& origin = state.origins[credit.channel.get()];
    self->send(state.to.readers[origin.reader],
               event_credit{origin.partition, origin.target, credit.messages});
  }
  for (auto& [lane, message] : effects.lines) {
    self->send(state.to.lanes[lane],
               lines{std::make_shared<flow::line_message>(std::move(message))});
  }
  if (effects.passed) {
    base::pass_fault(base::fault_point::node_shard_frozen);
    state.said_full = false;
    frozen bytes;
    if (effects.delta) {
      const auto began = base::system_clock().ticks();
      bytes = std::make_shared<const std::string>(checkpoint::freeze(*effects.delta));
      state.cutting += base::system_clock().ticks() - began;
    }
    if (const auto cutting = std::exchange(state.cutting, {}); cutting > base::duration{0}) {
      self->send(state.to.coordinator, spent{{.frozen = cutting, .written = {}}});
    }
    self->send(state.to.coordinator,
               passed{state.number, *effects.passed, effects.counts_at_barrier, std::move(bytes)});
  }
  if (effects.epoch_full && !state.said_full) {
    state.said_full = true;
    self->send(state.to.coordinator, epoch_full{});
  }
  if (effects.gone) {
    self->send(state.to.supervisor, fault{*effects.gone});
  }
}

void work(self_ptr self, entity::shard_effects effects) {
  auto& state = self->state;
  state.shard->run(work_per_turn, effects);
  carry_out(self, effects);
  tell_status(state);
  if (effects.more && !state.going_on) {
    state.going_on = true;
    self->send(self, go_on{});
  }
  if (state.shard->state() == entity::shard_state::finished && !state.said_finished) {
    state.said_finished = true;
    self->send(state.to.coordinator, finished{});
  }
}

}  // namespace

caf::behavior shard_actor(self_ptr self, std::size_t number, const wired_shard& wired,
                          shard_keeping kept, view::run_status* status) {
  auto& state = self->state;
  auto options = wired.options;
  if (options.keys_max) {
    options.workers = std::make_shared<key_crew>(self->system());
  }
  if (kept.actors) {
    options.rest.kept = kept.actors;
    options.rest.budget = kept.budget;
    options.rest.layouts = kept.layouts;
  }
  state.shard = kept.from
                    ? std::make_unique<entity::shard>(std::move(options), std::move(*kept.from))
                    : std::make_unique<entity::shard>(std::move(options));
  kept.from.reset();
  state.kept = std::move(kept);
  state.number = number;
  state.origins = wired.origins;
  state.tables = wired.tables;
  state.status = &status->stages[wired.stage];
  state.totals = status;
  return {
      [=](meet_shard& meet) { self->state.to = *meet.neighbours; },
      [=](const events& received) {
        entity::shard_effects effects;
        const auto began = base::system_clock().ticks();
        self->state.shard->accept(std::move(*received.content), effects);
        if (effects.passed) {
          self->state.cutting = base::system_clock().ticks() - began;
        }
        work(self, std::move(effects));
      },
      [=](const line_credit& credit) {
        self->state.shard->credit(credit.lane, credit.messages);
        work(self, {});
      },
      [=](const ask& a) {
        a.answered->set_value(answer_of(*self->state.shard, *a.asked));
        work(self, {});
      },
      [=](const tables_in_force& changed) {
        std::vector<std::shared_ptr<const table::reference>> known;
        known.reserve(self->state.tables.size());
        for (const auto table : self->state.tables) {
          known.push_back((*changed.tables)[table]);
        }
        self->state.shard->know(changed.epoch, std::move(known));
      },
      [=](const stored& s) {
        const auto& by = self->state.kept;
        by.store->refresh();
        by.actors->stored(s.attempt.epoch);
        work(self, {});
      },
      [=](go_on) {
        self->state.going_on = false;
        work(self, {});
      },
  };
}

}  // namespace aisle::node
