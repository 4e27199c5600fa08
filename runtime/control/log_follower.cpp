// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/log_follower.hpp"

#include <string_view>
#include <variant>

#include <fmt/core.h>

namespace aisle::control {
namespace {

constexpr std::string_view advice =
    "nothing was changed; look at the log before anything is started again";

std::unexpected<error> stop(errc why, log_offset at, std::string_view what) {
  return base::fail(why, fmt::format("control log, offset {}: {}; {}", at.get(), what, advice));
}

}  // namespace

std::string_view to_text(errc code) {
  switch (code) {
    case errc::unreachable:
      return "unreachable";
    case errc::damaged:
      return "damaged";
    case errc::newer_format:
      return "newer_format";
    case errc::unnamed_log:
      return "unnamed_log";
    case errc::other_log:
      return "other_log";
    case errc::shortened:
      return "shortened";
    case errc::out_of_order:
      return "out_of_order";
    case errc::broken_chain:
      return "broken_chain";
    case errc::foreign_complete:
      return "foreign_complete";
    case errc::epoch_gap:
      return "epoch_gap";
    case errc::wrong_from:
      return "wrong_from";
  }
  return "";
}

result<void> log_follower::read(const log_entry& entry) {
  if (auto placed = check_place(entry); !placed) {
    return placed;
  }
  if (entry.after != last_) {
    stood_on_is_exact_ = assign_is_exact_ = false;
  }
  auto taken = std::visit([&](const auto& record) { return take(entry.at, record); }, entry.what);
  if (taken) {
    last_ = entry.at;
  }
  return taken;
}

result<void> log_follower::check_place(const log_entry& entry) const {
  if (entry.at <= last_) {
    return stop(errc::out_of_order, entry.at,
                fmt::format("read behind offset {}, which is not before it", last_.get()));
  }
  if (!log_ && !std::holds_alternative<log_record>(entry.what)) {
    return stop(errc::unnamed_log, entry.at,
                "the log does not begin with the record that names it");
  }
  const bool skipped = entry.after > last_ && entry.after < entry.at;
  if (entry.after != last_ && !(skipped && may_ == compaction::possible)) {
    return stop(errc::broken_chain, entry.at,
                fmt::format("its writer had read up to offset {}, but the record before it "
                            "stands at {}",
                            entry.after.get(), last_.get()));
  }
  return {};
}

result<void> log_follower::take(log_offset at, const log_record& record) {
  if (log_) {
    return stop(errc::unnamed_log, at, "the log names itself a second time");
  }
  if (known_.log && *known_.log != record.log) {
    return stop(errc::other_log, at,
                fmt::format("this is log {}, and this node's state belongs to log {}",
                            to_text(record.log), to_text(*known_.log)));
  }
  log_ = record;
  return {};
}

result<void> log_follower::take(log_offset at, const claim_record& record) {
  claim_ = {.at = at, .record = record};
  return {};
}

result<void> log_follower::take(log_offset at, const assign_record& record) {
  const bool follows = stood_on_is_exact_ ? record.from == stood_on_ : record.from >= stood_on_;
  if (!follows) {
    return stop(errc::wrong_from, at,
                fmt::format("an Assign stands on {}, but {} was complete", to_text(record.from),
                            to_text(stood_on_)));
  }
  stand_on(at, record);
  return {};
}

result<void> log_follower::take(log_offset at, const complete_record& record) {
  const auto current = generation();
  const auto of = record.attempt.generation;
  // What a hole hides can be a later Assign, but then the one we know is gone as well.
  if (of != current && (assign_is_exact_ || (assign_ && of < current))) {
    return stop(errc::foreign_complete, at,
                fmt::format("a Complete of {}, but the last Assign is {}", to_text(record.attempt),
                            current.get()));
  }
  const auto next = stood_on_.epoch.next();
  if (stood_on_is_exact_ ? record.attempt.epoch != next : record.attempt.epoch < next) {
    return stop(errc::epoch_gap, at,
                fmt::format("a Complete of {} behind one of {}", to_text(record.attempt),
                            to_text(stood_on_)));
  }
  complete_ = {.at = at, .record = record};
  stood_on_ = record.attempt;
  stood_on_is_exact_ = true;
  state_ = record.state;
  return {};
}

result<void> log_follower::take(log_offset at, const reset_record& record) {
  complete_.reset();
  stand_on(at, record.assign);
  return {};
}

void log_follower::stand_on(log_offset at, const assign_record& assign) {
  assign_ = {.at = at, .record = assign};
  stood_on_ = assign.from;
  state_ = assign.state;
  stood_on_is_exact_ = assign_is_exact_ = true;
}

result<void> log_follower::reached_end(log_offset end) const {
  if (end <= known_.applied) {
    return stop(errc::shortened, end,
                fmt::format("the log ends here, and this node has acted on offset {}: the log "
                            "was shortened, restored or made anew",
                            known_.applied.get()));
  }
  return {};
}

}  // namespace aisle::control
