// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/lane_actor.hpp"

#include <chrono>
#include <utility>

namespace aisle::node {
namespace {

using lane_ptr = caf::stateful_actor<lane_actor_state>*;
using writer_ptr = caf::stateful_actor<writer_actor_state>*;
using checkpoint::delivery;

constexpr std::chrono::seconds retry_after{1};

/// The outbox of n is closed: what of it is kept, and how it will be called when it is complete.
void close(lane_ptr self, base::epoch n, const checkpoint::outbox* box) {
  auto& state = self->state;
  const control::attempt is{.generation = state.at.generation, .epoch = n};
  static const checkpoint::outbox nothing;
  const auto& closed = box == nullptr ? nothing : *box;
  frozen bytes;
  const auto prev = state.note.last;
  if (state.at.keeps) {
    bytes = std::make_shared<const std::string>(checkpoint::freeze(closed, is, state.note));
  } else if (!closed.bytes.empty()) {
    state.note.last = is;
  }
  if (!closed.bytes.empty()) {
    const auto parts = static_cast<std::uint32_t>(checkpoint::parts_of(closed).size());
    state.heads[n] = {.attempt = is, .prev = prev, .parts = parts};
  }
  self->send(state.to.coordinator, prepared{state.at.number, n, std::move(bytes)});
}

void carry_out(lane_ptr self, checkpoint::lane_effects& effects) {
  auto& state = self->state;
  for (const auto& credit : effects.credits) {
    self->send(state.to.senders[credit.channel.get()],
               line_credit{state.origins[credit.channel.get()].lane, credit.messages});
  }
  if (effects.prepared) {
    close(self, *effects.prepared, effects.closed);
  }
  for (const auto* box : effects.deliver) {
    self->send(state.to.writer, write_outbox{state.at.in_writer, {state.lane, box}});
  }
  if (effects.delivered) {
    self->send(state.to.coordinator,
               delivered{state.at.number, *effects.delivered, state.note.delivered_to});
  }
  if (effects.gone) {
    self->send(state.to.supervisor, fault{*effects.gone});
  }
}

/// The epoch is complete: its outbox, which goes out by the writer's courier.
void deliver(lane_ptr self, const control::attempt& is) {
  auto& state = self->state;
  checkpoint::lane_effects effects;
  state.lane->complete(is.epoch, effects);
  if (state.delivery == delivery::immediate) {
    carry_out(self, effects);
    return;
  }
  deliver_outbox out{.lane = state.at.in_writer, .attempt = is, .head = {}, .box = {}};
  if (const auto head = state.heads.extract(is.epoch); !head.empty()) {
    out.head = head.mapped();
    out.box = {state.lane, effects.deliver.front()};
  }
  self->send(state.to.writer, out);
}

io::result<void> put(io::lane_writer& file, const checkpoint::outbox& box) {
  if (auto wrote = file.write_at(static_cast<std::uint64_t>(box.start_offset), box.bytes); !wrote) {
    return wrote;
  }
  return file.sync();
}

void wait(writer_ptr self) {
  self->state.waits = true;
  self->delayed_send(self, retry_after, try_again{});
}

void wait(writer_ptr self, const std::string& why) {
  if (!std::exchange(self->state.said_so, true)) {
    self->send(self->state.supervisor, notice{why});
  }
  wait(self);
}

/// False when something waits or is broken: then nothing more is done for now.
bool write_pieces(writer_ptr self) {
  auto& state = self->state;
  while (!state.pieces.empty()) {
    const auto [lane, box] = state.pieces.front();
    const auto outcome = put(*state.lanes[lane].file, *box);
    if (!outcome && io::can_be_retried(outcome.error().code)) {
      wait(self, outcome.error().message);
      return false;
    }
    if (!outcome) {
      self->send(state.supervisor, fault{outcome.error().message});
      return false;
    }
    state.pieces.pop_front();
    state.totals->bytes_out.add(box->bytes.size());
    self->send(state.lanes[lane].actor, written{box->epoch, {}, false});
  }
  return true;
}

bool drive(writer_ptr self, written_lane& lane) {
  auto& state = self->state;
  while (lane.courier->has_work()) {
    const auto report = lane.courier->work();
    if (report.stopped) {
      self->send(state.supervisor, fault{*report.stopped});
      return false;
    }
    state.totals->bytes_out.add(report.bytes);
    if (report.delivered) {
      self->send(lane.actor,
                 written{*report.delivered, lane.courier->delivered_to(), lane.courier->born()});
    }
    if (report.waits) {
      lane.sink->why.set(*report.waits);
      // Where calls are long the coordinator has told of it by now, for all lanes together.
      lane.tells ? wait(self) : wait(self, *report.waits);
      return false;
    }
  }
  return true;
}

void drive_all(writer_ptr self) {
  if (!write_pieces(self)) {
    return;
  }
  for (auto& lane : self->state.lanes) {
    if (lane.courier && !drive(self, lane)) {
      return;
    }
  }
  self->state.waits = false;
  if (std::exchange(self->state.said_so, false)) {
    self->send(self->state.supervisor, notice{"output is taken again"});
  }
}

}  // namespace

caf::behavior lane_actor(lane_ptr self, const wired_lane& wired, lane_place at,
                         const checkpoint::lane_note& note) {
  auto& state = self->state;
  state.lane = checkpoint::make_lane(wired.delivery, wired.origins.size(), note.end, at.from.epoch);
  state.at = at;
  state.delivery = wired.delivery;
  state.note = note;
  state.origins = wired.origins;
  return {
      [=](meet_lane& meet) {
        auto& mine = self->state;
        mine.to = *meet.neighbours;
        if (mine.delivery == delivery::immediate) {
          self->send(mine.to.coordinator, delivered{mine.at.number, mine.at.from.epoch, {}});
        }
      },
      [=](const lines& received) {
        checkpoint::lane_effects effects;
        self->state.lane->accept(std::move(*received.content), effects);
        carry_out(self, effects);
      },
      [=](const complete& c) { deliver(self, c.attempt); },
      [=](const written& w) {
        auto& remembered = self->state.note;
        remembered.delivered_to = std::max(remembered.delivered_to, w.delivered_to);
        remembered.born = remembered.born || w.born;
        checkpoint::lane_effects effects;
        self->state.lane->written(w.epoch, effects);
        carry_out(self, effects);
      },
  };
}

caf::behavior writer_actor(writer_ptr self, const std::shared_ptr<std::vector<written_lane>>& lanes,
                           caf::actor supervisor, view::run_status* status) {
  self->state.lanes = std::move(*lanes);
  self->state.supervisor = std::move(supervisor);
  self->state.totals = status;
  for (auto& lane : self->state.lanes) {
    lane.tells = lane.courier && lane.courier->tell_trouble(
                                     [sink = lane.sink](const auto& why) { sink->why.set(why); });
  }
  return {
      [=](const meet_writer& meet) {
        for (std::size_t l = 0; l < meet.lanes.size(); ++l) {
          self->state.lanes[l].actor = meet.lanes[l];
        }
        drive_all(self);
      },
      [=](const write_outbox& what) {
        self->state.pieces.push_back(what);
        if (!self->state.waits) {
          drive_all(self);
        }
      },
      [=](const deliver_outbox& what) {
        auto& state = self->state;
        state.lanes[what.lane].courier->completed(what.attempt, what.head, what.box);
        if (!state.waits) {
          drive_all(self);
        }
      },
      [=](try_again) { drive_all(self); },
  };
}

}  // namespace aisle::node
