// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/lane_actor.hpp"

#include <chrono>
#include <utility>

namespace aisle::node {
namespace {

using lane_ptr = caf::stateful_actor<lane_actor_state>*;
using writer_ptr = caf::stateful_actor<writer_actor_state>*;

constexpr std::chrono::seconds retry_after{1};

void carry_out(lane_ptr self, checkpoint::lane_effects& effects) {
  auto& state = self->state;
  for (const auto& credit : effects.credits) {
    self->send(state.to.senders[credit.channel.get()],
               line_credit{state.origins[credit.channel.get()].lane, credit.messages});
  }
  if (effects.prepared) {
    self->send(state.to.coordinator, prepared{*effects.prepared});
  }
  for (const auto* box : effects.deliver) {
    self->send(state.to.writer, write_outbox{state.place, box});
  }
  if (effects.delivered) {
    self->send(state.to.coordinator, delivered{*effects.delivered});
  }
  if (effects.gone) {
    self->send(state.to.supervisor, fault{*effects.gone});
  }
}

io::result<void> put(io::lane_writer& file, const checkpoint::outbox& box) {
  if (box.bytes.empty()) {
    return {};
  }
  if (auto wrote = file.write_at(static_cast<std::uint64_t>(box.start_offset), box.bytes); !wrote) {
    return wrote;
  }
  return file.sync();
}

/// Writes from the front of the queue as far as the disk goes along.
void drain(writer_ptr self) {
  auto& state = self->state;
  std::size_t done = 0;
  for (; done < state.queue.size(); ++done) {
    const auto& [what, lane] = state.queue[done];
    const auto outcome = put(*state.files[what.lane], *what.box);
    if (!outcome) {
      if (!io::can_be_retried(outcome.error().code)) {
        self->send(state.supervisor, fault{outcome.error().message});
        break;
      }
      if (!std::exchange(state.said_waiting, true)) {
        self->send(state.supervisor, notice{outcome.error().message});
      }
      self->delayed_send(self, retry_after, try_again{});
      break;
    }
    if (std::exchange(state.said_waiting, false)) {
      self->send(state.supervisor, notice{"output is taken again"});
    }
    state.totals->bytes_out.add(what.box->bytes.size());
    self->send(lane, written{what.box->epoch});
  }
  state.queue.erase(state.queue.begin(), state.queue.begin() + static_cast<std::ptrdiff_t>(done));
}

}  // namespace

caf::behavior lane_actor(lane_ptr self, const wired_lane& wired, std::size_t place) {
  auto& state = self->state;
  state.lane = checkpoint::make_lane(wired.delivery, wired.origins.size(), 0);
  state.place = place;
  state.origins = wired.origins;
  return {
      [=](meet_lane& meet) { self->state.to = *meet.neighbours; },
      [=](const lines& received) {
        checkpoint::lane_effects effects;
        self->state.lane->accept(std::move(*received.content), effects);
        carry_out(self, effects);
      },
      [=](const complete& c) {
        checkpoint::lane_effects effects;
        self->state.lane->complete(c.epoch, effects);
        carry_out(self, effects);
      },
      [=](const written& w) {
        checkpoint::lane_effects effects;
        self->state.lane->written(w.epoch, effects);
        carry_out(self, effects);
      },
  };
}

caf::behavior writer_actor(writer_ptr self, std::vector<std::shared_ptr<io::lane_writer>> files,
                           caf::actor supervisor, view::run_status* status) {
  self->state.files = std::move(files);
  self->state.supervisor = std::move(supervisor);
  self->state.totals = status;
  return {
      [=](const write_outbox& what) {
        self->state.queue.push_back({what, caf::actor_cast<caf::actor>(self->current_sender())});
        if (self->state.queue.size() == 1) {
          drain(self);
        }
      },
      [=](try_again) { drain(self); },
  };
}

}  // namespace aisle::node
