// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/state_actor.hpp"

#include <chrono>
#include <utility>

#include "runtime/base/clock.hpp"

namespace aisle::node {
namespace {

using self_ptr = caf::stateful_actor<state_actor_state>*;

constexpr std::chrono::milliseconds retry_after{500};
/// Epochs that are further apart are folded one by one, which is cheap for them.
constexpr std::chrono::seconds rest_after{5};

void tell(self_ptr self, checkpoint::state_writer::answers& done) {
  const auto& to = self->state.to;
  if (done.appended) {
    self->send(to.coordinator, appended{*std::move(done.appended)});
  }
  if (done.stored) {
    for (const auto& shard : to.shards) {
      self->send(shard, stored{*done.stored});
    }
    self->send(to.coordinator, stored{*done.stored});
  }
  if (done.folded) {
    self->send(to.coordinator, folded{*done.folded});
  }
}

/// One piece of work; the next comes behind the messages that are there by then, so that what an
/// epoch waits for is never behind more than one piece.
void work(self_ptr self) {
  auto& state = self->state;
  const auto began = base::system_clock().ticks();
  auto done = state.writer->work();
  const auto took = base::system_clock().ticks() - began;
  if (took > base::duration{0}) {
    self->send(state.to.coordinator, spent{{.frozen = {}, .written = took}});
  }
  if (done.broken) {
    self->send(state.to.supervisor, fault{*done.broken});
    return;
  }
  if (done.waits) {
    if (!std::exchange(state.waits, true)) {
      self->send(state.to.supervisor, notice{*done.waits + "; epochs wait until there is"});
    }
    if (state.draining) {
      self->send(state.to.coordinator, drained{});
      return;
    }
    state.going_on = true;
    self->delayed_send(self, retry_after, go_on{});
    return;
  }
  if (std::exchange(state.waits, false)) {
    self->send(state.to.supervisor, notice{"the disk takes the state again"});
  }
  tell(self, done);
  if (!state.writer->has_work() && state.draining) {
    self->send(state.to.coordinator, drained{});
  } else if (state.writer->has_work() && !std::exchange(state.going_on, true)) {
    self->send(self, go_on{});
  }
}

void begin(self_ptr self) {
  if (!self->state.going_on) {
    work(self);
  }
}

}  // namespace

caf::behavior state_actor(self_ptr self, checkpoint::state_writer* writer) {
  self->state.writer = writer;
  return {
      [=](meet_state& meet) {
        self->state.to = *meet.neighbours;
        begin(self);
      },
      [=](append_order& order) {
        self->state.writer->append(std::move(order.record.what), order.record.after);
        begin(self);
      },
      [=](const store_order& order) {
        ++self->state.stores;
        self->state.writer->store(order.attempt, std::move(*order.deltas));
        begin(self);
      },
      [=](const fold_order& order) {
        self->state.writer->fold(order.attempt, order.applied);
        self->delayed_send(self, rest_after, look_for_rest{self->state.stores});
        begin(self);
      },
      [=](const look_for_rest& since) {
        if (since.stores == self->state.stores && self->state.writer->gathers()) {
          self->state.writer->rest();
          begin(self);
        }
      },
      [=](const trim_order& order) {
        self->state.writer->trim(order.lane, order.delivered_to);
        begin(self);
      },
      [=](drain) {
        self->state.draining = true;
        self->state.writer->rest();
        begin(self);
      },
      [=](go_on) {
        self->state.going_on = false;
        work(self);
      },
  };
}

}  // namespace aisle::node
