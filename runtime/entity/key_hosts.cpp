// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/key_hosts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/heap.hpp"

namespace aisle::entity {
namespace {

/// What an entry in the map of timers takes.
constexpr std::size_t timer_bytes = 64;

}  // namespace

key_hosts::key_hosts(const stage& of, std::size_t keys_max, std::shared_ptr<crew> workers,
                     resting rest)
    : stage_{of},
      keys_max_{keys_max},
      workers_{std::move(workers)},
      rest_{std::move(rest)},
      late_(of.behaviours.size()) {
  if (rest_.kept) {
    rest_.beds = rest_.kept;
  }
  base::check(rest_.beds != nullptr || rest_.budget == nullptr, "who is to sleep needs a place to");
}

key_hosts::~key_hosts() {
  if (rest_.budget != nullptr) {
    rest_.budget->charge(charged_, 0);
  }
}

void key_hosts::apply(stream_index by, record::event_ref event, base::event_time after,
                      outputs& out) {
  key_.clear();
  record::encode_key(key_, event.row, stage_.streams[by].key, stage_.streams[by].layout());
  auto* const cell = cell_of(key_);
  if (cell == nullptr) {
    refuse(by, event, out);
    return;
  }
  wake(*cell);
  cell->take(by, event, after);
  hand_out(*cell, out);
}

key_cell* key_hosts::cell_of(std::string_view key) {
  const std::string name{key};
  if (const auto at = by_key_.find(name); at != by_key_.end()) {
    return cells_[at->second].get();
  }
  if (cells_.size() >= keys_max_) {
    return nullptr;
  }
  auto& cell = make_cell(name, base::hash64(key));
  cell.host = fresh_host();
  return &cell;
}

key_cell& key_hosts::make_cell(const std::string& key, std::uint64_t hash) {
  const auto [at, is_new] = by_key_.try_emplace(key, cells_.size());
  base::check(is_new, "a key has one cell");
  cells_.push_back(std::make_unique<key_cell>(stage_));
  auto& cell = *cells_.back();
  cell.key_ = at->first;
  cell.key_hash_ = hash;
  return cell;
}

const key_cell* key_hosts::known(std::string_view key) const {
  const auto found = by_key_.find(std::string{key});
  return found != by_key_.end() ? cells_[found->second].get() : nullptr;
}

std::unique_ptr<actor_host> key_hosts::fresh_host() const {
  resting rest;
  rest.layouts = rest_.layouts;
  auto host = std::make_unique<actor_host>(stage_, std::move(rest));
  if (rest_.kept) {
    host->keep_track();
  }
  if (tables_) {
    host->know(*tables_);
  }
  if (ended_at_) {
    host->begin_closing(*ended_at_);
  }
  return host;
}

void key_hosts::hand_out(key_cell& cell, outputs& out) {
  touch(cell);
  if (!cell.waiting_) {
    cell.waiting_ = true;
    waiting_.push_back(&cell);
  }
  if (++handed_out_ >= window) {
    settle(out);
  }
}

void key_hosts::refuse(stream_index by, record::event_ref event, outputs& out) {
  ++counts_.in;
  ++counts_.failed;
  if (!stage_.outputs.has(event.head->at)) {
    return;
  }
  const auto text = fmt::format(
      "the stage has its {} keys already, one actor each; raise max_keys, or leave shards: per_key "
      "out",
      keys_max_);
  out.push_back(refused(stage_, by, event, "failed", "shards", text));
}

base::event_time key_hosts::next_timer() const {
  return timers_.empty() ? base::end_of_time : timers_.begin()->first;
}

void key_hosts::fire_next(outputs& out) {
  auto& cell = *timers_.begin()->second;
  wake(cell);
  cell.take_timers(timers_.begin()->first);
  timers_.erase(timers_.begin());
  cell.due_ = base::end_of_time;
  hand_out(cell, out);
}

void key_hosts::know_timer(key_cell& cell) {
  const auto due = cell.host->next_timer();
  if (due == cell.due_) {
    return;
  }
  const auto [first, last] = timers_.equal_range(cell.due_);
  if (const auto known =
          std::ranges::find(first, last, &cell, &decltype(timers_)::value_type::second);
      known != last) {
    timers_.erase(known);
  }
  cell.due_ = due;
  if (due != base::end_of_time) {
    timers_.emplace(due, &cell);
  }
}

bool key_hosts::settle(outputs& out) {
  if (waiting_.empty()) {
    return false;
  }
  workers_->work_off(waiting_);
  for (auto* const cell : waiting_) {
    std::ranges::move(cell->made, std::back_inserter(out));
    cell->made.clear();
    cell->waiting_ = false;
    cell->used_ = true;
    know_timer(*cell);
    take_account(*cell);
  }
  waiting_.clear();
  handed_out_ = 0;
  keep_budget();
  return true;
}

/// Of a cell that is awake and was worked off.
void key_hosts::take_account(key_cell& cell) {
  auto gained = cell.host->counts();
  gained -= std::exchange(cell.counts_told_, gained);
  counts_ += gained;
  const auto& late = cell.host->late_by_behaviour();
  for (std::size_t b = 0; b < late_.size(); ++b) {
    late_[b] += late[b] - std::exchange(cell.late_told_[b], late[b]);
  }
  const bool quarantined = cell.host->quarantined_actors() > 0;
  quarantined_ +=
      std::size_t{quarantined} - std::size_t{std::exchange(cell.quarantined_told_, quarantined)};
  const auto memory = cell.memory() + workers_->bytes_each();
  bytes_ += memory - std::exchange(cell.memory_told_, memory);
}

void key_hosts::begin_closing(base::event_time highest) {
  base::check(waiting_.empty(), "what is open is closed when no mailbox is under way");
  for (const auto& cell : cells_) {
    wake(*cell);
    cell->host->begin_closing(highest);
    know_timer(*cell);
    take_account(*cell);
    keep_budget();
  }
  ended_at_ = highest;
}

void key_hosts::know(const known_tables& tables) {
  base::check(waiting_.empty(), "tables change when no mailbox is under way");
  tables_ = tables;
  for (const auto& cell : cells_) {
    if (cell->host) {
      cell->host->know(tables);
    }
  }
}

std::size_t key_hosts::actors() const {
  // A key whose every event was late for all has a mailbox, and no actor.
  return static_cast<std::size_t>(std::ranges::count_if(
      cells_, [](const auto& cell) { return !cell->host || cell->host->actors() > 0; }));
}

std::size_t key_hosts::memory() const {
  return bytes_ + timers_.size() * timer_bytes + (rest_.beds ? rest_.beds->memory() : 0);
}

// ---- kept and begun again -----------------------------------------------------------------------

void key_hosts::touch(key_cell& cell) {
  if (rest_.kept && !cell.changed_) {
    cell.changed_ = true;
    changed_.push_back(&cell);
  }
}

void key_hosts::freeze(actor_changes& to) {
  base::check(waiting_.empty(), "a cut is made when no mailbox is under way");
  for (auto* const cell : changed_) {
    const auto before = to.size();
    cell->host->freeze(to);
    if (to.size() == before && cell->host->actors() == 0) {
      to.add(cell->key_hash_, cell->key_, base::end_of_time, [](std::string&) {});
    }
    cell->changed_ = false;
  }
  changed_.clear();
  waits_for_cut_ = false;
}

void key_hosts::begin(const host_facts& from, std::optional<base::event_time> ended_at) {
  base::check(cells_.empty() && rest_.kept != nullptr, "an empty host begins from what is kept");
  counts_ = from.counts;
  late_ = from.late;
  late_.resize(stage_.behaviours.size());
  quarantined_ = from.quarantined_actors;
  ended_at_ = ended_at;
  const auto reader = fresh_host();
  rest_.kept->each(0, [&](const kept_state& kept) {
    auto& cell = make_cell(std::string{kept.key}, kept.key_hash);
    if (kept.bytes.empty()) {
      cell.host = fresh_host();
      return true;
    }
    cell.quarantined_told_ = actor_host::quarantined_in_kept(kept.bytes);
    cell.due_ = reader->due_of_kept(kept);
    if (cell.due_ != base::end_of_time) {
      timers_.emplace(cell.due_, &cell);
    }
    return true;
  });
}

std::size_t key_hosts::asleep() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(cells_, [](const auto& cell) { return cell->host == nullptr; }));
}

