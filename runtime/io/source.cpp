// SPDX-License-Identifier: Apache-2.0
#include "runtime/io/source.hpp"

#include <iterator>
#include <utility>

#include <fmt/core.h>

namespace aisle::io {

source::source(std::unique_ptr<record_reader> records, flow::ingest into)
    : records_{std::move(records)}, ingest_{std::move(into)} {}

bool source::can_read() const {
  return !ended_ && !caught_up_ && ingest_.wants_records() &&
         ingest_.records_since_barrier() < epoch_records_max;
}

void source::read(std::size_t records, source_effects& effects) {
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
    take(record);
  }
  ingest_.flush(false);
  hand_over(effects);
  effects.epoch_full =
      ingest_.records_since_barrier() >= epoch_records_max || ingest_.waits_for_barrier();
}

void source::stop_reading(reading why, source_effects& effects) {
  if (why == reading::caught_up) {
    caught_up_ = effects.caught_up = true;
    return;
  }
  ended_ = effects.ended = true;
  ingest_.end();
}

void source::take(const raw_record& record) {
  const auto partition =
      records_->partitions() > 0 ? std::optional{record.partition} : std::nullopt;
  if (!record.oversized()) {
    ingest_.take(record.bytes, record.ordinal, partition);
    return;
  }
  ingest_.refuse(record.bytes, record.ordinal, record.partition,
                 {.code = record::reject_code::too_large,
                  .field = {},
                  .message = fmt::format("{} bytes, {} are allowed; only the beginning is kept",
                                         record.length, record.bytes.size())});
}

void source::before_waiting(source_effects& effects) {
  ingest_.flush(true);
  hand_over(effects);
}

void source::start(base::epoch n, source_effects& effects) {
  ingest_.barrier(n);
  hand_over(effects);
  effects.cut = n;
  effects.counts_at_barrier = ingest_.counts();
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
