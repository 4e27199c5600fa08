// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/shard.hpp"

#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/base/fault.hpp"

namespace aisle::entity {
namespace {

void count(made_counts& counts, output_kind kind) {
  switch (kind) {
    case output_kind::window:
      ++counts.windows;
      return;
    case output_kind::decision:
      ++counts.decisions;
      return;
    case output_kind::report:
      ++counts.reports;
      return;
    case output_kind::late:
      ++counts.late;
      return;
    case output_kind::dead_letter:
      ++counts.dead_letters;
      return;
  }
}

std::unique_ptr<hosting> make_host(const shard_options& options) {
  if (!options.keys_max) {
    return std::make_unique<actor_host>(*options.stage, options.rest);
  }
  auto workers = options.workers ? options.workers : std::make_shared<lone_crew>();
  return std::make_unique<key_hosts>(*options.stage, *options.keys_max, std::move(workers),
                                     options.rest);
}

std::vector<std::uint32_t> groups_of(const std::vector<inlet>& inlets) {
  std::vector<std::uint32_t> groups;
  groups.reserve(inlets.size());
  for (const auto& inlet : inlets) {
    groups.push_back(inlet.group);
  }
  return groups;
}

}  // namespace

shard::shard(shard_options options)
    : options_{std::move(options)},
      host_{make_host(options_)},
      alignment_{options_.inlets.size()},
      watermarks_{groups_of(options_.inlets)},
      rows_{options_.order},
      lines_{options_.lanes},
      inlets_(options_.inlets.size()) {
  if (options_.rest.kept) {
    rows_.keep_track();
  }
}

shard::shard(shard_options options, shard_beginning from) : shard{std::move(options)} {
  const auto& facts = from.facts;
  base::check(facts.channels.size() == inlets_.size(), "a shard goes on with the channels it had");
  alignment_ = flow::alignment{inlets_.size(), facts.epoch};
  for (std::uint32_t i = 0; i < inlets_.size(); ++i) {
    const flow::channel channel{i};
    watermarks_.advance(channel, facts.channels[i].watermark);
    if (facts.channels[i].rests) {
      watermarks_.rest(channel);
    }
    inlets_[i].ended = facts.channels[i].ended;
    ended_ += std::size_t{inlets_[i].ended};
  }
  watermarks_.go_on_from(facts.merged);
  rows_.begin(std::move(from.pages), facts.rows);
  state_ = facts.state;
  highest_ = facts.highest;
  made_before_ = facts.made;
  tables_since_ = facts.tables_since;
  if (from.tables) {
    host_->know(*from.tables);
  }
  host_->begin(facts.host, state_ == shard_state::working ? std::nullopt : std::optional{highest_});
}

void shard::accept(flow::event_message message, shard_effects& effects) {
  auto& from = inlets_[message.channel.get()];
  if (message.sequence != from.last.next()) {
    effects.gone = fmt::format("channel {}: message {} came after {}", message.channel.get(),
                               message.sequence.get(), from.last.get());
    return;
  }
  from.last = message.sequence;
  if (alignment_.holds(message.channel)) {
    from.parked.push_back(std::move(message));
    return;
  }
  take(std::move(message), effects);
}

void shard::take(flow::event_message message, shard_effects& effects) {
  auto& from = inlets_[message.channel.get()];
  const bool holds_rows = !message.rows.empty();
  if (!message.idle) {
    watermarks_.wake(message.channel);
  }
  take_rows(message);
  host_->count_unread(message.unread);
  if (message.watermark) {
    watermarks_.advance(message.channel, *message.watermark);
  }
  if (message.end && !from.ended) {
    from.ended = true;
    ++ended_;
    highest_ = std::max(highest_, *message.end);
    watermarks_.advance(message.channel, base::end_of_time);
  }
  rows_.release(watermarks_.merged());
  if (!message.free) {
    if (holds_rows) {
      ++from.held;
    } else {
      give_back(message.channel, 1, effects);
    }
  }
  if (!message.barrier) {
    return;
  }
  from.goes_idle = message.idle;
  switch (alignment_.barrier(message.channel, *message.barrier)) {
    case flow::alignment::outcome::waiting:
      base::pass_fault(base::fault_point::entity_aligning);
      return;
    case flow::alignment::outcome::aligned:
      cut(*message.barrier, effects);
      rest_idle();
      freeze(*message.barrier, effects);
      unpark(effects);
      return;
    case flow::alignment::outcome::out_of_order:
      effects.gone = fmt::format("channel {}: barrier {} came after {}", message.channel.get(),
                                 message.barrier->get(), alignment_.last().get());
      return;
  }
}

void shard::take_rows(flow::event_message& message) {
  if (!message.rows.empty()) {
    rows_.add(message.channel, options_.inlets[message.channel.get()].source, message.stream,
              std::move(message.rows));
  }
}

void shard::cut(base::epoch n, shard_effects& effects) {
  lines_.barrier(n, effects.lines);
  effects.passed = n;
  effects.counts_at_barrier = host_->counts();
  if (next_tables_ && next_tables_->from == n) {
    host_->know(next_tables_->tables);
    next_tables_.reset();
    tables_since_ = n;
  }
}

/// Behind the barrier, idle channels at rest: what belongs to the next epoch is parked still.
void shard::freeze(base::epoch n, shard_effects& effects) {
  if (!options_.rest.kept) {
    return;
  }
  auto delta = std::make_shared<shard_delta>();
  host_->freeze(delta->actors);
  delta->pages_gone = rows_.freeze([&](const auto& page, const auto& all, const auto& rows) {
    delta->pages.push_back(pack(page, all, rows, *options_.stage, layout()));
  });
  delta->facts = facts(n);
  options_.rest.kept->add(delta);
  effects.delta = std::move(delta);
}

shard_facts shard::facts(base::epoch n) const {
  shard_facts made{.epoch = n,
                   .channels = {},
                   .merged = watermarks_.merged(),
                   .rows = rows_.waiting(),
                   .state = state_,
                   .highest = highest_,
                   .host = {.counts = host_->counts(),
                            .late = host_->late_by_behaviour(),
                            .quarantined_actors = host_->quarantined_actors()},
                   .made = made_before_,
                   .tables_since = tables_since_,
                   .layout = layout()};
  made.made += made_counts_;
  for (std::uint32_t i = 0; i < inlets_.size(); ++i) {
    const flow::channel channel{i};
    made.channels.push_back({.watermark = watermarks_.of(channel),
                             .rests = watermarks_.rests(channel),
                             .ended = inlets_[i].ended});
  }
  return made;
}

void shard::rest_idle() {
  for (std::uint32_t i = 0; i < inlets_.size(); ++i) {
    if (inlets_[i].goes_idle) {
      watermarks_.rest(flow::channel{i});
    }
  }
  rows_.release(watermarks_.merged());
}

void shard::unpark(shard_effects& effects) {
  for (auto& from : inlets_) {
    // A parked message may bring the next barrier: what follows it stays parked.
    while (!from.parked.empty() && !alignment_.holds(from.parked.front().channel)) {
      auto message = std::move(from.parked.front());
      from.parked.pop_front();
      take(std::move(message), effects);
    }
  }
}

void shard::give_back(flow::channel to, std::uint32_t messages, shard_effects& effects) {
  if (!effects.credits.empty() && effects.credits.back().channel == to) {
    effects.credits.back().messages += messages;
    return;
  }
  effects.credits.push_back({.channel = to, .messages = messages});
}

void shard::let_slowest_on(shard_effects& effects) {
  for (std::uint32_t i = 0; i < inlets_.size(); ++i) {
    const flow::channel channel{i};
    if (inlets_[i].held > 0 && watermarks_.is_slowest(channel)) {
      give_back(channel, std::exchange(inlets_[i].held, 0), effects);
    }
  }
}

bool shard::may_work() const {
  return !lines_.full() && lines_.bytes_since_barrier() < options_.epoch_bytes_max &&
         !host_->waits_for_cut();
}

void shard::run(std::size_t budget, shard_effects& effects) {
  bool worked = true;
  for (; budget > 0 && worked && may_work(); --budget) {
    worked = work(effects);
    route();
    if (lines_.full()) {
      lines_.flush(effects.lines, false);
    }
  }
  if (host_->settle(made_)) {
    worked = true;
    route();
  }
  if (!worked) {
    let_slowest_on(effects);
  }
  lines_.flush(effects.lines, state_ == shard_state::finished);
  effects.epoch_full =
      lines_.bytes_since_barrier() >= options_.epoch_bytes_max || host_->waits_for_cut();
  effects.more = worked && may_work();
  host_->rest(watermarks_.merged());
  if (host_->trouble() && !effects.gone) {
    effects.gone = host_->trouble();
  }
}

bool shard::work(shard_effects& effects) {
  if (timer_is_next()) {
    host_->fire_next(made_);
    return true;
  }
  if (rows_.has_ready()) {
    work_row(effects);
    return true;
  }
  if (host_->settle(made_)) {
    return true;
  }
  if (ended_ < inlets_.size() || state_ == shard_state::finished) {
    return false;
  }
  advance_state();
  return true;
}

void shard::work_row(shard_effects& effects) {
  fetch_ahead();
  const auto next = rows_.front();
  host_->apply(next.stream, next.event, next.after, made_);
  if (const auto drained = rows_.pop()) {
    auto& from = inlets_[drained->get()];
    if (from.held > 0) {
      --from.held;
      give_back(*drained, 1, effects);
    }
  }
}

/// Actors lie all over the memory: asking for those of the next rows while this one is worked off
/// hides most of the wait.
void shard::fetch_ahead() const {
  constexpr std::size_t place_ahead = 8;
  constexpr std::size_t actor_ahead = 4;
  if (const auto* soon = rows_.ahead(place_ahead)) {
    host_->fetch_place(soon->key_hash);
  }
  if (const auto* next = rows_.ahead(actor_ahead)) {
    host_->fetch_actor(next->key_hash);
  }
}

bool shard::timer_is_next() const {
  const auto timer = host_->next_timer();
  if (timer == base::end_of_time || timer > timers_until()) {
    return false;
  }
  return !rows_.has_ready() || timer <= rows_.front().after;
}

base::event_time shard::timers_until() const {
  if (state_ != shard_state::working) {
    return base::end_of_time;
  }
  return ended_ == inlets_.size() ? highest_ : watermarks_.merged();
}

void shard::advance_state() {
  if (state_ == shard_state::working) {
    base::check(rows_.size() == 0, "when every channel has ended, every row has been worked off");
    host_->begin_closing(highest_);
    state_ = shard_state::closing;
  } else {
    state_ = shard_state::finished;
  }
}

void shard::route() {
  for (const auto& output : made_) {
    count(made_counts_, output.kind);
    for (const auto& sink : options_.sinks[static_cast<std::size_t>(output.kind)]) {
      if (sink.take(output)) {
        lines_.add(sink.first + output.key_hash % sink.count,
                   sink.framed ? output.frame : output.json);
      }
    }
  }
  made_.clear();
}

}  // namespace aisle::entity
