// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/reorder.hpp"

#include <algorithm>
#include <iterator>

namespace aisle::flow {
namespace {

/// Long enough that a bucket holds several rows where events are few, short enough that it does not
/// hold many thousands where they are many.
constexpr base::duration bucket{8000};

std::int64_t bucket_of(base::event_time at) {
  return base::floor_to(at, bucket).time_since_epoch().count();
}

}  // namespace

std::uint32_t reorder::hold(held_batch held) {
  bytes_ += held.rows.bytes();
  held.left = static_cast<std::uint32_t>(held.rows.size());
  size_ += held.left;
  if (free_.empty()) {
    batches_.push_back(std::move(held));
    return static_cast<std::uint32_t>(batches_.size() - 1);
  }
  const auto index = free_.back();
  free_.pop_back();
  batches_[index] = std::move(held);
  return index;
}

waiting_row reorder::row_of(const held_batch& held, std::uint32_t index, std::uint32_t row) const {
  const auto& head = *held.rows[row].head;
  return {.after = mode_ == mode::sorted ? head.seen : held.after,
          .source = held.source,
          .stream = held.stream,
          .position = head.position,
          .batch = index,
          .row = row};
}

void reorder::add(channel from, base::source_id source, std::uint8_t stream, record::batch rows) {
  const auto index = hold({.rows = std::move(rows),
                           .from = from,
                           .source = source,
                           .stream = stream,
                           .number = ++newest_,
                           .after = released_});
  auto& held = batches_[index];
  if (tracks_) {
    came_.emplace_back(held.number, index);
  }
  for (std::uint32_t row = 0; row < held.rows.size(); ++row) {
    if (held.rows[row].head->seen < released_) {
      held.rows.see_at(row, released_);
    }
    const auto waiting = row_of(held, index, row);
    if (mode_ == mode::as_they_come) {
      ready_.push_back(waiting);
    } else {
      waiting_[bucket_of(waiting.after)].push_back(waiting);
    }
  }
}

void reorder::release(base::event_time watermark) {
  if (next_ > ready_.size() / 2) {
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
  }
  if (watermark <= released_) {
    return;
  }
  released_ = watermark;
  // Everything released before is seen earlier than everything released now, so what is sorted
  // stays sorted.
  const auto sorted = static_cast<std::ptrdiff_t>(ready_.size());
  const auto limit = bucket_of(watermark);
  while (!waiting_.empty() && waiting_.begin()->first <= limit) {
    auto& rows = waiting_.begin()->second;
    const auto stay =
        std::ranges::partition(rows, [&](const waiting_row& r) { return r.after < watermark; });
    ready_.insert(ready_.end(), rows.begin(), stay.begin());
    if (!stay.empty()) {
      rows.erase(rows.begin(), stay.begin());
      break;
    }
    waiting_.erase(waiting_.begin());
  }
  std::sort(ready_.begin() + sorted, ready_.end());
}

reorder::ready_row reorder::front() const {
  const auto& next = ready_[next_];
  const auto& held = batches_[next.batch];
  return {.event = held.rows[next.row], .stream = held.stream, .after = next.after};
}

std::optional<channel> reorder::pop() {
  const auto index = ready_[next_++].batch;
  if (next_ == ready_.size()) {
    ready_.clear();
    next_ = 0;
  }
  auto& held = batches_[index];
  --size_;
  if (--held.left > 0) {
    return std::nullopt;
  }
  bytes_ -= held.rows.bytes();
  held.rows = {};
  if (held.is_kept) {
    gone_.push_back(held.number);
  }
  held.number = 0;
  free_.push_back(index);
  return held.from;
}

// ---- kept and begun again -----------------------------------------------------------------------

waits_from reorder::waiting() const {
  waits_from from{.released = released_, .front = {}, .newest_page = newest_};
  if (has_ready()) {
    const auto& next = ready_[next_];
    const auto& held = batches_[next.batch];
    from.front = {.after = next.after,
                  .source = next.source,
                  .stream = next.stream,
                  .position = next.position,
                  .page = held.number,
                  .row_in_message = held.first_row + next.row};
  }
  return from;
}

bool reorder::still_waits(const waits_from& from, const held_batch& held, std::uint32_t row) const {
  if (mode_ == mode::as_they_come) {
    // First come, first out.
    return from.front && std::pair{held.number, held.first_row + row} >=
                             std::pair{from.front->page, from.front->row_in_message};
  }
  const auto it = row_of(held, 0, row);
  if (!from.front) {
    return it.after >= from.released;
  }
  // Whatever is released later is seen later, so the order of the buffer tells what is done.
  const waiting_row front{.after = from.front->after,
                          .source = from.front->source,
                          .stream = from.front->stream,
                          .position = from.front->position};
  return !(it < front);
}

std::vector<std::uint32_t> reorder::waiting_of(const held_batch& held) const {
  const auto from = waiting();
  const bool all = held.left == held.rows.size();
  std::vector<std::uint32_t> rows;
  rows.reserve(held.left);
  for (std::uint32_t row = 0; row < held.rows.size(); ++row) {
    if (all || still_waits(from, held, row)) {
      rows.push_back(row);
    }
  }
  return rows;
}

waiting_page reorder::page_of(const held_batch& held, const std::vector<std::uint32_t>& waiting) {
  return {.number = held.number,
          .source = held.source,
          .stream = held.stream,
          .after = held.after,
          .first_row = held.first_row + waiting.front(),
          .rows = {}};
}

void reorder::begin(std::vector<waiting_page> pages, const waits_from& from) {
  std::ranges::sort(pages, {}, &waiting_page::number);
  newest_ = from.newest_page;
  for (auto& page : pages) {
    held_batch held{.rows = std::move(page.rows),
                    .from = {},
                    .source = page.source,
                    .stream = page.stream,
                    .number = page.number,
                    .after = page.after,
                    .first_row = page.first_row,
                    .is_kept = true};
    std::vector<std::uint32_t> rows;
    for (std::uint32_t row = 0; row < held.rows.size(); ++row) {
      if (still_waits(from, held, row)) {
        rows.push_back(row);
      }
    }
    if (rows.empty()) {
      // It was gone at the cut already, and is only told once more.
      gone_.push_back(held.number);
      continue;
    }
    const auto index = hold(std::move(held));
    auto& there = batches_[index];
    size_ -= there.left - rows.size();
    there.left = static_cast<std::uint32_t>(rows.size());
    for (const auto row : rows) {
      const auto waiting = row_of(there, index, row);
      auto& among = mode_ == mode::as_they_come ? ready_ : waiting_[bucket_of(waiting.after)];
      among.push_back(waiting);
    }
  }
  release(from.released);
}

}  // namespace aisle::flow
