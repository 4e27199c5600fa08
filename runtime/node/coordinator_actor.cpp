// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/coordinator_actor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/fault.hpp"
#include "runtime/node/standing_sinks.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::node {
namespace {

using self_ptr = caf::stateful_actor<coordinator_actor_state>*;

/// While an epoch runs for longer than it should.
constexpr base::duration ask_again{10};
/// While the next epoch waits for sinks: it starts by itself once they have taken one.
constexpr base::duration ask_again_at_bound{50};
/// However far off the next epoch is: that sinks stand is told when they do.
constexpr base::duration look_at_sinks_every{250};

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

template <class Step>
void step(self_ptr self, Step&& advance);

void store(self_ptr self, std::vector<checkpoint::wanted_store>&& wanted) {
  auto& state = self->state;
  const auto attempt = wanted.front().is.attempt;
  if (!state.kept->is_durable()) {
    step(self, [&](auto& member, auto now, auto& next) { member.stored(attempt, now, next); });
    return;
  }
  auto deltas = std::make_shared<std::vector<checkpoint::store_delta>>();
  deltas->reserve(wanted.size());
  for (auto& one : wanted) {
    deltas->push_back({.copy = state.kept->copy_of(one.shard),
                       .is = one.is,
                       .base = one.base,
                       .bytes = std::move(one.bytes)});
  }
  self->send(state.to.state_writer, store_order{attempt, std::move(deltas)});
}

void append(self_ptr self, const checkpoint::append_record& record) {
  auto& state = self->state;
  if (state.kept->is_durable()) {
    self->send(state.to.state_writer, append_order{record});
    return;
  }
  const control::log_entry entry{
      .at = record.after.next(), .after = record.after, .what = record.what};
  step(self, [&](auto& member, auto now, auto& next) { member.appended(entry, now, next); });
}

void complete_epoch(self_ptr self, const control::attempt& attempt) {
  auto& state = self->state;
  base::pass_fault(base::fault_point::node_complete_read);
  state.totals->epochs.add(1);
  state.backlog->completed(attempt.epoch, state.clock->ticks());
  show(*state.backlog, *state.totals);
  // First: whoever sees a result finds it counted in the summary.
  if (const auto problem = state.keep(state.record)) {
    self->send(state.to.supervisor, fault{*problem});
  }
  for (const auto& lane : state.to.lanes) {
    self->send(lane, complete{attempt});
  }
  for (const auto& reader : state.to.readers) {
    self->send(reader, epoch_complete{attempt.epoch});
  }
}

void fold(self_ptr self, const control::placed<control::attempt>& to) {
  auto& state = self->state;
  if (state.kept->is_durable()) {
    self->send(state.to.state_writer, fold_order{to.record, to.at});
  } else {
    state.kept->member().folded(to.record);
  }
}

void tell_of_sinks(self_ptr self) {
  auto& state = self->state;
  for (const auto& text : news_of(*state.backlog, state.clock->ticks(), *state.totals)) {
    self->send(state.to.supervisor, notice{text});
  }
}

void end_run(self_ptr self) {
  auto& state = self->state;
  tell_of_sinks(self);
  if (!state.kept->is_durable()) {
    self->send(state.to.supervisor, run_over{});
  } else if (!std::exchange(state.draining, true)) {
    self->send(state.to.state_writer, drain{});
  }
}

void carry_out(self_ptr self, checkpoint::sole_effects& effects) {
  auto& state = self->state;
  if (effects.broken) {
    self->send(state.to.supervisor, fault{*effects.broken});
    return;
  }
  if (effects.complete) {
    complete_epoch(self, effects.complete->record);
    if (effects.fold) {
      fold(self, *effects.complete);
    }
  }
  if (effects.start) {
    state.pace->started(state.clock->ticks());
    base::pass_fault(base::fault_point::node_epoch_started);
    put_tables_in_force(self, *effects.start);
    for (const auto& reader : state.to.readers) {
      self->send(reader, start_epoch{*effects.start});
    }
  }
  if (effects.append) {
    append(self, *effects.append);
  }
  if (!effects.store.empty()) {
    store(self, std::move(effects.store));
  }
  if (effects.done) {
    end_run(self);
  }
}

/// Steps the member and carries out what it asks.
template <class Step>
void step(self_ptr self, Step&& advance) {
  auto& state = self->state;
  checkpoint::sole_effects effects;
  advance(state.kept->member(), state.clock->ticks(), effects);
  carry_out(self, effects);
}

/// Starts an epoch when one is due, and asks again when one may be.
void keep_pace(self_ptr self) {
  auto& state = self->state;
  if (state.kept->member().state() == checkpoint::leader_state::steady) {
    state.pace->ended();
  }
  const auto now = state.clock->ticks();
  if (state.pace->due(now)) {
    step(self, [](auto& member, auto at, auto& next) { member.want_epoch(at, next); });
  }
  tell_of_sinks(self);
  const auto soonest = state.kept->member().waits_for_sinks() ? ask_again_at_bound : ask_again;
  self->delayed_send(self, std::clamp(state.pace->next_start() - now, soonest, look_at_sinks_every),
                     tick{});
}

/// What is not kept is empty.
checkpoint::shared_bytes bytes_of(const frozen& what) {
  static const auto nothing = std::make_shared<const std::string>();
  return what ? what : nothing;
}

void take_cut(self_ptr self, const cut& c) {
  auto& state = self->state;
  auto& record = state.record;
  record.readers[c.reader] = c.counts;
  record.idle[c.reader] = c.idle;
  record.declared_idle += c.declared_idle;
  state.totals->declared_idle.add(c.declared_idle);
  const auto& name = state.kept->names().readers[c.reader];
  step(self, [&](auto& member, auto, auto& effects) {
    for (std::uint32_t p = 0; p < state.kept->partitions()[c.reader]; ++p) {
      member.cut(c.positions.empty()
                     ? control::source_state{.partition = {.source = name.of, .number = p}}
                     : c.positions[p],
                 effects);
    }
    member.frozen(name, bytes_of(c.frozen), effects);
  });
}

}  // namespace

