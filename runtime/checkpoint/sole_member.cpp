// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/sole_member.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {
namespace {

/// Nobody else could take over, so an epoch that waits for a disk is waited for.
constexpr leader_times alone{.settle = base::duration{0},
                             .epoch_max = std::chrono::hours{24 * 365}};

std::string names_of(const std::vector<shard_name>& shards) {
  constexpr std::size_t most = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(shards.size(), most); ++i) {
    names += (i == 0 ? "" : ", ") + to_text(shards[i]);
  }
  return shards.size() <= most ? names : fmt::format("{} and {} more", names, shards.size() - most);
}

}  // namespace

sole_member::sole_member(member self, const cluster_shape& shape,
                         const std::map<shard_name, copy_image>& found, control::log_follower log)
    : node_{self, std::move(log)}, leader_{std::move(self), "", shape, alone} {
  for (const auto& shard : shape.shards) {
    const auto image = found.find(shard);
    copies_.try_emplace(shard, image == found.end() ? copy_image{} : image->second);
    if (shard.kind == control::shard_kind::sink) {
      delivered_[shard];
    }
  }
}

std::size_t sole_member::count_of(control::shard_kind kind) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(copies_, [&](const auto& one) { return one.first.kind == kind; }));
}

void sole_member::read(const control::log_entry& entry, sole_effects& effects) {
  node_effects next;
  node_.read(entry, next);
  carry_out(next, {}, effects);
}

void sole_member::lead(control::log_offset end, base::duration now, sole_effects& effects) {
  node_effects next;
  node_.reached_end(end, next);
  carry_out(next, now, effects);
  if (effects.broken) {
    return;
  }
  newest_ = complete().epoch;
  leader_effects claim;
  leader_.won(node_.log(), now, claim);
  carry_out(claim, now, effects);
}

void sole_member::appended(const control::log_entry& entry, base::duration now,
                           sole_effects& effects) {
  // The leader first: a node that enters its generation, or has read a Claim, speaks to it.
  leader_effects led;
  leader_.appended(entry.at, now, led);
  node_effects next;
  node_.read(entry, next);
  carry_out(next, now, effects);
  carry_out(led, now, effects);
  start_if_possible(now, effects);
  done_if_delivered(effects);
}

void sole_member::carry_out(const node_effects& from, base::duration now, sole_effects& to) {
  for (const auto& effect : from) {
    if (const auto* const entered = std::get_if<enter_generation>(&effect)) {
      enter(*entered, now, to);
    } else if (const auto* const done = std::get_if<epoch_completed>(&effect)) {
      completed(done->attempt, now, to);
    } else if (const auto* const stop = std::get_if<stop_process>(&effect)) {
      to.broken = stop->why.message;
    } else if (const auto* const asked = std::get_if<send_inventory>(&effect)) {
      answer(asked->question, now, to);
    }
  }
}

void sole_member::answer(const inventory_question& question, base::duration now, sole_effects& to) {
  inventory held{.who = node_.self(), .term = question.term, .round = question.round, .copies = {}};
  for (const auto& [shard, copy] : copies_) {
    held.copies.push_back({.shard = shard, .versions = copy.held()});
  }
  leader_effects led;
  leader_.take(held, now, led);
  carry_out(led, now, to);
}

void sole_member::enter(const enter_generation& what, base::duration now, sole_effects& to) {
  base::check(what.me.has_value(), "who is alone is named by its own Assign");
  to.generation = {.generation = what.generation,
                   .from = what.assign.from,
                   .state = what.assign.state,
                   .at = node_.log().last()};
  newest_ = what.assign.from.epoch;
  for (auto& [shard, copy] : copies_) {
    copy_effects next;
    copy.assigned(what.generation, what.assign.from, copy_role::required, next);
    carry_out(shard, next, now, to);
  }
}

void sole_member::completed(attempt is, base::duration now, sole_effects& to) {
  to.complete = {.at = node_.log().last(), .record = is};
  for (auto& [shard, copy] : copies_) {
    copy_effects next;
    copy.completed(is, next);
    carry_out(shard, next, now, to);
  }
}

void sole_member::carry_out(const leader_effects& from, base::duration now, sole_effects& to) {
  for (const auto& effect : from) {
    if (const auto* const record = std::get_if<append_record>(&effect)) {
      to.append = *record;
    } else if (const auto* const start = std::get_if<send_start>(&effect)) {
      newest_ = start->start.n;
      storing_.clear();
      to.start = start->start.n;
    } else if (const auto* const ask = std::get_if<ask_inventory>(&effect)) {
      node_effects next;
      node_.asked(ask->question, next);
      carry_out(next, now, to);
    } else if (const auto* const lacks = std::get_if<waits_for>(&effect)) {
      to.broken =
          fmt::format("the state lacks {}, which is complete, of {}; restore it from a copy",
                      to_text(complete()), names_of(lacks->shards));
    } else if (const auto* const down = std::get_if<step_down>(&effect)) {
      to.broken = fmt::format("this node does not lead any more: {}", down->why);
    } else {
      base::die("who is alone fills nobody");
    }
  }
}

