// SPDX-License-Identifier: Apache-2.0
// How keys' actors go to sleep and wake, and stay within the budget of memory.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/entity/key_hosts.hpp"

namespace aisle::entity {
namespace {

/// Cells looked at when a shard rests.
constexpr std::size_t cells_per_rest = 64;

}  // namespace

bool key_hosts::sleep(key_cell& cell) {
  if (rest_.kept) {
    if (cell.changed_) {
      return true;
    }
    // It is told by counts that begin anew when it wakes.
    cell.counts_told_ = {};
    std::ranges::fill(cell.late_told_, 0);
  } else {
    packed_.clear();
    base::packer to{packed_};
    cell.host->save(to);
    if (const auto put = rest_.beds->put(cell.key_hash_, cell.key_, packed_); !put) {
      trouble_ = fmt::format("stage {}: actors cannot be put to sleep, and memory is limited: {}",
                             stage_.name, put.error());
      return false;
    }
  }
  cell.host.reset();
  cell.mailbox_.shrink_to_fit();
  for (std::size_t s = 0; s < cell.rows_.size(); ++s) {
    cell.rows_[s] = record::batch{stage_.streams[s].layout().words()};
  }
  const auto memory = cell.memory() + workers_->bytes_each();
  bytes_ += memory - std::exchange(cell.memory_told_, memory);
  return true;
}

std::unique_ptr<actor_host> key_hosts::host_of_sleeper(const key_cell& cell) const {
  const auto bytes = rest_.beds->get(cell.key_hash_, cell.key_);
  base::check(bytes.has_value(), "who is not awake sleeps");
  auto host = fresh_host();
  if (rest_.kept) {
    base::check(host->take_up(cell.key_, cell.key_hash_, *bytes),
                "an actor takes up the state that a cut kept");
    return host;
  }
  base::unpacker from{*bytes};
  host->load(from);
  base::check(from.done(), "a sleeping actor's state is one that was saved");
  return host;
}

void key_hosts::wake(key_cell& cell) {
  if (cell.host) {
    return;
  }
  cell.host = host_of_sleeper(cell);
  rest_.beds->erase(cell.key_hash_, cell.key_);
}

template <class Wanted, class Enough>
void key_hosts::go_round(std::size_t steps, const Wanted& wanted, const Enough& enough) {
  for (; steps > 0 && !cells_.empty() && !trouble_; --steps) {
    hand_ = hand_ + 1 < cells_.size() ? hand_ + 1 : 0;
    auto& cell = *cells_[hand_];
    const bool is_idle = !std::exchange(cell.used_, false) && !cell.waiting_;
    if (is_idle && cell.host && cell.host->actors() > 0 && wanted(cell)) {
      sleep(cell);
    }
    if (enough()) {
      return;
    }
  }
}

bool key_hosts::over_budget() const {
  return rest_.budget->used() - charged_ + memory() > rest_.budget->limit();
}

void key_hosts::settle_charge() {
  const auto now = memory();
  rest_.budget->charge(charged_, now);
  charged_ = now;
}

void key_hosts::keep_budget() {
  if (rest_.budget == nullptr) {
    return;
  }
  if (over_budget()) {
    rest_.budget->note_pressure();
    go_round(
        2 * cells_.size(), [](const key_cell&) { return true; }, [&] { return !over_budget(); });
    waits_for_cut_ = rest_.kept && bytes_ >= rest_.changes_max && over_budget();
  }
  settle_charge();
}

void key_hosts::rest(base::event_time watermark) {
  if (!rest_.beds || trouble_ || !waiting_.empty()) {
    return;
  }
  bool short_of_memory = false;
  if (rest_.budget != nullptr) {
    short_of_memory = rest_.budget->pressure() != pressure_seen_;
    pressure_seen_ = rest_.budget->pressure();
  }
  if (!short_of_memory && !rest_.after) {
    return;
  }
  const auto is_wanted = [&](const key_cell& cell) {
    const bool idle = rest_.after && watermark != base::end_of_time && cell.last_ < watermark &&
                      watermark - cell.last_ >= *rest_.after;
    return idle || short_of_memory;
  };
  go_round(std::min(cells_per_rest, cells_.size()), is_wanted, [] { return false; });
  if (rest_.budget != nullptr) {
    settle_charge();
  }
}

}  // namespace aisle::entity
