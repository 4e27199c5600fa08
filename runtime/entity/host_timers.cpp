// SPDX-License-Identifier: Apache-2.0
// When actors are due, and what becomes of their timers.
#include <algorithm>
#include <exception>

#include "runtime/base/check.hpp"
#include "runtime/base/heap.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/host_call.hpp"

namespace aisle::entity {

base::event_time actor_host::due(const actor& a, bool closing) const {
  auto earliest = base::end_of_time;
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    const auto& logic = *stage_.behaviours[b].logic;
    if (!closing || logic.closes_at_end()) {
      earliest = std::min(earliest, logic.due(state(a, b)));
    }
  }
  return earliest;
}

void actor_host::arm(actor& a, std::uint64_t hash) {
  // At the end a quarantined actor is woken once more, to tell what it leaves open.
  if (a.quarantined && !ended_at_) {
    return;
  }
  if (const auto at = due(a, ended_at_.has_value()); at < a.armed) {
    arm(hash, at);
    a.armed = at;
  }
}

void actor_host::arm(std::uint64_t hash, base::event_time at) {
  auto& moment = timers_[at];
  timer_bytes_ -= base::heap_of(moment);
  moment.push_back(hash);
  timer_bytes_ += base::heap_of(moment);
}

base::event_time actor_host::next_timer() const {
  const auto known = timers_.empty() ? base::end_of_time : timers_.begin()->first;
  return timers_left_ ? std::min(known, timers_left_->due) : known;
}

void actor_host::fire_next(outputs& out) {
  const auto at = next_timer();
  load_timers(at);
  const auto bucket = timers_.begin();
  if (bucket == timers_.end() || bucket->first > at) {
    // The store's next entry is later than it could have been.
    return;
  }
  const auto hash = bucket->second.back();
  bucket->second.pop_back();
  if (bucket->second.empty()) {
    timer_bytes_ -= base::heap_of(bucket->second);
    timers_.erase(bucket);
  }
  // Nobody: an earlier entry of the same actor has woken it, and it is due later now.
  auto* const who = armed_actor(hash, at);
  if (who == nullptr) {
    return;
  }
  touch(*who, hash);
  who->armed = base::end_of_time;
  if (!who->quarantined) {
    fire(*who, hash, at, out);
    weigh(*who);
    arm(*who, hash);
  } else if (ended_at_) {
    tell_left_open(*who, hash, at, out);
  }
  keep_budget(*who);
}

void actor_host::fire(actor& a, std::uint64_t hash, base::event_time at, outputs& out) {
  rows_[0] = {};
  std::copy_n(rows_of(a), stage_.tables.size(), rows_.begin() + 1);
  call self{*this, a, hash, cause{.now = at, .source = {}, .position = {}}, rows_, out};
  for (std::size_t b = 0; b < state_at_.size() && !a.quarantined; ++b) {
    const auto& logic = *stage_.behaviours[b].logic;
    if ((ended_at_ && !logic.closes_at_end()) || logic.due(state(a, b)) > at) {
      continue;
    }
    const auto before = out.size();
    self.behaviour(b);
    try {
      logic.on_timer(state(a, b), self);
      base::check(logic.due(state(a, b)) > at, "a timer that fired is armed for later, or not");
    } catch (...) {
      // The state is as before, so that the same timer would throw again for ever.
      out.resize(before);
      refuse_timer(a, hash, at, "failed", stage_.behaviours[b].name,
                   text_of(std::current_exception()), out);
      quarantine(a);
    }
  }
}

void actor_host::tell_left_open(const actor& a, std::uint64_t hash, base::event_time at,
                                outputs& out) const {
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    const auto& logic = *stage_.behaviours[b].logic;
    if (logic.closes_at_end() && logic.due(state(a, b)) != base::end_of_time) {
      refuse_timer(a, hash, at, "quarantined", stage_.behaviours[b].name,
                   "it was still open when its actor was quarantined, and was never closed", out);
    }
  }
}

void actor_host::begin_closing(base::event_time highest) {
  ended_at_ = highest;
  timers_.clear();
  timers_left_.reset();
  timer_bytes_ = 0;
  actors_.for_each([&](actor& a, std::uint64_t hash) {
    a.armed = base::end_of_time;
    arm(a, hash);
  });
  each_sleeper([&](const kept_state& kept) { arm_sleeper(kept); });
}

}  // namespace aisle::entity
