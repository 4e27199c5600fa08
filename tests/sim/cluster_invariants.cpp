// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster_invariants.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include <fmt/core.h>

#include "runtime/base/hash.hpp"
#include "runtime/base/pack.hpp"

namespace aisle::cluster_sim {
namespace {

void expect(bool holds, std::string_view invariant, const std::string& what) {
  if (!holds) {
    throw violation{fmt::format("{}: {}", invariant, what)};
  }
}

std::map<std::string, std::vector<std::string>> by_stream(const std::string& bytes) {
  std::map<std::string, std::vector<std::string>> streams;
  std::istringstream lines{bytes};
  for (std::string stream, text; lines >> stream >> text;) {
    streams[stream].push_back(text);
  }
  return streams;
}

}  // namespace

std::string outbox_row(attempt is) {
  return fmt::format("outbox/{:08}/{:08}", is.generation.get(), is.epoch.get());
}

attempt attempt_of(const std::string& outbox_row) {
  const auto behind = std::string_view{"outbox/"}.size();
  return {.generation = control::generation{std::stoll(outbox_row.substr(behind, 8))},
          .epoch = base::epoch{std::stoull(outbox_row.substr(behind + 9, 8))}};
}

std::string encode(const stored_outbox& box) {
  std::string bytes;
  base::packer to{bytes};
  to.integer(box.head.prev.generation.get());
  to.integer(static_cast<std::int64_t>(box.head.prev.epoch.get()));
  to.integer(box.start);
  to.array(static_cast<std::uint32_t>(box.parts.size()));
  for (const auto& part : box.parts) {
    to.bytes(part);
  }
  return bytes;
}

stored_outbox decode_outbox(attempt is, const std::string& bytes) {
  base::unpacker from{bytes};
  stored_outbox box;
  box.head.attempt = is;
  box.head.prev.generation = control::generation{from.integer()};
  box.head.prev.epoch = base::epoch{static_cast<std::uint64_t>(from.integer())};
  box.start = from.integer();
  box.head.parts = from.array(1000);
  for (std::uint32_t i = 0; i < box.head.parts; ++i) {
    box.parts.emplace_back(from.bytes());
  }
  return box;
}

void witness::read_log(const std::vector<disk>& disks) {
  for (;;) {
    const auto next = log_.read(read_.next(), 8).value();
    if (next.empty()) {
      break;
    }
    for (const auto& entry : next) {
      take(entry, disks);
    }
  }
  expect(seen_ < log_.end(), "I2", "a record that somebody saw is not in the log");
}

void witness::take(const control::log_entry& entry, const std::vector<disk>& disks) {
  expect(entry.at > read_, "I1", "offsets grow");
  read_ = entry.at;
  if (const auto* const assign = control::assign_of(entry.what)) {
    generation_ = control::generation_at(entry.at);
    expect(assign->from == complete_, "I1",
           fmt::format("Assign {} stands on {}, and {} is complete", generation_.get(),
                       to_text(assign->from), to_text(complete_)));
  } else if (const auto* const done = std::get_if<control::complete_record>(&entry.what)) {
    complete(*done, disks);
  }
}

void witness::complete(const control::complete_record& record, const std::vector<disk>& disks) {
  const auto is = record.attempt;
  expect(is.generation == generation_, "I1",
         fmt::format("Complete {} under Assign {}", to_text(is), generation_.get()));
  expect(is.epoch == complete_.epoch.next(), "I1",
         fmt::format("Complete {} behind {}", to_text(is), to_text(complete_)));
  complete_ = is;
  last_ = record;
  completed_.insert(is);
  positions_.assign(work_.partitions, 0);
  for (const auto& source : record.state.sources) {
    positions_[source.partition.number] = source.next.get();
    expect(source.highest.time_since_epoch().count() ==
               highest_before(work_, source.partition.number, source.next.get()),
           "I4", "a source's highest event time is not that of its position");
  }
  reference_ = run_reference(work_, positions_);
  for (std::uint32_t lane = 0; lane < work_.lanes; ++lane) {
    auto& history = lanes_[lane];
    const auto box = outboxes_.find({lane, is});
    if (box != outboxes_.end()) {
      history.bytes += box->second;
      history.outboxes.emplace_back(is, history.bytes.size());
    }
  }
  check_outputs();
  for (const auto& shard : record.shards) {
    check_holders(shard.shard, disks);
  }
}

void witness::check_outputs() const {
  for (std::uint32_t lane = 0; lane < work_.lanes; ++lane) {
    expect(
        by_stream(lanes_[lane].bytes) == reference_.lanes[lane], "I7",
        fmt::format("the complete outboxes of lane {} up to {} are not what an uninterrupted run "
                    "puts out",
                    lane, to_text(complete_)));
  }
}

void witness::seen(control::log_offset by_anybody) { seen_ = std::max(seen_, by_anybody); }

void witness::acts(const shard_name& shard, control::generation g, control::incarnation who) {
  const auto [known, fresh] = actors_.try_emplace({shard, g}, who);
  expect(known->second == who, "I3",
         fmt::format("two processes act for {} in generation {}", to_text(shard), g.get()));
}

void witness::has_content(const shard_name& shard, attempt is, const std::string& bytes) {
  const auto [known, fresh] = contents_.try_emplace({shard, is}, base::hash64(bytes));
  expect(known->second == base::hash64(bytes), "I3",
         fmt::format("{} of {} has two contents", to_text(is), to_text(shard)));
  if (fresh && shard.kind == control::shard_kind::sink) {
    const auto what = decode(bytes);
    const auto row = what.find(outbox_row(is));
    if (row != what.end()) {
      std::string all;
      for (const auto& part : decode_outbox(is, *row->second).parts) {
        all += part;
      }
      outboxes_[{shard.number, is}] = std::move(all);
    }
  }
}

void witness::stands_on(const shard_name& shard, attempt from, const rows& state) {
  expect(from == control::the_beginning || completed_.contains(from), "I9",
         fmt::format("{} stands on {}, which was abandoned", to_text(shard), to_text(from)));
  if (shard.kind == control::shard_kind::stage && from == complete_ &&
      from != control::the_beginning) {
    expect(state == reference_.shards[shard.number], "I4",
           fmt::format("{} begins at {} with another state than an uninterrupted run has there",
                       to_text(shard), to_text(from)));
  }
}

void witness::folds(attempt to, attempt read_up_to) const {
  expect(completed_.contains(to), "I9", fmt::format("{} is folded", to_text(to)));
  expect(to <= read_up_to, "I10",
         fmt::format("{} is folded before its Complete was read", to_text(to)));
}

void witness::delivers(attempt outbox) const {
  expect(completed_.contains(outbox), "I9", fmt::format("{} is delivered", to_text(outbox)));
}

void witness::sink_moved(std::uint32_t lane) {
  auto& history = lanes_[lane];
  const auto& sink = sinks_[lane];
  expect(history.bytes.starts_with(sink.visible()), "I7",
         fmt::format("what is out of lane {} is no prefix of what is complete", lane));
  expect(sink.visible().size() >= history.visible, "I7", "output was taken back");
  history.visible = sink.visible().size();
  const auto& now = sink.committed_marker();
  if (!now || now->attempt == control::the_beginning) {
    expect(history.marked == 0, "I6", "a marker was set back");
    return;
  }
  const auto found =
      std::ranges::find(history.outboxes, now->attempt, [](const auto& box) { return box.first; });
  expect(found != history.outboxes.end(), "I6",
         fmt::format("lane {} has the marker {}, which is no complete outbox", lane,
                     to_text(now->attempt)));
  const auto marked = static_cast<std::size_t>(found - history.outboxes.begin()) + 1;
  const bool next = marked == history.marked + 1 && now->part == 0;
  const bool same = marked == history.marked && now->part >= history.part;
  expect(next || same, "I6",
         fmt::format("lane {} goes from outbox {} part {} to outbox {} part {}", lane,
                     history.marked, history.part, marked, now->part));
  history.marked = marked;
  history.part = now->part;
}

/// Outboxes that are out, by the bytes: for every kind of sink.
std::size_t witness::delivered(std::uint32_t lane) const {
  const auto& history = lanes_[lane];
  std::size_t count = 0;
  while (count < history.outboxes.size() && history.outboxes[count].second <= history.visible) {
    ++count;
  }
  return count;
}

bool witness::all_delivered() const {
  for (const auto& lane : lanes_) {
    if (lane.visible != lane.bytes.size()) {
      return false;
    }
  }
  return true;
}

void witness::disk_written(const shard_name& shard, const std::vector<disk>& disks) const {
  check_holders(shard, disks);
}

void witness::check_holders(const shard_name& shard, const std::vector<disk>& disks) const {
  const auto holders = std::ranges::find(last_.shards, shard, &control::shard_holders::shard);
  if (holders == last_.shards.end()) {
    return;
  }
  for (const auto index : holders->holders) {
    const auto& kv = last_.members[index.get()].kv;
    const auto on = std::ranges::find(disks, kv, &disk::kv);
    if (on == disks.end()) {
      continue;
    }
    const auto copy = on->copies.find(shard);
    expect(copy != on->copies.end() && copy->second.holds(complete_), "I5",
           fmt::format("a holder of {} at {} has lost it", to_text(shard), to_text(complete_)));
    check_rows(*holders, copy->second);
  }
}

void witness::check_rows(const control::shard_holders& shard, const stored_copy& copy) const {
  const auto state = copy.read(complete_);
  const auto number = shard.shard.number;
  if (shard.shard.kind == control::shard_kind::stage) {
    expect(state == reference_.shards[number], "I4",
           fmt::format("a copy of {} at {} is not what an uninterrupted run has there",
                       to_text(shard.shard), to_text(complete_)));
    return;
  }
  const auto& outboxes = lanes_[number].outboxes;
  for (auto i = delivered(number); i < outboxes.size(); ++i) {
    expect(state.contains(outbox_row(outboxes[i].first)), "I8",
           fmt::format("a copy of {} lacks the outbox {}, which is not out", to_text(shard.shard),
                       to_text(outboxes[i].first)));
  }
}

void witness::node_is_at(std::size_t node, control::generation g, const disk& on) {
  auto& known = nodes_[node];
  expect(g >= known.generation, "I10", "a node's generation goes back");
  expect(on.applied >= known.applied, "I10", "a node's applied offset goes back");
  expect(on.kv_gen >= known.kv_gen, "I10", "a node's kv generation goes back");
  known = {.generation = g, .applied = on.applied, .kv_gen = on.kv_gen};
}

void witness::disk_lost(std::size_t node) { nodes_.erase(node); }

void witness::merged_watermark(const shard_name& shard, std::int64_t was, std::int64_t is) const {
  expect(is >= was, "I10", fmt::format("the watermark of {} goes back", to_text(shard)));
}

}  // namespace aisle::cluster_sim
