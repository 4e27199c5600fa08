// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/coordinator_actor.hpp"

#include <utility>

#include <fmt/format.h>

#include "runtime/node/wiring.hpp"

namespace aisle::node {
namespace {

using self_ptr = caf::stateful_actor<coordinator_actor_state>*;

/// Every shard is told before any reader is, so the tables lie in its mailbox before the barrier.
void put_tables_in_force(self_ptr self, base::epoch n) {
  auto& state = self->state;
  if (state.changed_tables.empty()) {
    return;
  }
  for (const auto table : std::exchange(state.changed_tables, {})) {
    ++state.record.table_versions[table];
    state.totals->tables_changed.add(1);
    self->send(state.to.supervisor,
               notice{fmt::format("table {} has changed: version {} is in "
                                  "force from epoch {} on",
                                  state.to.table_names[table],
                                  state.record.table_versions[table] + 1, n.get() + 1)});
  }
  const auto now = std::make_shared<const loaded_tables>(state.to.tables);
  for (const auto& shard : state.to.shards) {
    self->send(shard, tables_in_force{n, now});
  }
}

void tell_limit(self_ptr self) {
  auto& state = self->state;
  const auto limit = state.drift->limit();
  if (limit == std::exchange(state.told_limit, limit)) {
    return;
  }
  for (const auto& reader : state.to.readers) {
    self->send(reader, drift_limit{limit});
  }
}

void carry_out(self_ptr self, const checkpoint::coordinator_effects& effects) {
  auto& state = self->state;
  if (effects.complete) {
    state.totals->epochs.add(1);
    if (const auto problem = state.keep(state.record)) {
      self->send(state.to.supervisor, fault{*problem});
    }
    for (const auto& lane : state.to.lanes) {
      self->send(lane, complete{*effects.complete});
    }
  }
  if (effects.start) {
    put_tables_in_force(self, *effects.start);
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
                                std::function<std::optional<std::string>(const epoch_record&)> keep,
                                view::run_status* status) {
  self->state.interval = interval;
  self->state.keep = std::move(keep);
  self->state.totals = status;
  return {
      [=](meet_coordinator& meet) {
        auto& state = self->state;
        state.to = *meet.neighbours;
        state.record.readers.resize(state.to.readers.size());
        state.record.idle.resize(state.to.readers.size());
        state.record.shards.resize(state.to.shards.size());
        state.record.table_versions.resize(state.to.tables.size());
        state.drift.emplace(state.to.readers.size(), state.to.max_drift);
        state.epochs.emplace(checkpoint::members{.readers = state.to.readers.size(),
                                                 .shards = state.to.shards.size(),
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
        auto& record = self->state.record;
        record.readers[c.reader] = c.counts;
        record.idle[c.reader] = c.idle;
        record.declared_idle += c.declared_idle;
        self->state.totals->declared_idle.add(c.declared_idle);
        step(self, [&](auto& epochs, auto& effects) { epochs.cut(c.epoch, effects); });
      },
      [=](const passed& p) {
        self->state.record.shards[p.shard] = p.counts;
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
      [=](const progress& p) {
        self->state.drift->told(p.reader, p.at, p.has_more);
        tell_limit(self);
      },
      [=](const table_changed& changed) {
        self->state.to.tables[changed.table] = changed.rows;
        self->state.changed_tables.push_back(changed.table);
        step(self, [](auto& epochs, auto& effects) { epochs.want_epoch(effects); });
      },
      [=](stop) { step(self, [](auto& epochs, auto& effects) { epochs.finish(effects); }); },
  };
}

}  // namespace aisle::node
