// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/record/batch.hpp"

namespace aisle::flow {

/// A channel as its receiver numbers it: 0, 1, … over everything that sends to it.
using channel = base::named<std::uint32_t, struct channel_tag>;

/// From a partition to a shard. Parts are taken in the order they stand here: rows, watermark,
/// barrier, end.
struct event_message {
  flow::channel channel;
  /// 1, 2, 3 … in the channel; a gap means that something is lost.
  base::sequence sequence;
  /// Which of the stage's streams the rows belong to.
  std::uint8_t stream = 0;
  record::batch rows;
  /// Events of streams that nobody in the stage reads: they are counted and not sent.
  std::uint64_t unread = 0;
  /// No event of this partition will be seen before this any more.
  std::optional<base::event_time> watermark;
  /// Everything of this epoch on this channel stands before it.
  std::optional<base::epoch> barrier;
  /// The partition is idle: its reader has been at its end for the idle time. Takes effect behind a
  /// barrier, when the receiver cuts the epoch; a message that is not idle wakes the channel at
  /// once.
  bool idle = false;
  /// A barrier, an end or an advance without rows: sent without credit, and the receiver gives none
  /// back for it.
  bool free = false;
  /// The bounded partition has ended; its highest event time. Only barriers follow.
  std::optional<base::event_time> end;
};

/// From a shard or a reader to a lane: finished records, each with its line end.
struct line_message {
  flow::channel channel;
  base::sequence sequence;
  std::string lines;
  std::uint32_t records = 0;
  std::optional<base::epoch> barrier;
};

/// From a receiver back to a sender: so many more messages with contents may come.
struct credit {
  flow::channel channel;
  std::uint32_t messages = 0;
};

/// Messages that may be under way on one channel before the receiver has asked for more. Barriers
/// and ends always pass; the rows they take along are owed, and a sender that owes stops reading.
inline constexpr std::uint32_t channel_credit = 8;
/// Of these, so many are kept for messages without rows, so that a receiver that holds rows back
/// still hears how far this sender is, and need not wait for a round trip when that is what it
/// waits for. (That something moves at all does not depend on it: see README.md.)
inline constexpr std::uint32_t channel_credit_kept = 2;
static_assert(channel_credit_kept < channel_credit);

/// Rows at which a message is sent; a sender whose batch is full and has no credit stops reading. A
/// record of many lines may overfill the last one.
inline constexpr std::size_t batch_rows_max = 512;
/// Bytes of one line message at which it is sent without waiting for more.
inline constexpr std::size_t line_bytes_target = 64 * 1024;

}  // namespace aisle::flow