caf::behavior coordinator_actor(self_ptr self, coordinator_beginning from,
                                std::function<std::optional<std::string>(const epoch_record&)> keep,
                                view::run_status* status) {
  self->state.kept = from.kept;
  from.kept->member().hold();
  self->state.clock = from.clock;
  self->state.record = std::move(from.record);
  self->state.pace.emplace(from.pace, from.clock->ticks());
  self->state.keep = std::move(keep);
  self->state.totals = status;
  return {
      [=](meet_coordinator& meet) {
        auto& state = self->state;
        state.to = *meet.neighbours;
        state.record.table_versions.resize(state.to.tables.size());
        state.drift.emplace(state.to.readers.size(), state.to.max_drift);
        state.backlog.emplace(state.to.sink_of_lane, state.totals->sinks.size(),
                              state.kept->from().epoch, state.clock->ticks());
      },
      [=](everybody_met) {
        step(self, [](auto& member, auto now, auto& next) { member.release(now, next); });
        keep_pace(self);
      },
      [=](tick) { keep_pace(self); },
      [=](const spent& s) { self->state.pace->spent(s.cost); },
      [=](epoch_full) {
        step(self, [](auto& member, auto now, auto& next) { member.want_epoch(now, next); });
      },
      [=](const cut& c) { take_cut(self, c); },
      [=](const passed& p) {
        auto& state = self->state;
        state.record.shards[p.shard] = p.counts;
        step(self, [&](auto& member, auto, auto& next) {
          member.frozen(state.kept->names().shards[p.shard], bytes_of(p.frozen), next);
        });
      },
      [=](const prepared& p) {
        step(self, [&](auto& member, auto, auto& next) {
          member.frozen(self->state.kept->names().lanes[p.lane], bytes_of(p.frozen), next);
        });
      },
      [=](const delivered& d) {
        auto& state = self->state;
        const auto& lane = state.kept->names().lanes[d.lane];
        auto& trimmed = state.trimmed[d.lane];
        state.backlog->delivered(d.lane, d.epoch, state.clock->ticks());
        show(*state.backlog, *state.totals);
        if (state.kept->is_durable() && std::exchange(trimmed, d.delivered_to) != d.delivered_to) {
          self->send(state.to.state_writer, trim_order{state.kept->copy_of(lane), d.delivered_to});
        }
        step(self, [&](auto& member, auto now, auto& next) {
          member.delivered(lane, d.epoch, now, next);
        });
      },
      [=](const appended& a) {
        step(self,
             [&](auto& member, auto now, auto& next) { member.appended(a.entry, now, next); });
      },
      [=](const stored& s) {
        step(self,
             [&](auto& member, auto now, auto& next) { member.stored(s.attempt, now, next); });
      },
      [=](drained) { self->send(self->state.to.supervisor, run_over{}); },
      [=](const folded& f) { self->state.kept->member().folded(f.attempt); },
      [=](ended) {
        step(self, [](auto& member, auto now, auto& next) { member.reader_ended(now, next); });
      },
      [=](finished) {
        step(self, [](auto& member, auto now, auto& next) { member.shard_finished(now, next); });
      },
      [=](const progress& p) {
        self->state.drift->told(p.reader, p.at, p.has_more);
        tell_limit(self);
      },
      [=](const table_changed& changed) {
        self->state.to.tables[changed.table] = changed.rows;
        self->state.changed_tables.push_back(changed.table);
        step(self, [](auto& member, auto now, auto& next) { member.want_epoch(now, next); });
      },
      [=](stop) {
        step(self, [](auto& member, auto now, auto& next) { member.finish(now, next); });
      },
  };
}

}  // namespace aisle::node
