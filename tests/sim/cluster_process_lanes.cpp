// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/core.h>

#include "runtime/base/check.hpp"
#include "tests/sim/cluster_process.hpp"

namespace aisle::cluster_sim {

// -- the disk ------------------------------------------------------------------------------------

void process::carry_out(const shard_name& shard, const checkpoint::copy_effects& effects) {
  for (const auto& effect : effects) {
    if (const auto* const done = std::get_if<checkpoint::say_prepared>(&effect)) {
      const auto lie = pretended_.find({shard, done->is.attempt});
      tell_leader(checkpoint::prepared{
          .shard = shard,
          .attempt = done->is.attempt,
          .checksum = lie == pretended_.end() ? done->is.checksum : lie->second});
    } else if (const auto* const full = std::get_if<checkpoint::say_filled>(&effect)) {
      ++world_.counts.fills;
      tell_leader(checkpoint::filled{.shard = shard, .tip = full->tip});
    } else if (const auto* const lost = std::get_if<checkpoint::say_gone>(&effect)) {
      say_gone(to_text(shard), lost->why);
    } else {
      const disk_write write{.shard = shard,
                             .what = effect,
                             .applied = node_protocol_.log().last(),
                             .generation = node_protocol_.log().generation()};
      writes_.push_back(write);
      if (lies(mutation::acknowledge_before_sync)) {
        answers_.push_back(write);
      }
    }
  }
}

void process::write_disk() {
  if (writes_.empty()) {
    return;
  }
  const auto write = writes_.front();
  const bool fails = world_.plan.faults && world_.once_in(40) &&
                     std::holds_alternative<checkpoint::store_version>(write.what);
  if (fails && !lies(mutation::acknowledge_before_sync)) {
    writes_.pop_front();
    checkpoint::copy_effects effects;
    copies_.at(write.shard)
        .store_failed(std::get<checkpoint::store_version>(write.what).is.attempt, effects);
    carry_out(write.shard, effects);
    return;
  }
  const auto* const fold = std::get_if<checkpoint::fold_to>(&write.what);
  auto& copy = own_disk().copies[write.shard];
  if (fold != nullptr && !copy.fold_some(fold->to, 1 + world_.chance(20))) {
    return;
  }
  static constexpr const char* names[] = {"create", "store", "fold", "erase",
                                          "empty",  "fill",  "seal"};
  world_.say(fmt::format("{} writes to disk: {} of {}", node_, names[write.what.index()],
                         to_text(write.shard)));
  apply(write);
  writes_.pop_front();
  own_disk().applied = std::max(own_disk().applied, write.applied);
  world_.watch.disk_written(write.shard, world_.disks);
  world_.watch.node_is_at(node_, node_protocol_.log().generation(), own_disk());
  if (!lies(mutation::acknowledge_before_sync)) {
    answers_.push_back(write);
  }
}

void process::apply(const disk_write& write) {
  auto& copy = own_disk().copies[write.shard];
  if (std::holds_alternative<checkpoint::create_copy>(write.what)) {
    copy = {};
    copy.whole = true;
  } else if (const auto* const store = std::get_if<checkpoint::store_version>(&write.what)) {
    copy.chain.push_back({.is = store->is, .rows = decode(*store->bytes)});
    own_disk().kv_gen = std::max(own_disk().kv_gen, write.generation);
    if (pretended_.empty()) {
      world_.watch.has_content(write.shard, store->is.attempt, *store->bytes);
    }
    if (lies(mutation::write_into_base)) {
      for (const auto& [row, value] : copy.chain.back().rows) {
        copy.cells[row] = {.attempt = store->is.attempt, .value = value};
      }
    }
  } else if (const auto* const fold = std::get_if<checkpoint::fold_to>(&write.what)) {
    world_.watch.folds(fold->to, node_protocol_.log().stood_on());
    if (lies(mutation::trim_on_complete)) {
      std::erase_if(copy.cells, [](const auto& c) { return c.first.starts_with("outbox/"); });
    }
  } else if (const auto* const erase = std::get_if<checkpoint::erase_abandoned>(&write.what)) {
    std::erase_if(copy.chain, [&](const stored_copy::link& link) {
      return link.is.attempt.generation < erase->before && link.is.attempt.epoch > erase->above;
    });
  } else if (std::holds_alternative<checkpoint::empty_copy>(write.what)) {
    copy = {};
  } else if (const auto* const fill = std::get_if<checkpoint::store_fill>(&write.what)) {
    for (const auto& [row, cell] : decode_cells(*fill->bytes)) {
      copy.cells[row] = cell;
    }
  } else if (const auto* const seal = std::get_if<checkpoint::seal_fill>(&write.what)) {
    while (!copy.fold_some(seal->base.attempt, 1000)) {
    }
    copy.base = seal->base;
    copy.whole = true;
  }
}

void process::answer_disk() {
  if (answers_.empty()) {
    return;
  }
  const auto done = answers_.front();
  answers_.pop_front();
  answer(done);
}

void process::answer(const disk_write& write) {
  auto& copy = copies_.at(write.shard);
  checkpoint::copy_effects effects;
  if (const auto* const store = std::get_if<checkpoint::store_version>(&write.what)) {
    copy.stored(store->is.attempt, effects);
    if (lies(mutation::fold_when_prepared) && copy.holds(store->is.attempt)) {
      effects.emplace_back(checkpoint::fold_to{store->is.attempt});
    }
  } else if (const auto* const fold = std::get_if<checkpoint::fold_to>(&write.what)) {
    copy.folded(fold->to);
  } else if (const auto* const seal = std::get_if<checkpoint::seal_fill>(&write.what)) {
    copy.sealed(seal->by, effects);
  }
  carry_out(write.shard, effects);
}

// -- lanes ---------------------------------------------------------------------------------------

checkpoint::lane_memory process::memory_of(const rows& state) const {
  checkpoint::lane_memory held;
  if (const auto row = state.find("delivered_to"); row != state.end()) {
    held.delivered_to = attempt_of(row->second);
  }
  held.born = state.contains("born");
  for (const auto& [row, value] : state) {
    if (row.starts_with("outbox/")) {
      held.outboxes.push_back(decode_outbox(attempt_of(row), value).head);
    }
  }
  return held;
}

void process::place_lane(const shard_name& lane, bool ours, attempt from) {
  auto& work = lanes_[lane];
  checkpoint::lane_owner_effects effects;
  if (ours) {
    work.protocol.assigned(memory_of(own_disk().copies[lane].read(from)), from, effects);
  } else {
    work.protocol.revoked(effects);
  }
  carry_out(lane, effects);
}

void process::carry_out(const shard_name& lane, const checkpoint::lane_owner_effects& effects) {
  auto& work = lanes_[lane];
  for (const auto& effect : effects) {
    if (std::holds_alternative<checkpoint::destroy_producer>(effect)) {
      work.sink.reset();
      work.todo.clear();
      work.reading_to.reset();
    } else if (const auto* const out = std::get_if<checkpoint::say_delivered>(&effect)) {
      tell_leader(checkpoint::delivered{.lane = lane, .to = out->to});
    } else if (const auto* const stop = std::get_if<checkpoint::stop_lane>(&effect)) {
      throw violation{fmt::format("{} stops: {}", to_text(lane), stop->why)};
    } else {
      work.todo.push_back(effect);
    }
  }
}

void process::step_lanes() {
  for (auto& [lane, work] : lanes_) {
    if (!work.todo.empty() && world_.once_in(2)) {
      do_next(lane, work);
      world_.watch.sink_moved(lane.number);
    }
  }
}

void process::do_next(const shard_name& lane, lane_work& work) {
  auto& system = world_.sinks[lane.number];
  const auto effect = work.todo.front();
  checkpoint::lane_owner_effects effects;
  if (const auto* const log = std::get_if<checkpoint::read_log_to_end>(&effect)) {
    if (!work.reading_to) {
      work.reading_to = world_.log.end();
    }
    const auto rest = world_.log.read(node_protocol_.log().next(), 1).value();
    if (!rest.empty() && rest[0].at < *work.reading_to) {
      return;
    }
    work.reading_to.reset();
    work.todo.pop_front();
    work.protocol.log_read(log->session, effects);
    carry_out(lane, effects);
    return;
  }
  if (const auto* const fence = std::get_if<checkpoint::fence_sink>(&effect)) {
    if (!work.sink) {
      work.sink = system.make_producer();
    }
    if (lies(mutation::marker_then_fence) && !work.marker_too_early) {
      work.marker_too_early = work.sink->read_marker(work.protocol.delivered_to()).value();
      return;
    }
    work.todo.pop_front();
    system.next_fence(world_.once_in(2));
    finish(lane, work, fence->session, checkpoint::lane_event::sink_fenced, work.sink->fence());
    return;
  }
  work.todo.pop_front();
  if (const auto* const read = std::get_if<checkpoint::read_marker>(&effect)) {
    auto found = work.sink->read_marker(read->delivered_to).value();
    if (lies(mutation::marker_then_fence)) {
      found = *std::exchange(work.marker_too_early, std::nullopt);
    }
    work.protocol.marker_read(read->session, found, effects);
    carry_out(lane, effects);
  } else if (const auto* const first = std::get_if<checkpoint::write_first_marker>(&effect)) {
    finish(lane, work, first->session, checkpoint::lane_event::committed,
           work.sink->write_first_marker());
  } else if (const auto* const part = std::get_if<checkpoint::deliver_part>(&effect)) {
    deliver(lane, work, *part);
  }
}

void process::deliver(const shard_name& lane, lane_work& work,
                      const checkpoint::deliver_part& part) {
  const auto is = part.outbox.attempt;
  world_.watch.delivers(is);
  const auto state = own_disk().copies[lane].cells_at(is);
  const auto row = state.find(outbox_row(is));
  if (row == state.end() || !row->second.value) {
    throw violation{fmt::format("I8: {} has no outbox {} to deliver", to_text(lane), to_text(is))};
  }
  const auto box = decode_outbox(is, *row->second.value);
  auto start = box.start;
  for (std::uint32_t i = 0; i < part.part; ++i) {
    start += static_cast<std::int64_t>(box.parts[i].size());
  }
  if (world_.plan.faults && world_.once_in(5)) {
    ++world_.counts.unknown_writes;
    world_.sinks[lane.number].next_write(static_cast<write_fate>(1 + world_.chance(3)));
  }
  auto how = work.sink->write({.outbox = part.outbox,
                               .part = part.part,
                               .start_offset = start,
                               .bytes = box.parts[part.part]});
  world_.say(fmt::format("{} writes {} part {} of {}: {}", node_, to_text(is), part.part,
                         to_text(lane), static_cast<int>(how)));
  if (how == sink_end::failed && lies(mutation::unknown_write_done)) {
    how = sink_end::done;
  }
  const bool again = how == sink_end::failed &&
                     (lies(mutation::unknown_write_failed) || lies(mutation::reuse_producer));
  if (again) {
    if (lies(mutation::unknown_write_failed)) {
      work.sink = world_.sinks[lane.number].make_producer();
      static_cast<void>(work.sink->fence());
    }
    work.todo.emplace_front(part);
    return;
  }
  finish(lane, work, part.session, checkpoint::lane_event::committed, how);
}

void process::finish(const shard_name& lane, lane_work& work, checkpoint::lane_session by,
                     checkpoint::lane_event done, sink_end how) {
  checkpoint::lane_owner_effects effects;
  if (how == sink_end::lost) {
    work.protocol.lost(by, effects);
  } else if (how == sink_end::failed) {
    work.protocol.failed(by, effects);
  } else if (how == sink_end::refused) {
    work.protocol.refused(by, "the file is shorter than what was written to it", effects);
  } else if (done == checkpoint::lane_event::sink_fenced) {
    work.protocol.sink_fenced(by, effects);
  } else {
    work.protocol.committed(by, effects);
  }
  carry_out(lane, effects);
}

}  // namespace aisle::cluster_sim
