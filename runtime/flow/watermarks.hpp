// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/flow/message.hpp"

namespace aisle::flow {

/// Merges the watermarks of channels by minimum over those that do not rest. Channels of one reader
/// form a group: a reader that is held back on one channel brings nothing on the others either, so
/// who may send is decided by group.
class watermarks {
 public:
  /// `groups[channel]` is the group of a channel. Groups are any numbers; those without a channel
  /// hold nothing back.
  explicit watermarks(std::vector<std::uint32_t> groups)
      : groups_{std::move(groups)},
        marks_(groups_.size(), base::beginning_of_time),
        rests_(groups_.size()) {
    const auto last = groups_.empty() ? 0 : *std::ranges::max_element(groups_) + 1;
    group_marks_.assign(last, base::end_of_time);
    for (const auto group : groups_) {
      group_marks_[group] = base::beginning_of_time;
    }
  }

  /// A repeated or older watermark changes nothing: channels never go back.
  void advance(channel on, base::event_time to) {
    auto& mark = marks_[on.get()];
    if (to <= mark) {
      return;
    }
    mark = to;
    merge(on);
  }
  /// The channel is idle: it holds nothing back until it wakes.
  void rest(channel on) {
    if (!rests_[on.get()]) {
      rests_[on.get()] = true;
      ++resting_;
      merge(on);
    }
  }
  /// The channel counts again. The merged watermark never goes back: it stays until the channel has
  /// come up to it.
  void wake(channel on) {
    if (rests_[on.get()]) {
      rests_[on.get()] = false;
      --resting_;
      merge(on);
    }
  }
  /// The merged watermark stood here before a restart, and never goes back.
  void go_on_from(base::event_time merged) { merged_ = std::max(merged_, merged); }
  [[nodiscard]] bool rests(channel on) const { return rests_[on.get()]; }

  /// No event is seen before this any more, on any channel.
  [[nodiscard]] base::event_time merged() const { return merged_; }
  [[nodiscard]] base::event_time of(channel on) const { return marks_[on.get()]; }
  /// True when the merged watermark stands where it does because of this channel's reader: it must
  /// be let on, whatever it has under way, or nothing ever moves.
  [[nodiscard]] bool is_slowest(channel on) const {
    return group_marks_[groups_[on.get()]] <= merged_;
  }

 private:
  void merge(channel changed) {
    auto& group = group_marks_[groups_[changed.get()]];
    group = base::end_of_time;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      if (groups_[i] == groups_[changed.get()] && !rests_[i]) {
        group = std::min(group, marks_[i]);
      }
    }
    merged_ = std::max(merged_, resting_ == 0 ? std::ranges::min(group_marks_) : of_the_awake());
  }
  /// When nobody is awake, nobody holds anybody back: then as far as the furthest has come.
  [[nodiscard]] base::event_time of_the_awake() const {
    const auto lowest = std::ranges::min(group_marks_);
    if (lowest != base::end_of_time) {
      return lowest;
    }
    auto furthest = base::beginning_of_time;
    bool all_ended = true;
    for (std::size_t i = 0; i < marks_.size(); ++i) {
      if (rests_[i] && marks_[i] != base::end_of_time) {
        furthest = std::max(furthest, marks_[i]);
        all_ended = false;
      }
    }
    return all_ended ? base::end_of_time : furthest;
  }

  std::vector<std::uint32_t> groups_;
  std::vector<base::event_time> marks_;
  std::vector<bool> rests_;
  std::size_t resting_ = 0;
  std::vector<base::event_time> group_marks_;
  base::event_time merged_ = base::beginning_of_time;
};

}  // namespace aisle::flow
