// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/courier.hpp"

#include <utility>

#include "runtime/base/fault.hpp"

namespace aisle::checkpoint {

void courier::assigned(const lane_memory& held, attempt from) {
  lane_owner_effects effects;
  owner_.assigned(held, from, effects);
  note(effects);
}

void courier::completed(attempt is, const std::optional<outbox_head>& head,
                        std::shared_ptr<const outbox> box) {
  if (box && head) {
    boxes_[is] = std::move(box);
  }
  lane_owner_effects effects;
  owner_.completed(is, head, effects);
  note(effects);
}

void courier::note(const lane_owner_effects& effects) {
  for (const auto& effect : effects) {
    if (const auto* const out = std::get_if<say_delivered>(&effect)) {
      said_ = out->to;
      boxes_.erase(boxes_.begin(), boxes_.upper_bound(owner_.delivered_to()));
    } else if (const auto* const stop = std::get_if<stop_lane>(&effect)) {
      stopped_ = stop->why;
    } else if (std::holds_alternative<destroy_producer>(effect)) {
      todo_.clear();
    } else {
      todo_.push_back(effect);
    }
  }
}

courier::report courier::work() {
  report to;
  if (!todo_.empty()) {
    const auto next = std::move(todo_.front());
    todo_.pop_front();
    if (const auto* const fence = std::get_if<fence_sink>(&next)) {
      base::pass_fault(base::fault_point::checkpoint_lane_assigned);
      const auto how = to_->fence();
      base::pass_fault(base::fault_point::checkpoint_lane_fenced);
      answer(lane_event::sink_fenced, fence->session, how, to);
    } else if (const auto* const marker = std::get_if<read_marker>(&next)) {
      read(*marker, to);
    } else if (const auto* const first = std::get_if<write_first_marker>(&next)) {
      answer(lane_event::committed, first->session, to_->write_first_marker(), to);
    } else if (const auto* const part = std::get_if<deliver_part>(&next)) {
      deliver(*part, to);
    } else if (const auto* const log = std::get_if<read_log_to_end>(&next)) {
      // This process alone appends, and tells the lane of a Complete before it can be a marker.
      lane_owner_effects effects;
      owner_.log_read(log->session, effects);
      note(effects);
    }
  }
  to.delivered = std::exchange(said_, std::nullopt);
  to.stopped = std::exchange(stopped_, std::nullopt);
  return to;
}

void courier::answer(lane_event done, lane_session by, sink_end how, report& to) {
  lane_owner_effects effects;
  if (how == sink_end::done && done == lane_event::sink_fenced) {
    owner_.sink_fenced(by, effects);
  } else if (how == sink_end::done) {
    owner_.committed(by, effects);
  } else if (how == sink_end::refused) {
    owner_.refused(by, to_->why(), effects);
  } else if (how == sink_end::lost) {
    owner_.refused(by, "another process delivers by this lane: " + to_->why(), effects);
  } else {
    owner_.failed(by, effects);
    to.waits = to_->why();
  }
  note(effects);
}

void courier::read(const read_marker& order, report& to) {
  const auto found = to_->read_marker(order.delivered_to);
  base::pass_fault(base::fault_point::checkpoint_marker_read);
  if (!found) {
    answer(lane_event::marker, order.session, found.error(), to);
    return;
  }
  lane_owner_effects effects;
  owner_.marker_read(order.session, *found, effects);
  note(effects);
}

void courier::deliver(const deliver_part& order, report& to) {
  if (const auto box = boxes_.find(order.outbox.attempt); box != boxes_.end()) {
    write(order, parts_of(*box->second)[order.part], to);
    return;
  }
  const auto bytes = stored_(order.outbox.attempt, order.part);
  const auto part = bytes ? decode_part(*bytes) : std::unexpected{bytes.error()};
  if (part) {
    write(order, *part, to);
    return;
  }
  lane_owner_effects effects;
  owner_.refused(order.session, part.error(), effects);
  note(effects);
}

void courier::write(const deliver_part& order, const stored_part& part, report& to) {
  const auto how = to_->write({.outbox = order.outbox,
                               .part = order.part,
                               .start_offset = part.start_offset,
                               .bytes = part.bytes});
  base::pass_fault(base::fault_point::checkpoint_part_delivered);
  to.bytes = how == sink_end::done ? part.bytes.size() : 0;
  answer(lane_event::committed, order.session, how, to);
}

}  // namespace aisle::checkpoint
