// SPDX-License-Identifier: Apache-2.0
#include "runtime/node/lockstep.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "runtime/io/source.hpp"
#include "runtime/node/summary.hpp"
#include "runtime/node/tables.hpp"

namespace aisle::node {
namespace {

/// There is nobody else to let on.
constexpr std::size_t without_pause = std::numeric_limits<std::size_t>::max();

}  // namespace

std::expected<std::unique_ptr<lockstep>, run_error> lockstep::open(const topology::plan& plan,
                                                                   std::uint32_t shards) {
  const auto tables = load_tables(plan);
  if (!tables) {
    return std::unexpected{run_error{errc::not_started, tables.error()}};
  }
  auto wired = wire(plan, tables->rows, shards, base::system_clock());
  return std::unique_ptr<lockstep>{new lockstep{plan, std::move(wired)}};
}

lockstep::lockstep(const topology::plan& plan, std::unique_ptr<wiring> wired)
    : plan_{plan},
      wired_{std::move(wired)},
      epochs_{{.readers = wired_->readers.size(),
               .shards = wired_->shards.size(),
               .lanes = wired_->lanes.size()}},
      offsets_(wired_->readers.size()) {
  for (auto& reader : wired_->readers) {
    reader.options.steered = true;
    reader.options.ahead = std::nullopt;
    readers_.emplace_back(reader.options, record::make_json_decoder(*reader.options.contract));
  }
  for (const auto& shard : wired_->shards) {
    shards_.push_back(std::make_unique<entity::shard>(shard.options));
  }
  for (const auto& lane : wired_->lanes) {
    lanes_.push_back(checkpoint::make_lane(lane.delivery, lane.origins.size(), 0));
  }
}

void lockstep::take(std::size_t source, std::string_view raw) {
  auto& reader = readers_[source];
  reader.take(raw, base::offset{offsets_[source]++});
  if (plan_.order == topology::order::arrival) {
    reader.flush(true);
    settle();
  } else if (!reader.wants_records()) {
    send_from(source);
  }
  if (reader.records_since_barrier() >= io::epoch_records_max || reader.waits_for_barrier()) {
    end_epoch();
  }
}

void lockstep::advance(base::event_time to) {
  base::check(to >= now_, "an advance never goes back");
  now_ = to;
  for (auto& reader : readers_) {
    reader.advance(to);
  }
  settle();
  end_epoch();
}

void lockstep::end() {
  for (auto& reader : readers_) {
    reader.end();
  }
  settle();
  while (!shards_are_finished() && !fault_) {
    end_epoch();
  }
  checkpoint::coordinator_effects effects;
  epochs_.finish(effects);
  carry_out(effects);
  settle();
}

void lockstep::end_epoch() {
  // One shard's part of an epoch is bounded: a great advance takes several.
  for (bool again = true; again && !fault_;) {
    again = std::exchange(full_, false);
    checkpoint::coordinator_effects effects;
    epochs_.want_epoch(effects);
    carry_out(effects);
    settle();
  }
}

/// Until nobody has anything to do any more.
void lockstep::settle() {
  for (bool moved = true; moved && !fault_;) {
    moved = false;
    for (std::size_t r = 0; r < readers_.size(); ++r) {
      moved = send_from(r) || moved;
    }
    for (std::size_t s = 0; s < shards_.size(); ++s) {
      moved = work(s) || moved;
    }
  }
}

bool lockstep::send_from(std::size_t r) {
  auto messages = std::exchange(readers_[r].messages(), {});
  auto lines = std::exchange(readers_[r].lines(), {});
  for (auto& [target, message] : messages) {
    const auto s = wired_->readers[r].shards[target];
    entity::shard_effects effects;
    shards_[s]->accept(std::move(message), effects);
    carry_out(s, effects);
  }
  for (auto& [lane, message] : lines) {
    send_line(wired_->readers[r].lanes[lane], std::move(message));
  }
  return !messages.empty() || !lines.empty();
}

bool lockstep::work(std::size_t s) {
  entity::shard_effects effects;
  shards_[s]->run(without_pause, effects);
  full_ = full_ || effects.epoch_full;
  return carry_out(s, effects);
}

bool lockstep::carry_out(std::size_t s, entity::shard_effects& effects) {
  for (const auto& credit : effects.credits) {
    const auto& origin = wired_->shards[s].origins[credit.channel.get()];
    readers_[origin.reader].give(origin.partition, origin.target, credit.messages);
  }
  for (auto& [lane, message] : effects.lines) {
    send_line(wired_->shards[s].lanes[lane], std::move(message));
  }
  if (effects.passed) {
    checkpoint::coordinator_effects next;
    epochs_.passed(*effects.passed, next);
    carry_out(next);
  }
  if (effects.gone) {
    break_down(*effects.gone);
  }
  return !effects.credits.empty() || !effects.lines.empty() || effects.more;
}

void lockstep::send_line(std::size_t l, flow::line_message message) {
  checkpoint::lane_effects effects;
  lanes_[l]->accept(std::move(message), effects);
  carry_out(l, effects);
}

void lockstep::carry_out(std::size_t l, checkpoint::lane_effects& effects) {
  for (const auto& credit : effects.credits) {
    const auto& origin = wired_->lanes[l].origins[credit.channel.get()];
    if (origin.is_reader) {
      readers_[origin.sender].give_lane(origin.lane, credit.messages);
    } else {
      shards_[origin.sender]->credit(origin.lane, credit.messages);
    }
  }
  if (effects.prepared) {
    checkpoint::coordinator_effects next;
    epochs_.prepared(*effects.prepared, next);
    carry_out(next);
  }
  for (const auto* const box : effects.deliver) {
    write(l, *box);
  }
  if (effects.delivered) {
    checkpoint::coordinator_effects next;
    epochs_.delivered(*effects.delivered, next);
    carry_out(next);
  }
  if (effects.gone) {
    break_down(*effects.gone);
  }
}

/// What is written is durable as soon as it is kept.
void lockstep::write(std::size_t l, const checkpoint::outbox& box) {
  bytes_out_ += box.bytes.size();
  for (std::string_view left = box.bytes; !left.empty();) {
    const auto end = left.find('\n');
    output_.push_back({wired_->lanes[l].sink, std::string{left.substr(0, end)}});
    left.remove_prefix(end + 1);
  }
  checkpoint::lane_effects effects;
  lanes_[l]->written(box.epoch, effects);
  carry_out(l, effects);
}

void lockstep::carry_out(const checkpoint::coordinator_effects& effects) {
  if (effects.start) {
    start(*effects.start);
  }
  if (effects.complete) {
    complete(*effects.complete);
  }
}

void lockstep::start(base::epoch n) {
  for (auto& reader : readers_) {
    reader.barrier(n);
    checkpoint::coordinator_effects effects;
    epochs_.cut(n, effects);
    carry_out(effects);
  }
}

void lockstep::complete(base::epoch n) {
  ++epochs_complete_;
  for (std::size_t l = 0; l < lanes_.size(); ++l) {
    checkpoint::lane_effects effects;
    lanes_[l]->complete(n, effects);
    carry_out(l, effects);
  }
}

bool lockstep::shards_are_finished() const {
  return std::ranges::all_of(
      shards_, [](const auto& shard) { return shard->state() == entity::shard_state::finished; });
}

void lockstep::break_down(const std::string& why) {
  if (!fault_) {
    fault_ = why;
  }
}

std::string lockstep::summary() const {
  epoch_record counts;
  for (const auto& reader : readers_) {
    counts.readers.push_back(reader.counts());
  }
  for (const auto& shard : shards_) {
    counts.shards.push_back(shard->host().counts());
  }
  return summary_json(*wired_, counts);
}

void lockstep::tell(view::run_status& status) const {
  for (std::size_t r = 0; r < readers_.size(); ++r) {
    auto& source = status.sources[r];
    const auto& counts = readers_[r].counts();
    source.read.set(counts.read);
    source.accepted.set(counts.accepted);
    source.rejected.set(counts.rejected);
    source.duplicate.set(counts.duplicate);
    source.skipped.set(counts.skipped);
    source.highest.set(readers_[r].highest());
  }
  for (std::size_t s = 0; s < shards_.size(); ++s) {
    auto& stage = status.stages[wired_->shards[s].stage];
    const auto& counts = shards_[s]->host().counts();
    const auto& made = shards_[s]->made();
    stage.in.add(counts.in);
    stage.late.add(counts.late);
    stage.failed.add(counts.failed);
    stage.quarantined.add(counts.quarantined);
    stage.actors.add(shards_[s]->host().actors());
    status.windows.add(made.windows);
    status.decisions.add(made.decisions);
    status.reports.add(made.reports);
    status.late.add(made.late);
    status.dead_letters.add(made.dead_letters);
  }
  status.epochs.set(epochs_complete_);
  status.bytes_out.set(bytes_out_);
}

}  // namespace aisle::node
