// SPDX-License-Identifier: Apache-2.0
// What a host's actors occupy in memory, and who sleeps so that it stays within its budget.
#include <algorithm>

#include "runtime/base/heap.hpp"
#include "runtime/entity/actor_block.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {
namespace {

/// Charges are told to the budget in steps of this, so that hosts do not fight over one number.
constexpr std::size_t charge_step = 64 << 10;
/// Places looked at when a host rests: so many go by in less than a microsecond or two.
constexpr std::size_t places_per_rest = 512;
/// What a moment in the map of timers takes besides its entries.
constexpr std::size_t timer_moment_bytes = 96;

}  // namespace

std::size_t actor_host::memory() const {
  return bytes_ + actors_.bytes() + base::heap_of(changed_) +
         (rest_.beds ? rest_.beds->memory() : 0) + timer_bytes_ +
         timers_.size() * timer_moment_bytes;
}

void actor_host::weigh(actor& a) {
  std::size_t heap = 0;
  for (std::size_t b = 0; b < state_at_.size(); ++b) {
    heap += stage_.behaviours[b].logic->heap_bytes(state(a, b));
  }
  bytes_ += heap - a.heap;
  a.heap = static_cast<std::uint32_t>(heap);
}

bool actor_host::over_budget() const {
  return rest_.budget->used() - charged_ + memory() > rest_.budget->limit();
}

void actor_host::settle_charge() {
  const auto now = memory();
  rest_.budget->charge(charged_, now);
  charged_ = now;
}

void actor_host::keep_budget(const actor& in_use) {
  if (rest_.budget == nullptr) {
    return;
  }
  if (over_budget()) {
    rest_.budget->note_pressure();
    if (!tracks_ || changed_.size() < actors_.size()) {
      actors_.go_round(2 * actors_.capacity(), [&](actor& a, std::uint64_t hash) {
        return &a == &in_use || (sleep(a, hash) && over_budget());
      });
    }
    waits_for_cut_ = tracks_ && bytes_ >= rest_.changes_max && over_budget();
  }
  const auto now = memory();
  if (now > charged_ + charge_step || now + charge_step < charged_) {
    settle_charge();
  }
}

void actor_host::rest(base::event_time watermark) {
  if (!rest_.beds || trouble_) {
    return;
  }
  bool short_of_memory = false;
  if (rest_.budget != nullptr) {
    short_of_memory = rest_.budget->pressure() != pressure_seen_;
    pressure_seen_ = rest_.budget->pressure();
    settle_charge();
  }
  if (!short_of_memory && !rest_.after) {
    return;
  }
  actors_.go_round(places_per_rest, [&](actor& a, std::uint64_t hash) {
    const bool idle = rest_.after && watermark != base::end_of_time && a.last < watermark &&
                      watermark - a.last >= *rest_.after;
    return !(idle || short_of_memory) || sleep(a, hash);
  });
  if (rest_.budget != nullptr) {
    settle_charge();
  }
}

}  // namespace aisle::entity