// ---- seen from outside --------------------------------------------------------------------------

bool key_hosts::release(std::string_view key) {
  const auto found = by_key_.find(std::string{key});
  if (found == by_key_.end()) {
    return false;
  }
  auto& cell = *cells_[found->second];
  wake(cell);
  touch(cell);
  const bool released = cell.host->release(key);
  know_timer(cell);
  take_account(cell);
  return released;
}

actor_view key_hosts::view_of(const key_cell& cell, actor_view seen) const {
  seen.key = cell.key_;
  seen.awake = cell.host != nullptr;
  if (!seen.awake) {
    seen.bytes = rest_.beds->get(cell.key_hash_, cell.key_).value_or("").size();
  }
  return seen;
}

std::uint64_t key_hosts::list(std::uint64_t cursor, std::size_t most,
                              const std::function<void(const actor_view&)>& visit) const {
  for (; cursor < cells_.size() && most > 0; ++cursor, --most) {
    const auto& cell = *cells_[cursor];
    const auto sleeper = cell.host ? nullptr : host_of_sleeper(cell);
    (cell.host ? cell.host : sleeper)->list(0, 1, [&](const actor_view& seen) {
      visit(view_of(cell, seen));
    });
  }
  return cursor < cells_.size() ? cursor : 0;
}

std::optional<actor_view> key_hosts::find(std::string_view key) const {
  const auto* const cell = known(key);
  if (cell == nullptr) {
    return std::nullopt;
  }
  const auto sleeper = cell->host ? nullptr : host_of_sleeper(*cell);
  const auto seen = (cell->host ? cell->host : sleeper)->find(key);
  return seen ? std::optional{view_of(*cell, *seen)} : std::nullopt;
}

std::optional<std::string> key_hosts::describe(std::string_view key) const {
  const auto* const cell = known(key);
  if (cell == nullptr) {
    return std::nullopt;
  }
  const auto sleeper = cell->host ? nullptr : host_of_sleeper(*cell);
  return (cell->host ? cell->host : sleeper)->describe(key);
}

}  // namespace aisle::entity
