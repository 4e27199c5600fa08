// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/source.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"

namespace aisle::io {
namespace {

constexpr std::size_t records_per_look = 512;

}  // namespace

source::source(std::unique_ptr<record_reader> records, flow::ingest into)
    : records_{std::move(records)}, ingest_{std::move(into)} {}

void source::keep_track() {
  tracks_ = true;
  ingest_.keep_track();
}

result<void> source::begin(const source_beginning& from) {
  for (const auto& at : from.facts.positions) {
    if (auto there = records_->seek(at); !there) {
      return there;
    }
  }
  ingest_.begin(from.facts.reading, from.repeats);
  return {};
}

source_delta source::freeze(base::epoch n) {
  auto reading = ingest_.freeze();
  return {.facts = {.epoch = n, .positions = positions(), .reading = std::move(reading.facts)},
          .repeats = std::move(reading.repeats)};
}

std::vector<read_position> source::positions() const {
  std::vector<read_position> all;
  for (std::uint32_t p = 0; p < std::max(records_->partitions(), 1U); ++p) {
    all.push_back(position_of(base::partition_id{p}));
  }
  return all;
}

/// Where the partition goes on: a record that is kept is read again.
read_position source::position_of(base::partition_id p) const {
  return kept_ && kept_->partition == p ? read_position{.partition = p, .ordinal = kept_->ordinal}
                                        : records_->position(p);
}

bool source::may_take() const {
  return ingest_.wants_records() && within_limit() &&
         ingest_.records_since_barrier() < epoch_records_max;
}

bool source::can_read() const { return !ended_ && !caught_up_ && !kept_ && may_take(); }

void source::read(std::size_t records, source_effects& effects) {
  if (!kept_ || (may_take() && take_kept(effects))) {
    caught_up_ = false;
    take_next(records, effects);
  }
  ingest_.flush(false);
  hand_over(effects);
  effects.epoch_full =
      ingest_.records_since_barrier() >= epoch_records_max || ingest_.waits_for_barrier();
}

void source::take_next(std::size_t records, source_effects& effects) {
  raw_record record;
  for (; records > 0 && can_read(); --records) {
    const auto got = records_->next(record);
    if (!got) {
      effects.failed = got.error();
      ended_ = true;
      break;
    }
    if (*got != reading::record) {
      stop_reading(*got, effects);
      break;
    }
    if (!take(record, effects)) {
      break;
    }
  }
}

void source::stop_reading(reading why, source_effects& effects) {
  if (why != reading::end) {
    caught_up_ = effects.caught_up = true;
    cut_off_ = why == reading::cut_off;
    return;
  }
  ended_ = effects.ended = true;
  ingest_.end();
}

bool source::take_kept(source_effects& effects) {
  if (!ingest_.take(kept_->bytes, kept_->ordinal, kept_->partition,
                    {.key = kept_->key, .headers = records_.get()})) {
    return false;
  }
  kept_.reset();
  effects.goes_on = true;
  return true;
}

bool source::take(const raw_record& record, source_effects& effects) {
  const auto partition =
      records_->partitions() > 0 ? std::optional{record.partition} : std::nullopt;
  const flow::record_origin of{.key = record.key, .headers = records_.get()};
  if (!record.oversized()) {
    if (ingest_.take(record.bytes, record.ordinal, partition, of)) {
      return true;
    }
    base::check(partition.has_value(), "only a source with partitions of its own is delayed");
    kept_ = {std::string{record.bytes}, record.ordinal, record.partition, std::string{record.key}};
    effects.delayed = std::string{ingest_.waits_for()};
    return false;
  }
  ingest_.refuse(record.bytes, record.ordinal, record.partition,
                 {.code = record::reject_code::too_large,
                  .field = {},
                  .message = fmt::format("{} bytes, {} are allowed; only the beginning is kept",
                                         record.length, record.bytes.size())},
                 of);
  return true;
}

void source::before_waiting(source_effects& effects) {
  ingest_.flush(true);
  hand_over(effects);
}

void source::observe(base::duration now) {
  if (ended_) {
    return;
  }
  for (std::uint32_t i = 0; i < ingest_.partitions(); ++i) {
    const base::partition_id p{i};
    if (!kept_ && is_at_end(p)) {
      ingest_.caught_up(p, now);
    } else {
      ingest_.held_up(p);
    }
  }
}

/// Nothing of it is left to read. A partition of a log tells, whatever its reader waits for; of
/// files it is known only while they are read.
bool source::is_at_end(base::partition_id p) const {
  if (records_->partitions() == 0) {
    return caught_up_ && !cut_off_ && may_take();
  }
  const auto left = records_->behind(p);
  return left && left->empty();
}

std::uint32_t source::idle_partitions() const {
  std::uint32_t idle = 0;
  for (std::uint32_t p = 0; p < ingest_.partitions(); ++p) {
    idle += is_idle(base::partition_id{p}) ? 1U : 0U;
  }
  return idle;
}

/// What was the end of a file a while ago may not be it any more, and nobody has looked since when
/// this process stood still.
void source::look_again(source_effects& effects) {
  if (records_->partitions() == 0 && caught_up_ && may_take()) {
    caught_up_ = false;
    take_next(records_per_look, effects);
  }
}

std::optional<backlog> source::behind() const {
  std::optional<backlog> all;
  for (std::uint32_t p = 0; p < std::max(records_->partitions(), 1U); ++p) {
    if (const auto one = records_->behind(base::partition_id{p})) {
      all = all.value_or(backlog{.bytes = 0, .records = 0});
      all->bytes += one->bytes;
      all->records = one->records && all->records ? std::optional{*all->records + *one->records}
                                                  : std::nullopt;
    }
  }
  return all;
}

void source::start(base::epoch n, base::duration now, source_effects& effects) {
  look_again(effects);
  observe(now);
  effects.declared_idle = ended_ ? 0 : ingest_.declare_idle(now);
  for (std::uint32_t p = 0; p < ingest_.partitions(); ++p) {
    if (ingest_.is_idle(base::partition_id{p})) {
      effects.idle.emplace_back(p);
    }
  }
  ingest_.barrier(n);
  hand_over(effects);
  effects.cut = n;
  effects.counts_at_barrier = ingest_.counts();
  if (tracks_) {
    effects.delta = freeze(n);
  }
}

void source::hand_over(source_effects& effects) {
  auto& messages = ingest_.messages();
  std::ranges::move(messages, std::back_inserter(effects.messages));
  messages.clear();
  auto& lines = ingest_.lines();
  std::ranges::move(lines, std::back_inserter(effects.lines));
  lines.clear();
}

}  // namespace aisle::io
