// SPDX-License-Identifier: Apache-2.0
#include "runtime/flow/ingest.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

namespace aisle::flow {

source_counts& source_counts::operator+=(const source_counts& other) {
  read += other.read;
  accepted += other.accepted;
  rejected += other.rejected;
  duplicate += other.duplicate;
  skipped += other.skipped;
  rounded += other.rounded;
  return *this;
}

ingest::ingest(ingest_options options, std::unique_ptr<record::decoder> decoder)
    : options_{std::move(options)},
      decoder_{std::move(decoder)},
      partitions_(options_.partitions),
      idle_{options_.partitions, options_.idle_after},
      feeds_(options_.targets),
      letters_{options_.lanes} {
  for (const auto& route : options_.routes) {
    const auto& layout = route.rows == record::row_kind::line ? options_.contract->line_fields()
                                                              : options_.contract->fields();
    feed_of_route_.push_back(feeds_[route.first_target].size());
    for (std::uint32_t t = route.first_target; t < route.first_target + route.shards; ++t) {
      feeds_[t].push_back(
          {.stream = route.stream, .words = layout.words(), .texts = record::text_fields(layout)});
    }
  }
  for (std::uint32_t p = 0; p < options_.partitions; ++p) {
    partitions_[p].id = base::partition_id{p};
    for (std::uint32_t t = 0; t < options_.targets; ++t) {
      auto& to = partitions_[p].outlets.emplace_back();
      to.number = options_.channels[p][t];
      for (const auto& feed : feeds_[t]) {
        to.batches.emplace_back(feed.words);
      }
    }
  }
}

bool ingest::take(std::string_view raw, base::offset at, std::optional<base::partition_id> from,
                  const record_origin& of) {
  const auto decoded = decoder_->decode(raw, record_);
  if (!decoded) {
    refuse(raw, at, from.value_or(base::partition_id{0}), decoded.error(), of);
    return true;
  }
  switch (*decoded) {
    case record::outcome::event:
      take_event(raw, at, from, of);
      return true;
    case record::outcome::nothing:
      skip(at, from.value_or(base::partition_id{0}));
      return true;
    case record::outcome::held_up:
      return false;
    case record::outcome::deletion:
      break;
  }
  base::die("deletions are for tables, and no source asks for them");
}

void ingest::skip(base::offset at, base::partition_id from) {
  idle_.record(from);
  if (options_.replay && !options_.replay->takes_refused(from, at, highest())) {
    return;
  }
  ++counts_.read;
  ++counts_.skipped;
  ++records_since_barrier_;
}

void ingest::take_event(std::string_view raw, base::offset at,
                        std::optional<base::partition_id> from, const record_origin& of) {
  const auto row = record_.row();
  const auto time_word = row.words[1 + *options_.contract->event_time()];
  const base::event_time time{base::duration{static_cast<std::int64_t>(time_word)}};
  const auto number = from ? from->get() : partition_of(row);
  idle_.record(base::partition_id{number});
  const bool taken =
      !options_.replay || options_.replay->takes(from.value_or(base::partition_id{0}), at, time);
  if (options_.ahead && time > options_.clock->now() + *options_.ahead) {
    if (!taken) {
      return;
    }
    ++counts_.read;
    ++records_since_barrier_;
    reject(raw, base::partition_id{number}, at,
           {.code = record::reject_code::ahead,
            .field = options_.contract->fields().fields()[*options_.contract->event_time()].name,
            .message = "the event time is further ahead of the clock than the source allows"},
           of);
    return;
  }
  auto& into = partitions_[number];
  const auto seen = std::max(time, floor_of(into));
  const bool duplicate = is_duplicate(into, row, seen);
  into.highest = duplicate ? into.highest : std::max(into.highest, time);
  if (!taken) {
    return;
  }
  ++counts_.read;
  ++records_since_barrier_;
  if (duplicate) {
    ++counts_.duplicate;
    return;
  }
  ++counts_.accepted;
  counts_.rounded += record_.rounded();
  for (std::size_t r = 0; r < options_.routes.size(); ++r) {
    const bool by_line = options_.routes[r].rows == record::row_kind::line;
    if (!options_.routes[r].is_read) {
      into.outlets[options_.routes[r].first_target].unread += by_line ? record_.lines() : 1;
      continue;
    }
    const record::event_head head{
        .at = time,
        .seen = seen,
        .position = {.partition = base::partition_id{number}, .offset = at, .item = 0},
        .key_hash = 0};
    if (!by_line) {
      send_row(into, r, row, head);
      continue;
    }
    for (std::size_t line = 0; line < record_.lines(); ++line) {
      auto head_of_line = head;
      head_of_line.position.item = static_cast<std::uint32_t>(line);
      send_row(into, r, record_.line(line), head_of_line);
    }
  }
}

void ingest::refuse(std::string_view raw, base::offset at, base::partition_id from,
                    const record::reject& why, const record_origin& of) {
  idle_.record(from);
  if (options_.replay && !options_.replay->takes_refused(from, at, highest())) {
    return;
  }
  ++counts_.read;
  ++records_since_barrier_;
  reject(raw, from, at, why, of);
}

void ingest::reject(std::string_view raw, base::partition_id partition, base::offset at,
                    const record::reject& why, const record_origin& of) {
  ++counts_.rejected;
  if (options_.dead_letter_sinks.empty()) {
    return;
  }
  const auto headers = of.headers == nullptr ? std::vector<record_header>{} : of.headers->headers();
  const dead_letter letter{.source = options_.source,
                           .partition = partition,
                           .offset = at,
                           .stage = {},
                           .reason = record::to_text(why.code),
                           .field = why.field,
                           .message = why.message,
                           .original = raw,
                           .key = of.key.empty() ? std::nullopt : std::optional{of.key},
                           .headers = headers};
  for (const auto& sink : options_.dead_letter_sinks) {
    if (sink.framed) {
      letters_.add(sink.first + base::hash64(order_key(letter)) % sink.count, to_frame(letter));
    } else {
      letters_.add(sink.first + static_cast<std::size_t>(at.get()) % sink.count, to_json(letter));
    }
  }
}

base::event_time ingest::floor_of(const partition& p) const {
  const auto by_records =
      p.highest == base::beginning_of_time ? p.highest : p.highest - options_.disorder;
  return std::max(by_records, advanced_);
}

base::event_time ingest::watermark(const partition& p) const {
  return options_.steered ? advanced_ : floor_of(p);
}

std::uint32_t ingest::partition_of(expr::row_ref row) {
  const auto& key = options_.contract->partition_key();
  if (options_.partitions == 1 || key.empty()) {
    return 0;
  }
  key_.clear();
  record::encode_key(key_, row, key, options_.contract->fields());
  return base::shard_of(base::slot_of(base::hash64(key_)), options_.partitions).get();
}

bool ingest::is_duplicate(partition& into, expr::row_ref row, base::event_time seen) {
  const auto& key = options_.contract->unique_key();
  if (key.empty()) {
    return false;
  }
  key_.clear();
  record::encode_key(key_, row, key, options_.contract->fields());
  return !into.known.insert(base::hash_128(key_), seen);
}

void ingest::send_row(partition& from, std::size_t route_index, expr::row_ref row,
                      record::event_head head) {
  const auto& by = options_.routes[route_index];
  key_.clear();
  record::encode_key(key_, row, by.key,
                     by.rows == record::row_kind::line ? options_.contract->line_fields()
                                                       : options_.contract->fields());
  head.key_hash = base::hash64(key_);
  const auto target =
      by.first_target + base::shard_of(base::slot_of(head.key_hash), by.shards).get();
  const auto feed = feed_of_route_[route_index];
  auto& to = from.outlets[target];
  to.batches[feed].append(head, row, feeds_[target][feed].texts);
  const bool was_full = to.is_full();
  if (++to.rows >= batch_rows_max) {
    send_batches(from, target);
  }
  count_full(was_full, to.is_full());
}

void ingest::send_batches(partition& from, std::uint32_t target) {
  auto& to = from.outlets[target];
  for (std::size_t b = 0; b < to.batches.size() && to.account.may_send_rows(); ++b) {
    auto& rows = to.batches[b];
    if (rows.empty()) {
      continue;
    }
    to.rows -= rows.size();
    auto message = next_message(from, to, to.account.spend());
    message.stream = feeds_[target][b].stream;
    message.rows = std::exchange(rows, record::batch{rows.words_per_row()});
    if (to.rows == 0) {
      message.watermark = to.told = watermark(from);
    }
    messages_.push_back({.target = target, .message = std::move(message)});
  }
}

event_message ingest::next_message(const partition& from, outlet& to, base::sequence number) const {
  event_message message;
  message.unread = std::exchange(to.unread, 0);
  message.channel = to.number;
  message.sequence = number;
  message.idle = to.told_idle = is_idle(from.id);
  return message;
}

void ingest::flush(bool all) {
  for (auto& from : partitions_) {
    for (std::uint32_t target = 0; target < from.outlets.size(); ++target) {
      auto& to = from.outlets[target];
      if (all || to.account.nothing_under_way() || to.rows >= batch_rows_max) {
        flush_outlet(from, target);
      }
    }
  }
  recount_full();
  letters_.flush(lines_, all);
}

void ingest::flush_outlet(partition& from, std::uint32_t target) {
  auto& to = from.outlets[target];
  if (to.rows > 0) {
    send_batches(from, target);
    return;
  }
  const auto mark = watermark(from);
  const bool wakes = to.told_idle && !is_idle(from.id);
  if ((mark > to.told || wakes) && to.account.may_send_watermark()) {
    auto message = next_message(from, to, to.account.spend());
    message.watermark = to.told = mark;
    messages_.push_back({.target = target, .message = std::move(message)});
  }
}

void ingest::advance(base::event_time to) {
  base::check(options_.steered, "only a source that is steered is told the time");
  base::check(to >= advanced_, "time never goes back");
  advanced_ = to;
  send_everything([](event_message&, const partition&) {});
}

void ingest::barrier(base::epoch n) {
  send_everything([&](event_message& last, const partition&) { last.barrier = n; });
  letters_.barrier(n, lines_);
  records_since_barrier_ = 0;
}

void ingest::end() {
  send_everything([](event_message& last, const partition& from) { last.end = from.highest; });
}

/// What stands before an advance, a barrier or an end goes with it, credit or not: a batch per
/// stream at most. The channel then owes for it and takes no more until that is given back.
template <class Mark>
void ingest::send_everything(Mark&& mark) {
  for (auto& from : partitions_) {
    for (std::uint32_t target = 0; target < from.outlets.size(); ++target) {
      auto& to = from.outlets[target];
      for (std::size_t b = 0; b < to.batches.size(); ++b) {
        auto& rows = to.batches[b];
        const bool last = b + 1 == to.batches.size();
        if (rows.empty() && !last) {
          continue;
        }
        const bool free = rows.empty();
        auto message = next_message(from, to, free ? to.account.next() : to.account.spend_or_owe());
        message.stream = feeds_[target][b].stream;
        message.rows = std::exchange(rows, record::batch{rows.words_per_row()});
        message.free = free;
        if (last) {
          message.watermark = to.told = watermark(from);
          mark(message, from);
        }
        messages_.push_back({.target = target, .message = std::move(message)});
      }
      to.rows = 0;
    }
  }
  recount_full();
}

void ingest::count_full(bool before, bool now) {
  full_channels_ += now ? 1 : 0;
  full_channels_ -= before ? 1 : 0;
}

void ingest::recount_full() {
  full_channels_ = 0;
  for (const auto& from : partitions_) {
    full_channels_ += static_cast<std::size_t>(
        std::ranges::count_if(from.outlets, [](const outlet& to) { return to.is_full(); }));
  }
}

void ingest::give(base::partition_id partition, std::uint32_t target, std::uint32_t messages) {
  auto& from = partitions_[partition.get()];
  auto& to = from.outlets[target];
  const bool was_full = to.is_full();
  to.account.give(messages);
  if (to.rows >= batch_rows_max) {
    send_batches(from, target);
  }
  count_full(was_full, to.is_full());
}

void ingest::give_lane(std::size_t lane, std::uint32_t messages) {
  letters_.give(lane, messages);
  letters_.flush(lines_, false);
}

base::event_time ingest::highest() const {
  return std::ranges::max_element(partitions_, {}, &partition::highest)->highest;
}

base::event_time ingest::slowest() const {
  auto mark = base::end_of_time;
  for (const auto& p : partitions_) {
    mark = is_idle(p.id) ? mark : std::min(mark, watermark(p));
  }
  return mark;
}

}  // namespace aisle::flow
