// SPDX-License-Identifier: Apache-2.0
// How a cut takes the actors that changed, and how a host begins again from what cuts kept.
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
namespace {

/// Entries of the store's index of timers that are taken over at a time.
constexpr std::size_t timers_at_once = 1024;

}  // namespace

void actor_host::note_change(actor& a, std::uint64_t hash) {
  if (tracks_) {
    changed_.push_back({hash, &a});
  }
  a.changed = true;
}

void actor_host::freeze(actor_changes& to) {
  // As large as those of the last cut, and a little more: a block that grows is copied each time.
  to.reserve(changed_.size(), changed_.size() * (change_bytes_ + change_bytes_ / 16));
  const auto before = to.packed().size();
  for (const auto& [hash, who] : changed_) {
    to.add(hash, key_of(*who, key_at_), who->armed,
           [&](std::string& bytes) { pack_actor(*who, bytes); });
    who->changed = false;
  }
  if (!changed_.empty()) {
    change_bytes_ = (to.packed().size() - before) / changed_.size();
  }
  // Of one large epoch no memory stays.
  if (changed_.size() * 4 < changed_.capacity()) {
    changed_.shrink_to_fit();
  }
  changed_.clear();
  waits_for_cut_ = false;
}

void actor_host::begin(const host_facts& from, std::optional<base::event_time> ended_at) {
  base::check(actors() == 0 && rest_.kept != nullptr, "an empty host begins from what is kept");
  counts_ = from.counts;
  late_ = from.late;
  late_.resize(stage_.behaviours.size());
  quarantined_actors_ = from.quarantined_actors;
  ended_at_ = ended_at;
  asleep_ = rest_.kept->size();
  if (ended_at_) {
    // The index knows when they are due while events come, not when what is open is closed.
    each_sleeper([&](const kept_state& kept) { arm_sleeper(kept); });
  } else {
    timers_left_ = timer_entry{};
    arm_past();
  }
}

/// An entry is true or nobody's: whose timer has changed since was armed here, in timers_.
void actor_host::load_timers(base::event_time until) {
  while (timers_left_ && timers_left_->due <= until) {
    const auto some = rest_.kept->timers(*timers_left_, timers_at_once);
    for (const auto& entry : some) {
      arm(entry.key_hash, entry.due);
    }
    timers_left_ = some.empty() ? std::nullopt : std::optional{some.back()};
  }
}

bool actor_host::take_up(std::string_view key, std::uint64_t hash, std::string_view kept) {
  auto& a = *make(key, hash);
  if (!unpack_actor(a, kept)) {
    return false;
  }
  quarantined_actors_ += a.quarantined ? 1 : 0;
  if (a.armed != base::end_of_time) {
    arm(hash, a.armed);
  }
  weigh(a);
  return true;
}

bool actor_host::is_awake(const kept_state& kept) const {
  return rest_.kept && actors_.find(kept.key_hash, [&](const actor& a) {
    return key_of(a, key_at_) == kept.key;
  }) != nullptr;
}

void actor_host::each_sleeper(const std::function<void(const kept_state&)>& visit) const {
  if (rest_.beds) {
    rest_.beds->each(0, [&](const kept_state& kept) {
      if (!is_awake(kept)) {
        visit(kept);
      }
      return true;
    });
  }
}

}  // namespace aisle::entity
