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

std::uint32_t reorder::hold(channel from, std::uint8_t stream, record::batch rows) {
  bytes_ += rows.bytes();
  size_ += rows.size();
  const auto left = static_cast<std::uint32_t>(rows.size());
  held_batch held{.rows = std::move(rows), .from = from, .stream = stream, .left = left};
  if (free_.empty()) {
    batches_.push_back(std::move(held));
    return static_cast<std::uint32_t>(batches_.size() - 1);
  }
  const auto index = free_.back();
  free_.pop_back();
  batches_[index] = std::move(held);
  return index;
}

void reorder::add(channel from, base::source_id source, std::uint8_t stream, record::batch rows) {
  const auto index = hold(from, stream, std::move(rows));
  auto& held = batches_[index].rows;
  for (std::uint32_t row = 0; row < held.size(); ++row) {
    const auto& head = *held[row].head;
    if (head.seen < released_) {
      held.see_at(row, released_);
    }
    const waiting_row waiting{.after = mode_ == mode::sorted ? head.seen : released_,
                              .source = source,
                              .stream = stream,
                              .position = head.position,
                              .batch = index,
                              .row = row};
    if (mode_ == mode::as_they_come) {
      ready_.push_back(waiting);
    } else {
      waiting_[bucket_of(head.seen)].push_back(waiting);
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
  free_.push_back(index);
  return held.from;
}

}  // namespace aisle::flow
