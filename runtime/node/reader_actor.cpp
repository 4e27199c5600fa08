// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/reader_actor.hpp"

#include <utility>

namespace aisle::node {
namespace {

/// Records read before messages are looked at again.
constexpr std::size_t records_per_turn = 512;

}  // namespace

reader_actor::reader_actor(caf::actor_config& config, std::size_t number,
                           std::shared_ptr<io::source> source, view::source_status* status)
    : blocking_actor{config}, number_{number}, source_{std::move(source)}, status_{status} {}

void reader_actor::act() {
  while (!leaving_) {
    while (has_next_message() && !leaving_) {
      hear();
    }
    if (leaving_) {
      return;
    }
    io::source_effects effects;
    if (met_ && source_->can_read()) {
      source_->read(records_per_turn, effects);
      carry_out(effects);
      tell_status();
      continue;
    }
    if (met_) {
      source_->before_waiting(effects);
      carry_out(effects);
    }
    hear();
  }
}

/// Waits for one message and takes it.
void reader_actor::hear() {
  receive(
      [this](meet_reader& meet) {
        to_ = *meet.neighbours;
        met_ = true;
      },
      [this](const event_credit& credit) {
        source_->credit(credit.partition, credit.target, credit.messages);
      },
      [this](const line_credit& credit) { source_->lane_credit(credit.lane, credit.messages); },
      [this](const start_epoch& start) {
        io::source_effects effects;
        source_->start(start.epoch, effects);
        carry_out(effects);
      },
      [this](dismissed) { leaving_ = true; });
}

void reader_actor::carry_out(io::source_effects& effects) {
  for (auto& [target, message] : effects.messages) {
    send(to_.shards[target], events{std::make_shared<flow::event_message>(std::move(message))});
  }
  for (auto& [lane, message] : effects.lines) {
    send(to_.lanes[lane], lines{std::make_shared<flow::line_message>(std::move(message))});
  }
  if (effects.cut) {
    said_full_ = false;
    send(to_.coordinator, cut{number_, *effects.cut, effects.counts_at_barrier});
  }
  if (effects.epoch_full && !std::exchange(said_full_, true)) {
    send(to_.coordinator, epoch_full{});
  }
  if (effects.ended) {
    send(to_.coordinator, ended{});
  }
  if (effects.failed) {
    send(to_.supervisor, fault{effects.failed->message});
  }
}

void reader_actor::tell_status() {
  const auto& counts = source_->counts();
  status_->read.set(counts.read);
  status_->accepted.set(counts.accepted);
  status_->rejected.set(counts.rejected);
  status_->duplicate.set(counts.duplicate);
  status_->highest.set(source_->highest());
  status_->ended = source_->ended();
}

}  // namespace aisle::node
