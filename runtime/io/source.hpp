// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "runtime/flow/ingest.hpp"
#include "runtime/io/record_reader.hpp"
#include "runtime/io/source_delta.hpp"

namespace aisle::io {

/// Records a reader takes between two barriers at most: then it waits for the next epoch, so that
/// no epoch outgrows the memory of shards and lanes.
inline constexpr std::uint64_t epoch_records_max = 100'000;

/// What a source asks to be done, in order, after a step: messages first, then lines, then the
/// rest.
struct source_effects {
  std::vector<flow::ingest::addressed> messages;
  std::vector<flow::line_sender::addressed> lines;
  /// This barrier is in every channel; the counts are those of everything before it.
  std::optional<base::epoch> cut;
  flow::source_counts counts_at_barrier;
  /// What changed since the barrier before; only after `keep_track`.
  std::optional<source_delta> delta;
  /// Partitions that became idle behind the barrier, and those that are.
  std::uint32_t declared_idle = 0;
  std::vector<base::partition_id> idle;
  /// The reader waits for a barrier before it goes on: an epoch should start soon.
  bool epoch_full = false;
  /// Everything was read, and everybody knows.
  bool ended = false;
  /// All there is at present is read: `read` again in a while.
  bool caught_up = false;
  /// A record begins to wait for something that is out of reach, its schema: what it is. `read`
  /// again in a while.
  std::optional<std::string> delayed;
  /// What was waited for is there.
  bool goes_on = false;
  /// The source cannot be read on. What was read stays good.
  std::optional<error> failed;
};

/// A source being read: its records through `ingest` into channels. `read` while `can_read()`;
/// otherwise wait for credit or a barrier, and when it has caught up or is delayed, a while before
/// it is read again.
///
/// A record that cannot be decoded yet stands still with all behind it, and is taken again first of
/// all: nothing is lost, barriers pass, and a cut goes on with it. Only sources with partitions of
/// their own (logs) may have such records.
class source {
 public:
  source(std::unique_ptr<record_reader> records, flow::ingest into);

  /// From now on every cut says what changed.
  void keep_track();
  /// Before the first record: goes on where the source was cut. An error is the reader's: nothing
  /// can be read on from there.
  [[nodiscard]] result<void> begin(const source_beginning& from);

  [[nodiscard]] bool can_read() const;
  /// Takes at most `records`, then sends what is worth sending. Looks again where it had caught up.
  void read(std::size_t records, source_effects& effects);
  /// About to wait: sends everything there is credit for, so that nobody waits for what lies here.
  void before_waiting(source_effects& effects);
  /// `now` is of a clock that only goes forward, here and in `observe`.
  void start(base::epoch n, base::duration now, source_effects& effects);
  /// Notes which partitions are read to their end, and which may hold more: after every read and
  /// before every wait. A partition of a log is at its end or not, whatever its reader waits for.
  void observe(base::duration now);
  /// Reading pauses when `slowest` is beyond this, because other sources are far behind.
  void pause_beyond(base::event_time limit) { limit_ = limit; }
  void credit(base::partition_id partition, std::uint32_t target, std::uint32_t messages) {
    ingest_.give(partition, target, messages);
  }
  void lane_credit(std::size_t lane, std::uint32_t messages) { ingest_.give_lane(lane, messages); }

  [[nodiscard]] const flow::source_counts& counts() const { return ingest_.counts(); }
  [[nodiscard]] base::event_time highest() const { return ingest_.highest(); }
  [[nodiscard]] base::event_time slowest() const { return ingest_.slowest(); }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Waits for nothing but records.
  [[nodiscard]] bool caught_up() const { return caught_up_; }
  /// Waits for records that are there, as far as anybody knows; see reading::cut_off.
  [[nodiscard]] bool cut_off() const { return caught_up_ && cut_off_; }
  /// Waits until its next record can be decoded.
  [[nodiscard]] bool delayed() const { return kept_.has_value(); }
  /// Waits although there is something to read or may be: for credit, a barrier, other sources or
  /// a schema.
  [[nodiscard]] bool held_up() const { return !ended_ && !caught_up_ && !can_read(); }
  [[nodiscard]] bool is_idle(base::partition_id p) const { return ingest_.is_idle(p); }
  [[nodiscard]] std::uint32_t idle_partitions() const;
  [[nodiscard]] std::uint32_t partitions() const { return ingest_.partitions(); }
  /// See record_reader::lost.
  [[nodiscard]] std::uint64_t lost() const { return records_->lost(); }
  /// See record_reader::trouble.
  [[nodiscard]] std::string trouble() const { return records_->trouble(); }
  /// See record_reader::partitions_now.
  [[nodiscard]] std::uint32_t partitions_now() const { return records_->partitions_now(); }
  /// Of every partition, at least one: where its next record begins.
  [[nodiscard]] std::vector<read_position> positions() const;
  /// See record_reader::completed.
  void completed(std::span<const read_position> at) { records_->completed(at); }
  /// See record_reader::watch.
  bool watch(file_watch& by) const { return records_->watch(by); }
  /// What is there and not read, over all partitions; nothing for a bounded source.
  [[nodiscard]] std::optional<backlog> behind() const;

 private:
  void stop_reading(reading why, source_effects& effects);
  /// With nobody awake it is not ahead of anybody.
  [[nodiscard]] bool within_limit() const {
    const auto slowest = ingest_.slowest();
    return limit_ == base::end_of_time || slowest == base::end_of_time || slowest <= limit_;
  }
  [[nodiscard]] bool is_at_end(base::partition_id p) const;
  [[nodiscard]] source_delta freeze(base::epoch n);
  /// A record that waits until it can be decoded; the reader stays at it, and knows its headers.
  struct kept_record {
    std::string bytes;
    base::offset ordinal;
    base::partition_id partition;
    std::string key;
  };

  [[nodiscard]] bool may_take() const;
  [[nodiscard]] read_position position_of(base::partition_id p) const;
  void take_next(std::size_t records, source_effects& effects);
  void look_again(source_effects& effects);
  bool take_kept(source_effects& effects);
  /// False when it is kept.
  bool take(const raw_record& record, source_effects& effects);
  void hand_over(source_effects& effects);

  std::unique_ptr<record_reader> records_;
  flow::ingest ingest_;
  base::event_time limit_ = base::end_of_time;
  std::optional<kept_record> kept_;
  bool ended_ = false;
  bool caught_up_ = false;
  // Only while caught_up_: nobody knows whether it has.
  bool cut_off_ = false;
  bool tracks_ = false;
};

}  // namespace aisle::io
