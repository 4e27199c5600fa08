// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/leader.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {

using state = leader_state;
using event = leader_event;

void leader::won(const control::log_follower& at_the_end, base::duration now,
                 leader_effects& effects) {
  if (!machine_.expects(event::won)) {
    return;
  }
  base::check(at_the_end.log().has_value(), "a log is made before somebody leads it");
  last_ = at_the_end.last();
  generation_ = at_the_end.generation();
  assign_ = at_the_end.assign() ? at_the_end.assign()->record : control::assign_record{};
  on_ = {.from = at_the_end.stood_on(), .state = at_the_end.state(), .checksums = {}};
  if (at_the_end.complete()) {
    for (const auto& shard : at_the_end.complete()->record.shards) {
      on_.checksums[shard.shard] = shard.checksum;
    }
  }
  since_ = now;
  append(event::won, state::claiming,
         control::claim_record{
             .node = self_.node, .incarnation = self_.incarnation, .address = address_},
         effects);
}

void leader::append(leader_event because, leader_state waiting, control::record what,
                    leader_effects& effects) {
  appending_ = what;
  effects.emplace_back(append_record{.what = std::move(what), .after = last_});
  machine_.go(because, waiting);
}

void leader::appended(control::log_offset at, base::duration now, leader_effects& effects) {
  if (!machine_.expects(event::appended)) {
    return;
  }
  base::check(at > last_, "the log grows");
  last_ = at;
  if (state() == state::claiming) {
    term_ = control::term_at(at);
    round_ = 0;
    gather(event::appended, now, effects);
  } else if (state() == state::assigning) {
    begin_generation(at, now, effects);
  } else {
    finish_epoch(now, effects);
  }
}

void leader::append_failed(leader_effects& effects) {
  if (!machine_.expects(event::append_failed)) {
    return;
  }
  forget(event::append_failed, "an append was fenced, or nobody knows what became of it", effects);
}

void leader::superseded(leader_effects& effects) {
  if (machine_.expects(event::superseded)) {
    forget(event::superseded, "somebody else has claimed to lead", effects);
  }
}

void leader::forget(leader_event because, std::string_view why, leader_effects& effects) {
  machine_.go(because, state::follower);
  effects.emplace_back(step_down{why});
  appending_.reset();
  inventories_.clear();
  shards_.clear();
  cuts_.clear();
  wishes_.clear();
  doomed_ = false;
}

void leader::gather(leader_event because, base::duration now, leader_effects& effects) {
  machine_.go(because, state::gathering);
  doomed_ = false;
  inventories_.clear();
  asked_again_.clear();
  lacking_.clear();
  shards_.clear();
  cuts_.clear();
  since_ = now;
  ++round_;
  effects.emplace_back(ask_inventory{{.term = term_, .round = round_}});
}

/// By the Assign that counts, or the one that is about to.
bool leader::names(const member& who) const {
  const auto* const next = appending_ ? control::assign_of(*appending_) : nullptr;
  const auto& members = next != nullptr ? next->members : assign_.members;
  return std::ranges::find(members, who) != members.end();
}

void leader::take(const inventory& of, base::duration now, leader_effects& effects) {
  if (!machine_.expects(event::inventory)) {
    return;
  }
  if (state() != state::gathering) {
    // Somebody who is not named wants to take part: a node that joins, or a new process of one.
    if (of.term == term_ && !names(of.who)) {
      doom(event::inventory, now, effects);
    } else {
      machine_.go(event::inventory, state());
    }
    return;
  }
  if (of.term == term_ && of.round == round_) {
    inventories_[of.who.node] = of;
    assign_if_possible(event::inventory, false, effects);
    return;
  }
  // It answers an earlier question, and what it says may not be so any more. Who was asked in this
  // round already is not asked again: questions would breed answers that breed questions.
  if (asked_again_.insert(of.who.incarnation).second) {
    effects.emplace_back(ask_inventory{{.term = term_, .round = round_}});
  }
  machine_.go(event::inventory, state::gathering);
}

void leader::tick(base::duration now, leader_effects& effects) {
  if (!machine_.expects(event::tick)) {
    return;
  }
  const auto waited = now - since_;
  if (state() == state::gathering && waited >= times_.settle) {
    since_ = now;
    effects.emplace_back(ask_inventory{{.term = term_, .round = round_}});
    assign_if_possible(event::tick, true, effects);
  } else if (state() == state::running && waited >= times_.epoch_max) {
    gather(event::tick, now, effects);
  } else {
    machine_.go(event::tick, state());
  }
}

