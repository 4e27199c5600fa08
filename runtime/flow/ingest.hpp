// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/flow/dead_letter.hpp"
#include "runtime/flow/dedup.hpp"
#include "runtime/flow/idleness.hpp"
#include "runtime/flow/message.hpp"
#include "runtime/flow/replay.hpp"
#include "runtime/flow/sender.hpp"
#include "runtime/record/contract.hpp"
#include "runtime/record/decoder.hpp"
#include "runtime/record/key.hpp"

namespace aisle::flow {

/// What became of the records of a source. read = accepted + rejected + duplicate + skipped,
/// always.
struct source_counts {
  std::uint64_t read = 0;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t duplicate = 0;
  /// Good, and no events: deletions of rows and tombstones, in envelopes of changes alone.
  std::uint64_t skipped = 0;
  /// Decimals that had more digits than the contract's scale.
  std::uint64_t rounded = 0;

  source_counts& operator+=(const source_counts& other);
  friend bool operator==(const source_counts&, const source_counts&) = default;
};

/// One partition at a barrier.
struct partition_facts {
  base::event_time highest = base::beginning_of_time;
  /// Idle behind the barrier.
  bool idle = false;
  dedup_turns repeats;
  friend bool operator==(const partition_facts&, const partition_facts&) = default;
};

/// The small part of a reading end, written anew every epoch.
struct ingest_facts {
  /// By partition.
  std::vector<partition_facts> partitions;
  source_counts counts;
  /// What `advance` was told last.
  base::event_time advanced = base::beginning_of_time;
  friend bool operator==(const ingest_facts&, const ingest_facts&) = default;
};

/// What an epoch changed in a reading end.
struct ingest_delta {
  ingest_facts facts;
  /// By partition; the turns in them are those of the facts.
  std::vector<dedup_delta> repeats;
};

/// One stage that reads the source: which rows, by which key, to which shards.
struct route {
  record::row_kind rows = record::row_kind::record;
  /// Index of this stream among the stage's.
  std::uint8_t stream = 0;
  /// Places of the stage's key in these rows.
  std::vector<std::uint8_t> key;
  /// The stage's shards as this reader's targets: [first_target, first_target + shards).
  std::uint32_t first_target = 0;
  std::uint32_t shards = 1;
  /// False when no behaviour of the stage takes anything of these rows: then the first shard is
  /// told how many there were, and that is all.
  bool is_read = true;
};

struct ingest_options {
  std::string source;
  std::shared_ptr<const record::contract> contract;
  base::duration disorder{0};
  /// Records whose event time is further ahead of `clock` than this are refused; none: all are
  /// taken.
  std::optional<base::duration> ahead;
  const base::clock* clock = nullptr;
  /// Watermarks are what `advance` says, not what the records do; `seen` heeds both.
  bool steered = false;
  /// How long a reader is at the end of a partition before that is idle; none: never.
  std::optional<base::duration> idle_after;
  /// Only these records are taken; none: all.
  std::optional<flow::replay> replay;
  /// Partitions of the source: its own, or those this reader splits its records into, by the
  /// contract's partition key.
  std::uint32_t partitions = 1;
  std::vector<route> routes;
  /// Shards this reader sends to; `channels[partition][target]` is the channel as the shard numbers
  /// it.
  std::uint32_t targets = 0;
  std::vector<std::vector<channel>> channels;
  /// The channels to all lanes this reader sends to.
  std::vector<channel> lanes;
  /// The sinks that take dead letters, as ranges of them; each gets every letter.
  std::vector<lane_range> dead_letter_sinks;
};

/// Bytes of dead letters a reader makes between two barriers, beyond which it waits for the next,
/// so that no epoch outgrows the memory of a lane however large the records are that it refuses.
inline constexpr std::size_t epoch_letter_bytes_max = 16 << 20;

/// The reading end of a source without files and threads: decodes, validates, splits into
/// partitions, stamps `seen`, drops duplicates, routes to shards, counts. Drive it: `take` records
/// until `wants_records()` is false, then `flush` and send what `messages()` and `lines()` hold.
class ingest {
 public:
  ingest(ingest_options options, std::unique_ptr<record::decoder> decoder);

  /// One record as it came. `raw` need live only for the call. `from` is the partition of the
  /// source it came from; without one it is put into a partition by its key. `of` is what its dead
  /// letter says of it. False when it cannot be decoded yet (record::outcome::held_up): then
  /// nothing has happened, and the same record is to be taken again before any other of its
  /// partition.
  bool take(std::string_view raw, base::offset at,
            std::optional<base::partition_id> from = std::nullopt, const record_origin& of = {});
  /// For a person: what the last record was held up for.
  [[nodiscard]] std::string_view waits_for() const { return decoder_->waits_for(); }
  /// A record the reader could not hand over whole.
  void refuse(std::string_view raw, base::offset at, base::partition_id from,
              const record::reject& why, const record_origin& of = {});