void sole_member::carry_out(const shard_name& shard, const copy_effects& from, base::duration now,
                            sole_effects& to) {
  for (const auto& effect : from) {
    if (std::holds_alternative<create_copy>(effect)) {
      to.create.push_back(shard);
    } else if (const auto* const store = std::get_if<store_version>(&effect)) {
      storing_.push_back({.shard = shard,
                          .is = store->is,
                          .base = copies_.at(shard).held().back().attempt,
                          .bytes = store->bytes});
      if (storing_.size() == copies_.size()) {
        to.store = std::exchange(storing_, {});
      }
    } else if (std::holds_alternative<fold_to>(effect)) {
      to.fold = true;
    } else if (const auto* const done = std::get_if<say_prepared>(&effect)) {
      leader_effects led;
      leader_.take(
          own(),
          prepared{.shard = shard, .attempt = done->is.attempt, .checksum = done->is.checksum}, now,
          led);
      carry_out(led, now, to);
    } else if (const auto* const lost = std::get_if<say_gone>(&effect)) {
      to.broken = fmt::format("{}: {}", to_text(shard), lost->why);
    } else {
      // What the generation abandons is deleted when it is entered, all at once.
      base::check(std::holds_alternative<erase_abandoned>(effect), "who is alone is not filled");
    }
  }
}

void sole_member::want_epoch(base::duration now, sole_effects& effects) {
  wanted_ = true;
  start_if_possible(now, effects);
}

void sole_member::start_if_possible(base::duration now, sole_effects& to) {
  const bool wanted = wanted_ || (finishing_ && !last_);
  if (!wanted || last_ || held_ || leader_.state() != leader_state::steady) {
    return;
  }
  leader_effects led;
  leader_.want_epoch(tables_, now, led);
  if (led.empty()) {
    return;
  }
  wanted_ = false;
  carry_out(led, now, to);
  if (finishing_) {
    last_ = newest_;
  }
}

bool sole_member::waits_for_sinks() const {
  // Who is alone waits for nothing else between two epochs.
  return wanted_ && !last_ && !held_ && leader_.state() == leader_state::steady;
}

void sole_member::cut(const control::source_state& at, sole_effects& effects) {
  leader_effects led;
  leader_.take(own(), checkpoint::cut{.n = newest_, .at = at}, led);
  carry_out(led, {}, effects);
}

void sole_member::frozen(const shard_name& shard, shared_bytes bytes, sole_effects& effects) {
  auto& copy = copies_.at(shard);
  const auto tip = copy.tip();
  base::check(tip.has_value(), "who acts for a shard has a copy of it");
  copy_effects next;
  copy.delta({.shard = shard,
              .attempt = {.generation = generation(), .epoch = newest_},
              .base = tip->attempt,
              .checksum = chained(tip->checksum, *bytes),
              .index = 0,
              .count = 1,
              .bytes = std::move(bytes)},
             next);
  carry_out(shard, next, {}, effects);
}

void sole_member::stored(attempt is, base::duration now, sole_effects& effects) {
  for (auto& [shard, copy] : copies_) {
    copy_effects next;
    copy.stored(is, next);
    carry_out(shard, next, now, effects);
  }
}

void sole_member::folded(attempt to) {
  for (auto& [shard, copy] : copies_) {
    copy.folded(to);
  }
}

void sole_member::delivered(const shard_name& lane, base::epoch to, base::duration now,
                            sole_effects& effects) {
  auto& so_far = delivered_.at(lane);
  so_far = std::max(so_far, to);
  leader_.take(own(), checkpoint::delivered{.lane = lane, .to = to});
  start_if_possible(now, effects);
  done_if_delivered(effects);
}

void sole_member::done_if_delivered(sole_effects& to) const {
  to.done = to.done || (last_ && complete().epoch >= *last_ &&
                        std::ranges::all_of(
                            delivered_, [&](const auto& lane) { return lane.second >= *last_; }));
}

void sole_member::reader_ended(base::duration now, sole_effects& effects) {
  ++ended_readers_;
  finish_if_all_ended(now, effects);
}

void sole_member::shard_finished(base::duration now, sole_effects& effects) {
  ++finished_shards_;
  finish_if_all_ended(now, effects);
}

void sole_member::finish_if_all_ended(base::duration now, sole_effects& to) {
  if (ended_readers_ == count_of(control::shard_kind::source) &&
      finished_shards_ == count_of(control::shard_kind::stage)) {
    finish(now, to);
  }
}

void sole_member::finish(base::duration now, sole_effects& effects) {
  finishing_ = true;
  start_if_possible(now, effects);
}

}  // namespace aisle::checkpoint