void leader::assign_if_possible(leader_event because, bool settled, leader_effects& effects) {
  const bool all_here = std::ranges::all_of(
      shape_.nodes, [&](const auto& name) { return inventories_.contains(name); });
  std::vector<inventory> present;
  present.reserve(inventories_.size());
  for (const auto& [name, of] : inventories_) {
    present.push_back(of);
  }
  if ((!all_here && !settled) || present.empty()) {
    machine_.go(because, state::gathering);
    return;
  }
  auto next = place(shape_, on_, present, &assign_, wishes_);
  if (next) {
    append(because, state::assigning, *std::move(next), effects);
    return;
  }
  if (lacking_ != next.error()) {
    lacking_ = next.error();
    effects.emplace_back(waits_for{lacking_});
  }
  machine_.go(because, state::gathering);
}

void leader::begin_generation(control::log_offset at, base::duration now, leader_effects& effects) {
  generation_ = control::generation_at(at);
  assign_ = std::get<control::assign_record>(*std::exchange(appending_, std::nullopt));
  if (doomed_) {
    gather(event::appended, now, effects);
    return;
  }
  shards_.clear();
  for (const auto& shard : assign_.shards) {
    auto& progress = shards_[shard.shard];
    progress.required = {shard.required.begin(), shard.required.end()};
    if (const auto target = fill_target(shape_, assign_, shard)) {
      order_fill_of(shard, *target, effects);
    }
  }
  machine_.go(event::appended, state::steady);
  for (const auto& [shard, node] : owner_wishes{wishes_}) {
    order_fill_for_wish(shard, node, effects);
  }
}

void leader::order_fill_of(const control::shard_placement& shard, member_index target,
                           leader_effects& effects) {
  auto& progress = shards_[shard.shard];
  if (progress.filling.insert(target).second) {
    effects.emplace_back(
        order_fill{.owner = shard.owner, .order = {.shard = shard.shard, .target = target}});
  }
}

bool leader::may_start() const {
  const auto enough = [&](const auto& entry) {
    const auto& [shard, progress] = entry;
    const bool delivered = shard.kind != control::shard_kind::sink ||
                           progress.delivered.get() + max_undelivered > on_.from.epoch.get();
    const bool copied = shape_.on_single_copy == single_copy::go_on || shape_.backups == 0 ||
                        progress.required.size() > 1;
    return delivered && copied;
  };
  return std::ranges::all_of(shards_, enough);
}

void leader::want_epoch(const std::vector<control::table_state>& tables, base::duration now,
                        leader_effects& effects) {
  if (!machine_.expects(event::want_epoch)) {
    return;
  }
  if (state() != state::steady || !may_start()) {
    machine_.go(event::want_epoch, state());
    return;
  }
  running_ = {.n = on_.from.epoch.next(), .tables = tables};
  cuts_.clear();
  for (auto& [shard, progress] : shards_) {
    progress.prepared.clear();
  }
  since_ = now;
  effects.emplace_back(send_start{running_});
  machine_.go(event::want_epoch, state::running);
}

std::optional<member_index> leader::sender(const stamp& from) const {
  if (from.generation != generation_) {
    return std::nullopt;
  }
  const auto found = std::ranges::find(assign_.members, from.sender, &member::incarnation);
  if (found == assign_.members.end()) {
    return std::nullopt;
  }
  return member_index{static_cast<std::uint32_t>(found - assign_.members.begin())};
}

void leader::take(const stamp& from, const cut& cut, leader_effects& effects) {
  if (!machine_.expects(event::cut)) {
    return;
  }
  if (sender(from) && cut.n == running_.n) {
    cuts_[cut.at.partition] = cut.at;
  }
  complete_if_ready(event::cut, effects);
}

void leader::take(const stamp& from, const prepared& prepared, base::duration now,
                  leader_effects& effects) {
  if (!machine_.expects(event::prepared)) {
    return;
  }
  const attempt running{.generation = generation_, .epoch = running_.n};
  const auto who = sender(from);
  if (!who || prepared.attempt != running || !shards_.contains(prepared.shard)) {
    machine_.go(event::prepared, state::running);
    return;
  }
  auto& said = shards_[prepared.shard].prepared;
  said[*who] = prepared.checksum;
  if (said.begin()->second != prepared.checksum) {
    gather(event::prepared, now, effects);
    return;
  }
  complete_if_ready(event::prepared, effects);
}

void leader::take(const stamp& from, const filled& filled) {
  if (!machine_.expects(event::filled)) {
    return;
  }
  const auto who = sender(from);
  const auto shard = shards_.find(filled.shard);
  if (who && shard != shards_.end()) {
    auto& progress = shard->second;
    progress.filling.erase(*who);
    progress.required.insert(*who);
    if (state() == state::running && filled.tip.attempt.generation == generation_ &&
        filled.tip.attempt.epoch == running_.n) {
      progress.prepared[*who] = filled.tip.checksum;
    }
  }
  machine_.go(event::filled, state());
}

