// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/key_cell.hpp"

#include <algorithm>

#include "runtime/base/heap.hpp"

namespace aisle::entity {
namespace {

/// What an entry in the map of keys takes besides the key.
constexpr std::size_t key_bytes = 80;

}  // namespace

key_cell::key_cell(const stage& of) : late_told_(of.behaviours.size()) {
  for (const auto& stream : of.streams) {
    rows_.emplace_back(stream.layout().words());
  }
}

void key_cell::take(stream_index by, record::event_ref event, base::event_time after) {
  auto& rows = rows_[by];
  last_ = std::max(last_, event.head->at);
  mailbox_.push_back({.after = after, .by = by, .row = rows.size()});
  rows.append(*event.head, event.row, record::text_fields(host->of().streams[by].layout()));
}

void key_cell::take_timers(base::event_time until) {
  mailbox_.push_back({.after = until, .by = std::nullopt});
}

void key_cell::work_off() {
  for (const auto& next : mailbox_) {
    while (host->next_timer() != base::end_of_time && host->next_timer() <= next.after) {
      host->fire_next(made);
    }
    if (next.by) {
      host->apply(*next.by, rows_[*next.by][next.row], next.after, made);
    }
  }
  mailbox_.clear();
  for (auto& rows : rows_) {
    rows.clear();
  }
}

std::size_t key_cell::memory() const {
  return base::heap_block(sizeof(key_cell)) + base::heap_of(mailbox_) + base::heap_of(late_told_) +
         base::heap_of(rows_) + key_bytes + key_.size() +
         (host ? base::heap_block(sizeof(actor_host)) + host->memory() : 0);
}

}  // namespace aisle::entity
