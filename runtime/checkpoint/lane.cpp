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
  // What a lane may hold is bounded by the epoch, not by credit: waiting lines are let in at once,
  // so that the barrier behind them can come.
  if (!message.barrier) {
    effects.credits.push_back({.channel = message.channel, .messages = 1});
  }
  if (alignment_.holds(message.channel)) {
    parked_bytes_ += message.lines.size();
    parked_[message.channel.get()].push_back(std::move(message));
    return;
  }
  take(std::move(message), effects);
}

void lane::take(flow::line_message message, lane_effects& effects) {
  running_.bytes += message.lines;
  running_.records += message.records;
  if (!message.barrier) {
    return;
  }
  switch (alignment_.barrier(message.channel, *message.barrier)) {
    case flow::alignment::outcome::waiting:
      return;
    case flow::alignment::outcome::out_of_order:
      effects.gone = fmt::format("lane channel {}: barrier {} came after {}", message.channel.get(),
                                 message.barrier->get(), alignment_.last().get());
      return;
    case flow::alignment::outcome::aligned:
      break;
  }
  running_.epoch = *message.barrier;
  running_.start_offset = offset_;
  offset_ += static_cast<std::int64_t>(running_.bytes.size());
  bytes_in_outboxes_ += running_.bytes.size();
  outboxes_.push_back(std::exchange(running_, {}));
  effects.prepared = *message.barrier;
  for (auto& waiting : parked_) {
    while (!waiting.empty() && !alignment_.holds(waiting.front().channel)) {
      auto next = std::move(waiting.front());
      waiting.pop_front();
      parked_bytes_ -= next.lines.size();
      take(std::move(next), effects);
    }
  }
}

void lane::complete(base::epoch n, lane_effects& effects) {
  for (const auto& box : outboxes_) {
    if (box.epoch == n) {
      effects.deliver.push_back(&box);
      return;
    }
  }
  base::die("an epoch is complete only when every lane has closed its outbox");
}

void lane::delivered(base::epoch n) {
  base::check(!outboxes_.empty() && outboxes_.front().epoch == n, "epochs are delivered in order");
  bytes_in_outboxes_ -= outboxes_.front().bytes.size();
  outboxes_.pop_front();
}

}  // namespace aisle::checkpoint
