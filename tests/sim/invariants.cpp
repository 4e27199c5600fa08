// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/invariants.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace aisle::sim {
namespace {

/// Streams of one source that one stage may read: records and lines.
constexpr std::int64_t streams_max = 2;

template <class... Arguments>
void expect(bool holds, fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  if (!holds) {
    throw broken{fmt::format(text, std::forward<Arguments>(arguments)...)};
  }
}

std::int64_t ms(base::event_time at) { return at.time_since_epoch().count(); }

bool none_went_back(const flow::source_counts& before, const flow::source_counts& now) {
  return now.read >= before.read && now.accepted >= before.accepted &&
         now.rejected >= before.rejected && now.duplicate >= before.duplicate;
}

bool none_went_back(const entity::stage_counts& before, const entity::stage_counts& now) {
  return now.in >= before.in && now.applied >= before.applied && now.late >= before.late &&
         now.failed >= before.failed && now.quarantined >= before.quarantined;
}

}  // namespace

invariants::invariants(const node::wiring& of)
    : readers_(of.readers.size()), shards_(of.shards.size()), lanes_(of.lanes.size()) {
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    shards_[s].channels.resize(of.shards[s].origins.size());
  }
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    lanes_[l].delivery = of.lanes[l].delivery;
    lanes_[l].channels.resize(of.lanes[l].origins.size());
  }
}

void invariants::begins_at(base::epoch n) {
  newest_ = complete_ = n;
  for (auto& shard : shards_) {
    for (auto& on : shard.channels) {
      on.barrier = n;
    }
  }
  for (auto& lane : lanes_) {
    lane.closed = lane.written = n;
    for (auto& on : lane.channels) {
      on.barrier = n;
    }
  }
}

void invariants::shard_begins(std::size_t shard, const entity::shard_facts& facts,
                              std::size_t rows) {
  auto& known = shards_[shard];
  known.rows[facts.epoch] = facts.host.counts.in + rows;
  known.watermark = facts.rows.released;
  known.state = facts.state;
}

void invariants::event_sent(std::size_t shard, const flow::event_message& message) {
  auto& on = shards_[shard].channels[message.channel.get()];
  expect(message.sequence == on.sent.next(), "shard {}, channel {}: message {} is sent after {}",
         shard, message.channel.get(), message.sequence.get(), on.sent.get());
  on.sent = message.sequence;
  shards_[shard].rows[on.barrier.next()] += message.rows.size();
  on.barrier = message.barrier.value_or(on.barrier);
  if (!message.free) {
    ++on.out;
  }
  expect(on.out <= flow::channel_credit + streams_max, "shard {}, channel {}: {} messages are out",
         shard, message.channel.get(), on.out);
  peaks_.messages_out = std::max(peaks_.messages_out, on.out);
}

void invariants::event_arrived(std::size_t shard, const flow::event_message& message) {
  auto& on = shards_[shard].channels[message.channel.get()];
  for (std::size_t i = 0; i < message.rows.size(); ++i) {
    const auto seen = message.rows[i].head->seen;
    expect(seen >= on.watermark, "shard {}, channel {}: a row is seen at {}, behind watermark {}",
           shard, message.channel.get(), ms(seen), ms(on.watermark));
  }
  if (message.watermark) {
    expect(*message.watermark >= on.watermark, "shard {}, channel {}: watermark {} after {}", shard,
           message.channel.get(), ms(*message.watermark), ms(on.watermark));
    on.watermark = *message.watermark;
  }
}

void invariants::event_credit_arrived(std::size_t shard, flow::channel on, std::uint32_t messages) {
  auto& channel = shards_[shard].channels[on.get()];
  channel.out -= messages;
  expect(channel.out >= 0, "shard {}, channel {}: more is given back than was sent", shard,
         on.get());
}

void invariants::line_sent(std::size_t lane, const flow::line_message& message) {
  auto& on = lanes_[lane].channels[message.channel.get()];
  expect(message.sequence == on.sent.next(), "lane {}, channel {}: message {} is sent after {}",
         lane, message.channel.get(), message.sequence.get(), on.sent.get());
  on.sent = message.sequence;
  lanes_[lane].records[on.barrier.next()] += message.records;
  on.barrier = message.barrier.value_or(on.barrier);
  on.out += message.barrier ? 0 : 1;
  expect(on.out <= flow::channel_credit, "lane {}, channel {}: {} messages are out", lane,
         message.channel.get(), on.out);
  const auto lines = std::ranges::count(message.lines, '\n');
  expect(lines == message.records, "lane {}: {} lines are called {} records", lane, lines,
         message.records);
}

void invariants::line_credit_arrived(std::size_t lane, flow::channel on, std::uint32_t messages) {
  auto& channel = lanes_[lane].channels[on.get()];
  channel.out -= messages;
  expect(channel.out >= 0, "lane {}, channel {}: more is given back than was sent", lane, on.get());
}

void invariants::reader_stepped(std::size_t reader, const flow::source_counts& now) {
  expect(now.read == now.accepted + now.rejected + now.duplicate,
         "reader {}: {} read, {} accepted, {} rejected, {} duplicate", reader, now.read,
         now.accepted, now.rejected, now.duplicate);
  expect(none_went_back(readers_[reader], now), "reader {}: a count went back", reader);
  readers_[reader] = now;
}

