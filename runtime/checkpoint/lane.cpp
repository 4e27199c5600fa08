// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/lane.hpp"

#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"

namespace aisle::checkpoint {

void lane::accept(flow::line_message message, lane_effects& effects) {
  auto& last = last_[message.channel.get()];
  if (message.sequence != last.next()) {
    effects.gone = fmt::format("lane channel {}: message {} came after {}", message.channel.get(),
                               message.sequence.get(), last.get());
    return;
  }
  last = message.sequence;
  take(std::move(message), effects);
}

bool lane::align(flow::channel on, base::epoch n, lane_effects& effects) {
  switch (alignment_.barrier(on, n)) {
    case flow::alignment::outcome::waiting:
      return false;
    case flow::alignment::outcome::out_of_order:
      effects.gone = fmt::format("lane channel {}: barrier {} came after {}", on.get(), n.get(),
                                 alignment_.last().get());
      return false;
    case flow::alignment::outcome::aligned:
      return true;
  }
  return false;
}

std::unique_ptr<lane> make_lane(delivery how, std::size_t channels, std::int64_t start_offset,
                                base::epoch last) {
  if (how == delivery::immediate) {
    return std::make_unique<immediate_lane>(channels, start_offset, last);
  }
  return std::make_unique<epoch_lane>(channels, start_offset, last);
}

void epoch_lane::take(flow::line_message message, lane_effects& effects) {
  // What a lane may hold is bounded by the epoch, not by credit: waiting lines are let in at once,
  // so that the barrier behind them can come.
  if (!message.barrier) {
    effects.credits.push_back({.channel = message.channel, .messages = 1});
  }
  if (aligned().holds(message.channel)) {
    parked_bytes_ += message.lines.size();
    parked_[message.channel.get()].push_back(std::move(message));
    return;
  }
  gather(std::move(message), effects);
}

void epoch_lane::gather(flow::line_message message, lane_effects& effects) {
  running_.bytes += message.lines;
  running_.records += message.records;
  if (message.barrier && align(message.channel, *message.barrier, effects)) {
    close(*message.barrier, effects);
  }
}

void epoch_lane::close(base::epoch n, lane_effects& effects) {
  running_.epoch = n;
  running_.start_offset = offset_;
  offset_ += static_cast<std::int64_t>(running_.bytes.size());
  bytes_in_outboxes_ += running_.bytes.size();
  outboxes_.push_back(std::exchange(running_, {}));
  effects.prepared = n;
  effects.closed = &outboxes_.back();
  for (auto& waiting : parked_) {
    while (!waiting.empty() && !aligned().holds(waiting.front().channel)) {
      auto next = std::move(waiting.front());
      waiting.pop_front();
      parked_bytes_ -= next.lines.size();
      gather(std::move(next), effects);
    }
  }
}

void epoch_lane::complete(base::epoch n, lane_effects& effects) {
  for (const auto& box : outboxes_) {
    if (box.epoch == n) {
      effects.deliver.push_back(&box);
      return;
    }
  }
  base::die("an epoch is complete only when every lane has closed its outbox");
}

void epoch_lane::written(base::epoch n, lane_effects& effects) {
  while (!outboxes_.empty() && outboxes_.front().epoch <= n) {
    bytes_in_outboxes_ -= outboxes_.front().bytes.size();
    outboxes_.pop_front();
  }
  effects.delivered = n;
}

void immediate_lane::take(flow::line_message message, lane_effects& effects) {
  next_.box.bytes += message.lines;
  next_.box.records += message.records;
  if (!message.barrier) {
    next_.credits.push_back({.channel = message.channel, .messages = 1});
  } else if (align(message.channel, *message.barrier, effects)) {
    next_.barrier = message.barrier;
  }
  write_next(effects);
}

void immediate_lane::write_next(lane_effects& effects) {
  if (writing_) {
    return;
  }
  if (next_.box.bytes.empty()) {
    effects.prepared = std::exchange(next_.barrier, std::nullopt);
    return;
  }
  next_.box.epoch = aligned().last().next();
  next_.box.start_offset = offset_;
  offset_ += static_cast<std::int64_t>(next_.box.bytes.size());
  writing_ = std::exchange(next_, {});
  effects.deliver.push_back(&writing_->box);
}

void immediate_lane::written(base::epoch n, lane_effects& effects) {
  base::check(writing_ && writing_->box.epoch == n, "one piece is written at a time");
  effects.credits = std::move(writing_->credits);
  const auto barrier = writing_->barrier;
  writing_.reset();
  write_next(effects);
  if (barrier) {
    effects.prepared = barrier;
  }
}

void immediate_lane::complete(base::epoch n, lane_effects& effects) { effects.delivered = n; }

}  // namespace aisle::checkpoint
