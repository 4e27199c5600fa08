// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/reader_actor.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "runtime/base/fault.hpp"
#include "runtime/node/source_keeping.hpp"

namespace aisle::node {
namespace {

/// Records read before messages are looked at again.
constexpr std::size_t records_per_turn = 512;
/// Bounds of the wait at the end of a source that may grow and is not watched. A look costs a few
/// system calls, so fifty in a second are little, and nobody waits longer than that for a record.
constexpr base::duration nap_min{1};
constexpr base::duration nap_max{20};
/// The same where it is watched: watches are hints.
constexpr base::duration nap_watched{1000};
/// A source that is cut off for longer is worth a word.
constexpr base::duration silence_max = std::chrono::seconds{5};

}  // namespace

reader_actor::reader_actor(caf::actor_config& config, std::size_t number, std::string source_name,
                           std::shared_ptr<io::source> source, view::source_status* status,
                           const base::clock& clock)
    : blocking_actor{config},
      number_{number},
      name_{std::move(source_name)},
      source_{std::move(source)},
      status_{status},
      clock_{clock} {}

void reader_actor::act() {
  while (!leaving_) {
    while (has_next_message() && !leaving_) {
      hear(caf::infinite);
    }
    if (leaving_) {
      return;
    }
    if (met_ && source_->can_read()) {
      read();
    } else {
      wait();
    }
  }
}

void reader_actor::read() {
  const auto before = source_->counts().read;
  io::source_effects effects;
  source_->read(records_per_turn, effects);
  source_->observe(clock_.ticks());
  carry_out(effects);
  tell_progress();
  tell_status();
  nap_ = source_->counts().read > before ? nap_min : std::clamp(2 * nap_, nap_min, nap_max);
  nap_ = to_.told_to_look ? nap_watched : nap_;
  look_at_ = clock_.ticks() + nap_;
}

/// For a message; at the end of what there is for a nap at most, then looks whether there is more.
void reader_actor::wait() {
  if (met_) {
    io::source_effects effects;
    source_->observe(clock_.ticks());
    source_->before_waiting(effects);
    carry_out(effects);
    tell_status();
  }
  const auto left = look_at_ - clock_.ticks();
  if (!source_->caught_up()) {
    hear(caf::infinite);
  } else if (left > base::duration{0}) {
    hear(caf::duration{left});
  } else {
    read();
  }
}

/// Waits for one message and takes it.
void reader_actor::hear(caf::duration at_most) {
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
        source_->start(start.epoch, clock_.ticks(), effects);
        if (to_.shows_positions) {
          cuts_[start.epoch] = source_->positions();
        }
        carry_out(effects);
      },
      [this](look) {
        // Lowered first: what is written from here on is told anew.
        *to_.told_to_look = false;
        look_at_ = clock_.ticks();
      },
      [this](const epoch_complete& c) { show(c.epoch); },
      [this](const drift_limit& limit) { source_->pause_beyond(limit.at); },
      [this](dismissed) { leaving_ = true; }, caf::after(at_most) >> [] {});
}

void reader_actor::carry_out(io::source_effects& effects) {
  for (auto& [target, message] : effects.messages) {
    send(to_.shards[target], events{std::make_shared<flow::event_message>(std::move(message))});
  }
  for (auto& [lane, message] : effects.lines) {
    send(to_.lanes[lane], lines{std::make_shared<flow::line_message>(std::move(message))});
  }
  if (effects.cut) {
    base::pass_fault(base::fault_point::node_barrier_sent);
    said_full_ = false;
    cut here{.reader = number_,
             .epoch = *effects.cut,
             .counts = effects.counts_at_barrier,
             .frozen = {},
             .positions = {},
             .idle = std::move(effects.idle),
             .declared_idle = effects.declared_idle};
    if (effects.delta) {
      here.frozen = std::make_shared<const std::string>(freeze(*effects.delta));
      here.positions = positions_of(name_, effects.delta->facts);
    }
    send(to_.coordinator, std::move(here));
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

void reader_actor::tell_progress() {
  const bool has_more = !source_->ended() && (!source_->caught_up() || source_->cut_off());
  const progress now{number_, source_->slowest(), has_more};
  if (!to_.tells_progress || (told_ && told_->at == now.at && told_->has_more == now.has_more)) {
    return;
  }
  told_ = now;
  send(to_.coordinator, now);
}

void reader_actor::show(base::epoch n) {
  const auto at = cuts_.find(n);
  if (at == cuts_.end()) {
    return;
  }
  source_->completed(at->second);
  // Epochs complete in order.
  cuts_.erase(cuts_.begin(), std::next(at));
}

void reader_actor::tell_growth() {
  const auto now = source_->partitions_now();
  if (now > source_->partitions() && !std::exchange(said_grown_, true)) {
    send(to_.supervisor, grown{number_, now});
  }
}

void reader_actor::tell_reach() {
  if (!source_->cut_off()) {
    cut_off_since_.reset();
    if (std::exchange(said_cut_off_, false)) {
      send(to_.supervisor, notice{"source " + name_ + " is read again"});
    }
    return;
  }
  const auto now = clock_.ticks();
  cut_off_since_ = cut_off_since_.value_or(now);
  if (now - *cut_off_since_ >= silence_max && !std::exchange(said_cut_off_, true)) {
    const auto why = source_->trouble();
    send(to_.supervisor, notice{"source " + name_ + " cannot be read, and goes on when it can: " +
                                (why.empty() ? "nothing is heard from where it lies" : why)});
  }
}

void reader_actor::tell_status() {
  tell_growth();
  tell_reach();
  const auto& counts = source_->counts();
  status_->read.set(counts.read);
  status_->accepted.set(counts.accepted);
  status_->rejected.set(counts.rejected);
  status_->duplicate.set(counts.duplicate);
  status_->highest.set(source_->highest());
  status_->ended = source_->ended();
  status_->caught_up = source_->caught_up() && !source_->cut_off();
  status_->held_up = source_->held_up();
  status_->partitions.set(source_->partitions());
  status_->idle.set(source_->idle_partitions());
  const auto behind = source_->behind();
  status_->follows = behind.has_value();
  status_->behind_bytes.set(behind ? behind->bytes : 0);
  status_->behind_records.set(behind ? behind->records.value_or(view::unknown) : 0);
}

}  // namespace aisle::node
