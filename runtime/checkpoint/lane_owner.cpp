// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/lane_owner.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace aisle::checkpoint {

using state = lane_state;
using event = lane_event;

/// True when the event belongs here and answers the producer that we have.
bool lane_owner::is_answer(lane_event to, lane_session by) {
  if (!machine_.expects(to)) {
    return false;
  }
  return by == session_;
}

void lane_owner::begin_session(lane_event because, lane_owner_effects& effects) {
  session_ = session_.next();
  effects.emplace_back(fence_sink{session_});
  machine_.go(because, state::fencing);
}

void lane_owner::end_session(lane_event because, lane_state to, lane_owner_effects& effects) {
  if (state() != state::closed && state() != state::fatal) {
    effects.emplace_back(destroy_producer{});
  }
  session_ = session_.next();
  machine_.go(because, to);
}

void lane_owner::assigned(const lane_memory& held, attempt from, lane_owner_effects& effects) {
  if (!machine_.expects(event::assigned)) {
    return;
  }
  const bool kept = std::exchange(ours_, true) && state() != state::closed;
  delivered_to_ = kept ? std::max(delivered_to_, held.delivered_to) : held.delivered_to;
  born_ = held.born || (kept && born_);
  complete_ = from;
  outboxes_.assign(held.outboxes.begin(), held.outboxes.end());
  std::erase_if(outboxes_, [&](const outbox_head& o) { return o.attempt <= delivered_to_; });
  report(effects);
  if (state() == state::closed) {
    begin_session(event::assigned, effects);
  } else {
    machine_.go(event::assigned, state());
  }
}

void lane_owner::revoked(lane_owner_effects& effects) {
  if (!machine_.expects(event::revoked)) {
    return;
  }
  ours_ = false;
  outboxes_.clear();
  end_session(event::revoked, state::closed, effects);
}

void lane_owner::completed(attempt is, const std::optional<outbox_head>& outbox,
                           lane_owner_effects& effects) {
  if (!machine_.expects(event::completed)) {
    return;
  }
  if (ours_) {
    complete_ = is;
    if (outbox) {
      outboxes_.push_back(*outbox);
    }
    report(effects);
  }
  if (state() == state::open) {
    deliver_next(event::completed, effects);
  } else {
    machine_.go(event::completed, state());
  }
}

void lane_owner::sink_fenced(lane_session by, lane_owner_effects& effects) {
  if (!is_answer(event::sink_fenced, by)) {
    return;
  }
  effects.emplace_back(read_marker{.session = session_, .delivered_to = delivered_to_});
  machine_.go(event::sink_fenced, state::fenced);
}

void lane_owner::marker_read(lane_session by, const std::optional<marker>& found,
                             lane_owner_effects& effects) {
  if (!is_answer(event::marker, by)) {
    return;
  }
  if (!found && born_) {
    stop(event::marker,
         "the sink has lost the lane's marker; what is out can no longer be told from what is not",
         effects);
    return;
  }
  if (!found) {
    effects.emplace_back(write_first_marker{session_});
    machine_.go(event::marker, state::marking);
    return;
  }
  marker_ = *found;
  born_ = true;
  effects.emplace_back(read_log_to_end{session_});
  machine_.go(event::marker, state::fenced);
}

void lane_owner::log_read(lane_session by, lane_owner_effects& effects) {
  if (!is_answer(event::log_read, by)) {
    return;
  }
  if (state() == state::closed) {
    if (ours_) {
      begin_session(event::log_read, effects);
    } else {
      machine_.go(event::log_read, state::closed);
    }
    return;
  }
  if (auto why = contradiction()) {
    stop(event::log_read, *std::move(why), effects);
    return;
  }
  deliver_next(event::log_read, effects);
}

/// What the marker says has to be part of the history that is complete.
std::optional<std::string> lane_owner::contradiction() const {
  const auto at = marker_.attempt;
  if (at > complete_) {
    return fmt::format("the sink has {}, and {} is complete: this state is older than its output",
                       to_text(at), to_text(complete_));
  }
  if (at < delivered_to_) {
    return fmt::format("the sink has {}, and {} was out: the output was set back", to_text(at),
                       to_text(delivered_to_));
  }
  const bool known = at == delivered_to_ ||
                     std::ranges::find(outboxes_, at, &outbox_head::attempt) != outboxes_.end();
  if (!known) {
    return fmt::format("the sink has {}, which is no attempt of this history", to_text(at));
  }
  return std::nullopt;
}

bool lane_owner::is_out(const outbox_head& outbox) const {
  return outbox.attempt < marker_.attempt ||
         (outbox.attempt == marker_.attempt && marker_.part + 1 >= outbox.parts) ||
         outbox.attempt <= delivered_to_;
}

void lane_owner::deliver_next(lane_event because, lane_owner_effects& effects) {
  while (!outboxes_.empty() && is_out(outboxes_.front())) {
    delivered_to_ = std::max(delivered_to_, outboxes_.front().attempt);
    outboxes_.pop_front();
  }
  report(effects);
  if (outboxes_.empty()) {
    machine_.go(because, state::open);
    return;
  }
  const auto& next = outboxes_.front();
  const bool begun = next.attempt == marker_.attempt;
  if (!begun && next.prev != marker_.attempt) {
    stop(because,
         fmt::format("outbox {} belongs behind {}, and the sink has {}", to_text(next.attempt),
                     to_text(next.prev), to_text(marker_.attempt)),
         effects);
    return;
  }
  const auto part = begun ? marker_.part + 1 : 0;
  effects.emplace_back(deliver_part{.session = session_, .outbox = next, .part = part});
  machine_.go(because, state::committing);
}

void lane_owner::committed(lane_session by, lane_owner_effects& effects) {
  if (!is_answer(event::committed, by)) {
    return;
  }
  if (state() == state::marking) {
    marker_ = {};
    born_ = true;
    effects.emplace_back(read_log_to_end{session_});
    machine_.go(event::committed, state::fenced);
    return;
  }
  const auto& sent = outboxes_.front();
  const auto part = sent.attempt == marker_.attempt ? marker_.part + 1 : 0;
  marker_ = {.attempt = sent.attempt, .part = part};
  deliver_next(event::committed, effects);
}

/// Somebody else has the lane, by an Assign that is in the log.
void lane_owner::lost(lane_session by, lane_owner_effects& effects) {
  if (!is_answer(event::lost, by)) {
    return;
  }
  end_session(event::lost, state::closed, effects);
  effects.emplace_back(read_log_to_end{session_});
}

/// The producer may have something under way that comes through later: it is never used again.
void lane_owner::failed(lane_session by, lane_owner_effects& effects) {
  if (!is_answer(event::failed, by)) {
    return;
  }
  effects.emplace_back(destroy_producer{});
  begin_session(event::failed, effects);
}

void lane_owner::refused(lane_session by, const std::string& why, lane_owner_effects& effects) {
  if (is_answer(event::refused, by)) {
    stop(event::refused, why, effects);
  }
}

void lane_owner::stop(lane_event because, std::string why, lane_owner_effects& effects) {
  effects.emplace_back(destroy_producer{});
  effects.emplace_back(stop_lane{std::move(why)});
  machine_.go(because, state::fatal);
}

/// For back-pressure: how far nothing is left to deliver.
void lane_owner::report(lane_owner_effects& effects) {
  const auto to =
      outboxes_.empty() ? complete_.epoch : base::epoch{outboxes_.front().attempt.epoch.get() - 1};
  effects.emplace_back(say_delivered{to});
}

}  // namespace aisle::checkpoint
