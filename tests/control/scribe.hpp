// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "runtime/control/control_log.hpp"
#include "runtime/control/log_follower.hpp"

namespace aisle::control {

/// What a writer wanted, and what it was told.
struct attempted_append {
  record what;
  log_offset after;
  std::expected<log_offset, append_failure> answer;
};

/// A leader without a cluster: takes a log over in the order that the rules want, and writes
/// records that obey them. No other scribe of a test has its incarnation, so that each record can
/// be told from all others by what is in it.
class scribe {
 public:
  /// `log` must outlive it.
  scribe(control_log& log, incarnation self)
      : log_{log},
        self_{.node = {"scribe-" + std::to_string(self.get())}, .incarnation = self, .kv = {}} {}

  /// Fences, then fetches the end, then reads to it.
  result<void> take_over() {
    if (auto fenced = log_.fence(); !fenced) return fenced;
    const auto end = log_.end();
    if (!end) return std::unexpected{end.error()};
    while (true) {
      const auto more = log_.read(follower_.next(), 100);
      if (!more) return std::unexpected{more.error()};
      if (more->empty()) return {};
      for (const auto& entry : *more) {
        if (auto read = follower_.read(entry); !read) return read;
      }
    }
  }

  /// Appends the record that is due: Log on an empty log, Claim, Assign, and Completes from then
  /// on.
  std::expected<log_offset, append_failure> write() {
    const attempted_append it{.what = due(), .after = follower_.last(), .answer = {}};
    attempts_.push_back(it);
    auto& answer = attempts_.back().answer;
    answer = log_.append(it.what, it.after);
    if (answer && !follower_.read({.at = *answer, .after = it.after, .what = it.what})) {
      answer = std::unexpected{append_failure::unknown};
    }
    return answer;
  }

  [[nodiscard]] const log_follower& follower() const { return follower_; }
  [[nodiscard]] const std::vector<attempted_append>& attempts() const { return attempts_; }

 private:
  [[nodiscard]] record due() const {
    const auto mine = self_.incarnation.get();
    if (!follower_.log()) {
      return log_record{.log = {.high = mine, .low = 1}, .cluster = {}, .format = 1};
    }
    const auto& claim = follower_.claim();
    if (!claim || claim->record.incarnation != self_.incarnation) {
      return claim_record{.node = self_.node, .incarnation = self_.incarnation, .address = "here"};
    }
    if (!follower_.assign() || follower_.assign()->at < claim->at) {
      return assign_record{.from = follower_.stood_on(),
                           .state = follower_.state(),
                           .members = {self_},
                           .shards = {},
                           .readers = {},
                           .degraded = false,
                           .topology = {}};
    }
    return complete_record{.attempt = {.generation = follower_.generation(),
                                       .epoch = follower_.stood_on().epoch.next()},
                           .state = follower_.state(),
                           .members = {self_},
                           .shards = {}};
  }

  control_log& log_;
  member self_;
  log_follower follower_{compaction::never, {}};
  std::vector<attempted_append> attempts_;
};

}  // namespace aisle::control
