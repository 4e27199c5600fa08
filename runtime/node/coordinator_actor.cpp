// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/coordinator_actor.hpp"

#include <utility>

namespace aisle::node {
namespace {

using self_ptr = caf::stateful_actor<coordinator_actor_state>*;

void carry_out(self_ptr self, const checkpoint::coordinator_effects& effects) {
  auto& state = self->state;
  if (effects.complete) {
    state.totals->epochs.add(1);
    if (const auto problem = state.keep(state.counts)) {
      self->send(state.to.supervisor, fault{*problem});
    }
    for (const auto& lane : state.to.lanes) {
      self->send(lane, complete{*effects.complete});
    }
  }
  if (effects.start) {
    for (const auto& reader : state.to.readers) {
      self->send(reader, start_epoch{*effects.start});
    }
  }
  if (effects.done) {
    self->send(state.to.supervisor, run_over{});
  }
}

/// Steps the coordinator and carries out what it asks.
template <class Step>
void step(self_ptr self, Step&& advance) {
  checkpoint::coordinator_effects effects;
  advance(*self->state.epochs, effects);
  carry_out(self, effects);
}

}  // namespace

caf::behavior coordinator_actor(self_ptr self, std::chrono::milliseconds interval,
                                std::function<std::optional<std::string>(const epoch_counts&)> keep,
                                view::run_status* status) {
  self->state.interval = interval;
  self->state.keep = std::move(keep);
  self->state.totals = status;
  return {
      [=](meet_coordinator& meet) {
        auto& state = self->state;
        state.to = *meet.neighbours;
        state.counts.readers.resize(state.to.readers.size());
        state.counts.shards.resize(state.to.shards);
        state.epochs.emplace(checkpoint::members{.readers = state.to.readers.size(),
                                                 .shards = state.to.shards,
                                                 .lanes = state.to.lanes.size()});
        self->delayed_send(self, state.interval, tick{});
      },
      [=](tick) {
        step(self, [](auto& epochs, auto& effects) { epochs.want_epoch(effects); });
        self->delayed_send(self, self->state.interval, tick{});
      },
      [=](epoch_full) {
        step(self, [](auto& epochs, auto& effects) { epochs.want_epoch(effects); });
      },
      [=](const cut& c) {
        self->state.counts.readers[c.reader] = c.counts;
        step(self, [&](auto& epochs, auto& effects) { epochs.cut(c.epoch, effects); });
      },
      [=](const passed& p) {
        self->state.counts.shards[p.shard] = p.counts;
        step(self, [&](auto& epochs, auto& effects) { epochs.passed(p.epoch, effects); });
      },
      [=](const prepared& p) {
        step(self, [&](auto& epochs, auto& effects) { epochs.prepared(p.epoch, effects); });
      },
      [=](const delivered& d) {
        step(self, [&](auto& epochs, auto& effects) { epochs.delivered(d.epoch, effects); });
      },
      [=](ended) { step(self, [](auto& epochs, auto& effects) { epochs.reader_ended(effects); }); },
      [=](finished) {
        step(self, [](auto& epochs, auto& effects) { epochs.shard_finished(effects); });
      },
      [=](stop) { step(self, [](auto& epochs, auto& effects) { epochs.finish(effects); }); },
  };
}

}  // namespace aisle::node