  /// False when a batch is full and its shard has not asked for more, when lanes are behind, and
  /// when the next barrier has to come first.
  [[nodiscard]] bool wants_records() const {
    return full_channels_ == 0 && !letters_.full() && !waits_for_barrier();
  }
  /// Dead letters have filled their part of the running epoch.
  [[nodiscard]] bool waits_for_barrier() const {
    return letters_.bytes_since_barrier() >= epoch_letter_bytes_max;
  }

  /// Sends what is worth sending: full batches, and everything for shards that have nothing to do.
  /// With `all`, everything there is credit for (the reader is about to wait).
  void flush(bool all);
  /// Sends the rest and sets every watermark to `to`, credit or not; only when `steered`. Times
  /// never go back.
  void advance(base::event_time to);
  [[nodiscard]] std::uint32_t partitions() const { return options_.partitions; }
  /// Everything the partition holds is read; see flow::idleness for these three.
  void caught_up(base::partition_id p, base::duration now) { idle_.caught_up(p, now); }
  void held_up(base::partition_id p) { idle_.held_up(p); }
  /// Right before `barrier`: behind it the partitions whose idle time is over are idle.
  std::uint32_t declare_idle(base::duration now) { return idle_.declare(now); }
  [[nodiscard]] bool is_idle(base::partition_id p) const { return idle_.is_idle(p); }

  /// Sends the rest and the barrier on every channel.
  void barrier(base::epoch n);
  /// Bounded input has ended: sends the rest and the end on every channel.
  void end();

  /// From now on it is noted what changes, for `freeze`.
  void keep_track();
  /// Right behind `barrier`: what changed since the last time.
  [[nodiscard]] ingest_delta freeze();
  /// Before the first record: goes on as the one that was cut so. `repeats` by partition: all pages
  /// that were kept and not forgotten, in any order.
  void begin(const ingest_facts& from, const std::vector<std::vector<dedup_page>>& repeats);

  /// A receiver asks for more: what waited for this alone is sent, and records are wanted again.
  void give(base::partition_id partition, std::uint32_t target, std::uint32_t messages);
  void give_lane(std::size_t lane, std::uint32_t messages);

  struct addressed {
    std::uint32_t target = 0;
    event_message message;
  };
  /// What is to be sent, in order; the caller takes it.
  [[nodiscard]] std::vector<addressed>& messages() { return messages_; }
  [[nodiscard]] std::vector<line_sender::addressed>& lines() { return lines_; }

  [[nodiscard]] const source_counts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t records_since_barrier() const { return records_since_barrier_; }
  /// The highest event time of all partitions; beginning_of_time before the first record.
  [[nodiscard]] base::event_time highest() const;
  /// How far its slowest partition is: the lowest watermark of those that are not idle. What the
  /// stages behind it wait for.
  [[nodiscard]] base::event_time slowest() const;

 private:
  struct outlet {
    channel number;
    credit_account account;
    /// A batch per stream of the target's stage that this source feeds.
    std::vector<record::batch> batches;
    std::size_t rows = 0;
    std::uint64_t unread = 0;
    base::event_time told = base::beginning_of_time;
    bool told_idle = false;

    [[nodiscard]] bool is_full() const { return rows >= batch_rows_max || account.owes(); }
  };
  struct partition {
    base::partition_id id;
    base::event_time highest = base::beginning_of_time;
    dedup known;
    std::vector<outlet> outlets;
  };

  /// No record will be stamped `seen` before this any more.
  [[nodiscard]] base::event_time floor_of(const partition& p) const;
  /// What receivers are told.
  [[nodiscard]] base::event_time watermark(const partition& p) const;
  std::uint32_t partition_of(expr::row_ref row);
  bool is_duplicate(partition& into, expr::row_ref row, base::event_time seen);
  void send_row(partition& from, std::size_t route, expr::row_ref row, record::event_head head);
  void take_event(std::string_view raw, base::offset at, std::optional<base::partition_id> from,
                  const record_origin& of);
  void skip(base::offset at, base::partition_id from);
  void reject(std::string_view raw, base::partition_id partition, base::offset at,
              const record::reject& why, const record_origin& of);
  event_message next_message(const partition& from, outlet& to, base::sequence number) const;
  void send_batches(partition& from, std::uint32_t target);
  void flush_outlet(partition& from, std::uint32_t target);
  template <class Mark>
  void send_everything(Mark&& mark);
  void count_full(bool before, bool now);
  void recount_full();

  ingest_options options_;
  std::unique_ptr<record::decoder> decoder_;
  record::decoded record_;
  std::vector<partition> partitions_;
  /// What `advance` was told last.
  base::event_time advanced_ = base::beginning_of_time;
  idleness idle_;
  /// By target: the streams of its stage that this source feeds, and how wide their rows are.
  struct feed {
    std::uint8_t stream = 0;
    std::size_t words = 0;
    std::uint64_t texts = 0;
  };
  std::vector<std::vector<feed>> feeds_;
  /// By route: which of its target's feeds it is.
  std::vector<std::size_t> feed_of_route_;
  std::size_t full_channels_ = 0;
  line_sender letters_;
  std::vector<addressed> messages_;
  std::vector<line_sender::addressed> lines_;
  source_counts counts_;
  std::uint64_t records_since_barrier_ = 0;
  std::string key_;
};

}  // namespace aisle::flow
