// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/key_hosts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/base/check.hpp"

namespace aisle::entity {

key_cell::key_cell(const stage& of) : host{of} {
  for (const auto& stream : of.streams) {
    rows_.emplace_back(stream.layout().words());
  }
}

void key_cell::take(stream_index by, record::event_ref event, base::event_time after) {
  auto& rows = rows_[by];
  mailbox_.push_back({.after = after, .by = by, .row = rows.size()});
  rows.append(*event.head, event.row, record::text_fields(host.of().streams[by].layout()));
}

void key_cell::take_timers(base::event_time until) {
  mailbox_.push_back({.after = until, .by = std::nullopt});
}

void key_cell::work_off() {
  for (const auto& next : mailbox_) {
    while (host.next_timer() != base::end_of_time && host.next_timer() <= next.after) {
      host.fire_next(made);
    }
    if (next.by) {
      host.apply(*next.by, rows_[*next.by][next.row], next.after, made);
    }
  }
  mailbox_.clear();
  for (auto& rows : rows_) {
    rows.clear();
  }
}

key_hosts::key_hosts(const stage& of, std::size_t keys_max, std::shared_ptr<crew> workers)
    : stage_{of}, keys_max_{keys_max}, workers_{std::move(workers)}, late_(of.behaviours.size()) {}

void key_hosts::apply(stream_index by, record::event_ref event, base::event_time after,
                      outputs& out) {
  key_.clear();
  record::encode_key(key_, event.row, stage_.streams[by].key, stage_.streams[by].layout());
  auto* const cell = cell_of(key_);
  if (cell == nullptr) {
    refuse(by, event, out);
    return;
  }
  cell->take(by, event, after);
  hand_out(*cell, out);
}

key_cell* key_hosts::cell_of(std::string_view key) {
  const auto [at, is_new] = by_key_.try_emplace(std::string{key}, cells_.size());
  if (!is_new) {
    return cells_[at->second].get();
  }
  if (cells_.size() == keys_max_) {
    by_key_.erase(at);
    return nullptr;
  }
  cells_.push_back(std::make_unique<key_cell>(stage_));
  if (tables_) {
    cells_.back()->host.know(*tables_);
  }
  return cells_.back().get();
}

void key_hosts::hand_out(key_cell& cell, outputs& out) {
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
  cell.take_timers(timers_.begin()->first);
  timers_.erase(timers_.begin());
  cell.due_ = base::end_of_time;
  hand_out(cell, out);
}

void key_hosts::know_timer(key_cell& cell) {
  const auto due = cell.host.next_timer();
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
    auto gained = cell->host.counts();
    gained -= std::exchange(cell->counts_told_, gained);
    counts_ += gained;
    know_timer(*cell);
  }
  waiting_.clear();
  handed_out_ = 0;
  return true;
}

void key_hosts::begin_closing(base::event_time highest) {
  for (const auto& cell : cells_) {
    cell->host.begin_closing(highest);
    know_timer(*cell);
  }
}

void key_hosts::know(const known_tables& tables) {
  base::check(waiting_.empty(), "tables change when no mailbox is under way");
  tables_ = tables;
  for (const auto& cell : cells_) {
    cell->host.know(tables);
  }
}

const std::vector<std::uint64_t>& key_hosts::late_by_behaviour() const {
  std::ranges::fill(late_, 0);
  for (const auto& cell : cells_) {
    for (std::size_t b = 0; b < late_.size(); ++b) {
      late_[b] += cell->host.late_by_behaviour()[b];
    }
  }
  return late_;
}

std::size_t key_hosts::actors() const {
  // A key whose every event was late for all has a mailbox, and no actor.
  return static_cast<std::size_t>(
      std::ranges::count_if(cells_, [](const auto& cell) { return cell->host.actors() > 0; }));
}

std::size_t key_hosts::quarantined_actors() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      cells_, [](const auto& cell) { return cell->host.quarantined_actors() > 0; }));
}

std::size_t key_hosts::memory() const {
  std::size_t bytes = cells_.size() * sizeof(key_cell);
  for (const auto& cell : cells_) {
    bytes += cell->host.memory();
  }
  return bytes;
}

bool key_hosts::release(std::string_view key) {
  const auto found = by_key_.find(std::string{key});
  if (found == by_key_.end() || !cells_[found->second]->host.release(key)) {
    return false;
  }
  know_timer(*cells_[found->second]);
  return true;
}

std::uint64_t key_hosts::list(std::uint64_t cursor, std::size_t most,
                              const std::function<void(const actor_view&)>& visit) const {
  for (; cursor < cells_.size() && most > 0; ++cursor, --most) {
    cells_[cursor]->host.list(0, 1, visit);
  }
  return cursor < cells_.size() ? cursor : 0;
}

std::optional<actor_view> key_hosts::find(std::string_view key) const {
  const auto found = by_key_.find(std::string{key});
  return found != by_key_.end() ? cells_[found->second]->host.find(key) : std::nullopt;
}

std::optional<std::string> key_hosts::describe(std::string_view key) const {
  const auto found = by_key_.find(std::string{key});
  return found != by_key_.end() ? cells_[found->second]->host.describe(key) : std::nullopt;
}

}  // namespace aisle::entity