void leader::take(const stamp& from, const gone& gone, base::duration now,
                  leader_effects& effects) {
  static_cast<void>(gone);
  if (!machine_.expects(event::gone)) {
    return;
  }
  if (from.generation == generation_ && state() != state::gathering &&
      state() != state::assigning) {
    doom(event::gone, now, effects);
  } else {
    machine_.go(event::gone, state());
  }
}

void leader::changed(const control::node_name& node, base::duration now, leader_effects& effects) {
  if (!machine_.expects(event::gone)) {
    return;
  }
  if (state() == state::gathering) {
    inventories_.erase(node);
    machine_.go(event::gone, state::gathering);
  } else {
    doom(event::gone, now, effects);
  }
}

/// The generation ends: now, or when the answer to an append has come.
void leader::doom(leader_event because, base::duration now, leader_effects& effects) {
  if (state() == state::assigning || state() == state::completing) {
    doomed_ = true;
    machine_.go(because, state());
  } else {
    gather(because, now, effects);
  }
}

void leader::take(const stamp& from, const delivered& delivered) {
  if (!machine_.expects(event::delivered)) {
    return;
  }
  const auto lane = shards_.find(delivered.lane);
  if (from.generation == generation_ && lane != shards_.end()) {
    lane->second.delivered = std::max(lane->second.delivered, delivered.to);
  }
  machine_.go(event::delivered, state());
}

bool leader::has_everything() const {
  const auto prepared = [](const auto& entry) {
    const auto& progress = entry.second;
    return std::ranges::all_of(progress.required,
                               [&](member_index i) { return progress.prepared.contains(i); });
  };
  return cuts_.size() == shape_.partitions.size() && std::ranges::all_of(shards_, prepared);
}

control::complete_record leader::make_complete() const {
  control::complete_record record{.attempt = {.generation = generation_, .epoch = running_.n},
                                  .state = {.sources = {}, .tables = running_.tables},
                                  .members = assign_.members,
                                  .shards = {}};
  for (const auto& [partition, at] : cuts_) {
    record.state.sources.push_back(at);
  }
  for (const auto& [shard, progress] : shards_) {
    control::shard_holders holders{
        .shard = shard, .holders = {}, .checksum = progress.prepared.begin()->second};
    for (const auto& [who, checksum] : progress.prepared) {
      holders.holders.push_back(who);
    }
    record.shards.push_back(std::move(holders));
  }
  return record;
}

void leader::complete_if_ready(leader_event because, leader_effects& effects) {
  if (has_everything()) {
    append(because, state::completing, make_complete(), effects);
  } else {
    machine_.go(because, state::running);
  }
}

void leader::finish_epoch(base::duration now, leader_effects& effects) {
  const auto record = std::get<control::complete_record>(*std::exchange(appending_, std::nullopt));
  on_ = {.from = record.attempt, .state = record.state, .checksums = {}};
  for (const auto& shard : record.shards) {
    on_.checksums[shard.shard] = shard.checksum;
  }
  if (doomed_ || a_wish_can_be_granted()) {
    gather(event::appended, now, effects);
  } else {
    machine_.go(event::appended, state::steady);
  }
}

void leader::order_fill_for_wish(const shard_name& shard, const control::node_name& node,
                                 leader_effects& effects) {
  const auto* const placed = assign_.find(shard);
  const auto to = std::ranges::find(assign_.members, node, &member::node);
  if (placed == nullptr || to == assign_.members.end()) {
    wishes_.erase(shard);
    return;
  }
  const member_index target{static_cast<std::uint32_t>(to - assign_.members.begin())};
  if (placed->owner == target) {
    wishes_.erase(shard);
  } else if (!shards_[shard].required.contains(target)) {
    order_fill_of(*placed, target, effects);
  }
}

/// Some shard's wanted owner has prepared the last complete epoch.
bool leader::a_wish_can_be_granted() const {
  return std::ranges::any_of(wishes_, [&](const auto& wish) {
    const auto shard = shards_.find(wish.first);
    const auto to = std::ranges::find(assign_.members, wish.second, &member::node);
    const member_index target{static_cast<std::uint32_t>(to - assign_.members.begin())};
    return shard != shards_.end() && shard->second.prepared.contains(target);
  });
}

void leader::move(const shard_name& shard, const control::node_name& to, base::duration now,
                  leader_effects& effects) {
  if (!machine_.expects(event::move)) {
    return;
  }
  wishes_[shard] = to;
  const bool between = state() == state::gathering || state() == state::assigning;
  if (!between) {
    order_fill_for_wish(shard, to, effects);
  }
  if (state() == state::steady && a_wish_can_be_granted()) {
    gather(event::move, now, effects);
  } else {
    machine_.go(event::move, state());
  }
}

}  // namespace aisle::checkpoint
