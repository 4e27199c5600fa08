// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/control/errors.hpp"
#include "runtime/control/records.hpp"

namespace aisle::control {

/// Whether records that have a successor of the same key may be missing.
enum class compaction : std::uint8_t { never, possible };

/// What a node knows of the log from its own disk.
struct followed_before {
  /// Nothing when this node has never followed a log.
  std::optional<log_id> log;
  /// The highest offset it has acted on.
  log_offset applied = before_the_log;
};

/// A record with its offset.
template <class Record>
struct placed {
  log_offset at;
  Record record;
};

/// Reads the records one by one, in order, and keeps the last of each kind. Each rule that a log
/// can break has an error of its own, and the first one is final: a node stops with it and never
/// skips the record.
///
/// Where a record's `after` is the record read before it, nothing is missing in between. Behind
/// something that compaction removed, numbers and generations may only grow, until the next Assign
/// or Complete has said how they stand; from then on they are checked exactly again.
class log_follower {
 public:
  log_follower(compaction may, followed_before known) : may_{may}, known_{known} {}

  [[nodiscard]] result<void> read(const log_entry& entry);
  /// Everything before `end` was read: it is not before what the node has acted on.
  [[nodiscard]] result<void> reached_end(log_offset end) const;

  /// Of the last record; `before_the_log` when none was read.
  [[nodiscard]] log_offset last() const { return last_; }
  /// Where to go on reading.
  [[nodiscard]] log_offset next() const { return last_.next(); }
  [[nodiscard]] const std::optional<log_record>& log() const { return log_; }
  [[nodiscard]] const std::optional<placed<claim_record>>& claim() const { return claim_; }
  /// Of the last Assign or Reset.
  [[nodiscard]] const std::optional<placed<assign_record>>& assign() const { return assign_; }
  /// Of the last Complete that counts: none directly behind a Reset.
  [[nodiscard]] const std::optional<placed<complete_record>>& complete() const { return complete_; }
  /// The last complete attempt, or what the last Reset stands on.
  [[nodiscard]] attempt stood_on() const { return stood_on_; }
  /// The sources and tables of that.
  [[nodiscard]] const cut_state& state() const { return state_; }
  [[nodiscard]] control::generation generation() const {
    return assign_ ? generation_at(assign_->at) : control::generation{};
  }

 private:
  [[nodiscard]] result<void> check_place(const log_entry& entry) const;
  [[nodiscard]] result<void> take(log_offset at, const log_record& record);
  [[nodiscard]] result<void> take(log_offset at, const claim_record& record);
  [[nodiscard]] result<void> take(log_offset at, const assign_record& record);
  [[nodiscard]] result<void> take(log_offset at, const complete_record& record);
  [[nodiscard]] result<void> take(log_offset at, const reset_record& record);

  void stand_on(log_offset at, const assign_record& assign);

  compaction may_;
  followed_before known_;
  log_offset last_ = before_the_log;
  std::optional<log_record> log_;
  std::optional<placed<claim_record>> claim_;
  std::optional<placed<assign_record>> assign_;
  std::optional<placed<complete_record>> complete_;
  attempt stood_on_;
  cut_state state_;
  /// False behind a hole: a later one may have been in it.
  bool assign_is_exact_ = true;
  bool stood_on_is_exact_ = true;
};

}  // namespace aisle::control