void invariants::shard_stepped(std::size_t shard, const entity::shard& now) {
  auto& before = shards_[shard];
  const auto& counts = now.host().counts();
  expect(now.watermark() >= before.watermark, "shard {}: watermark {} after {}", shard,
         ms(now.watermark()), ms(before.watermark));
  expect(now.state() >= before.state, "shard {}: a state of before", shard);
  expect(counts.in == counts.applied + counts.late + counts.failed + counts.quarantined,
         "shard {}: {} in, {} applied, {} late, {} failed, {} quarantined", shard, counts.in,
         counts.applied, counts.late, counts.failed, counts.quarantined);
  expect(none_went_back(before.counts, counts), "shard {}: a count went back", shard);
  expect(now.state() != entity::shard_state::finished || now.rows_held() == 0,
         "shard {}: finished, and holds {} rows", shard, now.rows_held());
  before.watermark = now.watermark();
  before.state = now.state();
  before.counts = counts;
  peaks_.rows_held = std::max(peaks_.rows_held, now.rows_held());
}

void invariants::shard_passed(std::size_t shard, base::epoch n,
                              const entity::stage_counts& counts) {
  std::uint64_t sent = 0;
  for (const auto& [epoch, rows] : shards_[shard].rows) {
    sent += epoch <= n ? rows : 0;
  }
  expect(counts.in <= sent, "shard {}: {} events are counted before barrier {}, {} were sent",
         shard, counts.in, n.get(), sent);
}

void invariants::lane_stepped(std::size_t lane, const checkpoint::lane& stepped) {
  auto& before = lanes_[lane];
  peaks_.lane_bytes = std::max(peaks_.lane_bytes, stepped.bytes());
  if (before.delivery == checkpoint::delivery::immediate) {
    return;
  }
  const auto& now = dynamic_cast<const checkpoint::epoch_lane&>(stepped);
  std::optional<checkpoint::outbox> previous;
  for (const auto& box : now.outboxes()) {
    expect(!previous || box.epoch == previous->epoch.next(), "lane {}: epoch {} after {}", lane,
           box.epoch.get(), previous ? previous->epoch.get() : 0);
    previous = {.epoch = box.epoch, .start_offset = 0, .bytes = {}, .records = 0};
  }
  if (previous) {
    expect(previous->epoch == before.closed || previous->epoch == before.closed.next(),
           "lane {}: outbox {} is closed after {}", lane, previous->epoch.get(),
           before.closed.get());
    before.closed = previous->epoch;
  }
  peaks_.outboxes = std::max(peaks_.outboxes, now.outboxes().size());
  expect(now.outboxes().size() <= checkpoint::coordinator::max_undelivered, "lane {}: {} outboxes",
         lane, now.outboxes().size());
}

void invariants::coordinator_stepped(const checkpoint::coordinator& now) {
  expect(now.newest() == newest_ || now.newest() == newest_.next(), "epoch {} starts after {}",
         now.newest().get(), newest_.get());
  expect(now.last_complete() == complete_ || now.last_complete() == complete_.next(),
         "epoch {} is complete after {}", now.last_complete().get(), complete_.get());
  expect(now.newest() == now.last_complete() || now.newest() == now.last_complete().next(),
         "epoch {} runs while {} is not complete", now.newest().get(),
         now.last_complete().next().get());
  newest_ = now.newest();
  complete_ = now.last_complete();
}

void invariants::lane_prepared(std::size_t lane, base::epoch n) const {
  const auto& now = lanes_[lane];
  if (now.delivery != checkpoint::delivery::immediate) {
    return;
  }
  std::uint64_t sent = 0;
  for (auto at = now.records.begin(); at != now.records.end() && at->first <= n; ++at) {
    sent += at->second;
  }
  expect(now.records_written >= sent, "lane {}: {} records are out at the end of epoch {}, not {}",
         lane, now.records_written, n.get(), sent);
}

void invariants::outbox_written(std::size_t lane, const checkpoint::outbox& box,
                                std::size_t bytes_before) {
  expect(box.start_offset == static_cast<std::int64_t>(bytes_before),
         "lane {}: epoch {} is written at {}, behind {} bytes", lane, box.epoch.get(),
         box.start_offset, bytes_before);
  lanes_[lane].records_written += box.records;
  if (lanes_[lane].delivery == checkpoint::delivery::immediate) {
    return;
  }
  auto& before = lanes_[lane].written;
  expect(box.epoch == before.next(), "lane {}: epoch {} is written after {}", lane, box.epoch.get(),
         before.get());
  expect(box.epoch <= complete_, "lane {}: epoch {} is written and not complete", lane,
         box.epoch.get());
  const auto sent = lanes_[lane].records[box.epoch];
  expect(box.records == sent,
         "lane {}: outbox {} holds {} records, {} were sent before its barrier", lane,
         box.epoch.get(), box.records, sent);
  before = box.epoch;
}

}  // namespace aisle::sim
