// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster.hpp"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "runtime/base/hash.hpp"

namespace aisle::cluster_sim {
namespace {

constexpr std::uint64_t kinds = 4;

control::kv_id new_kv(world& in) { return {.high = in.random(), .low = in.random()}; }

}  // namespace

world::world(const scenario& of)
    : plan{of},
      random{of.seed},
      log{of.seed % 3 == 0 ? 2 : 1},
      compacts{of.seed % 2 == 0 ? control::compaction::possible : control::compaction::never},
      watch{work, log, sinks} {
  work.seed = of.seed;
  work.events = 40 + static_cast<std::int64_t>(of.seed % 4) * 40;
  for (std::uint32_t i = 0; i < work.lanes; ++i) {
    sinks.emplace_back(static_cast<sink_kind>((of.seed + i) % kinds), of.lie);
  }
  for (std::size_t i = 0; i < of.nodes; ++i) {
    disks.emplace_back().kv = new_kv(*this);
  }
  const auto operators = log.raise_fence();
  static_cast<void>(log.append(operators,
                               control::log_record{.log = {.high = of.seed, .low = 1},
                                                   .cluster = {.high = 2, .low = 3},
                                                   .format = control::record_format},
                               control::before_the_log));
}

void add(run_counts& to, const run_counts& what) {
  to.steps += what.steps;
  to.epochs += what.epochs;
  to.generations += what.generations;
  to.crashes += what.crashes;
  to.pauses += what.pauses;
  to.disks_lost += what.disks_lost;
  to.messages_lost += what.messages_lost;
  to.unknown_appends += what.unknown_appends;
  to.unknown_writes += what.unknown_writes;
  to.fills += what.fills;
  to.moves += what.moves;
}

cluster::cluster(const scenario& of)
    : world_{of}, calm_{1 + 3 * (of.seed / 7 % 4)}, seats_(of.nodes) {
  for (std::size_t i = 0; i < of.nodes; ++i) {
    start(i);
  }
}

void cluster::start(std::size_t node) {
  auto& seat = seats_[node];
  const bool same = world_.plan.lie == mutation::keep_incarnation;
  const auto life = same ? 0 : ++seat.lives;
  world_.say(fmt::format("{} starts", node));
  world_.watch.node_restarted(node);
  seat.runs =
      std::make_unique<process>(world_, node, control::incarnation{1000 * (node + 1) + life});
  seat.paused = false;
}

void cluster::crash(std::size_t node) {
  world_.say(fmt::format("{} crashes", node));
  seats_[node].runs->count(finished_);
  seats_[node].runs.reset();
  ++world_.counts.crashes;
  world_.notices.insert(node);
}

void cluster::lose_disk(std::size_t node) {
  world_.say(fmt::format("{} loses its disk", node));
  world_.disks[node] = {};
  world_.disks[node].kv = new_kv(world_);
  world_.watch.disk_lost(node);
  ++world_.counts.disks_lost;
}

/// The promise: of the holders that a Complete names, all but one may go. (A copy that was filled
/// since, and that no record names, does not count.)
bool cluster::may_lose_disk(std::size_t node) const {
  const auto records = world_.log.read(control::log_offset{0}, 1'000'000).value();
  const control::complete_record* last = nullptr;
  for (const auto& entry : records) {
    const auto* const done = std::get_if<control::complete_record>(&entry.what);
    last = done != nullptr ? done : last;
  }
  if (last == nullptr) {
    return false;
  }
  const auto stays = [&](control::member_index holder) {
    const auto& kv = last->members[holder.get()].kv;
    const auto on = std::ranges::find(world_.disks, kv, &disk::kv);
    return on != world_.disks.end() && kv != world_.disks[node].kv;
  };
  return std::ranges::all_of(last->shards, [&](const control::shard_holders& shard) {
    return std::ranges::any_of(shard.holders, stays);
  });
}

process* cluster::some_process() {
  auto& seat = seats_[world_.chance(seats_.size())];
  return seat.runs && !seat.paused ? seat.runs.get() : nullptr;
}

process* cluster::leader() {
  for (auto& seat : seats_) {
    if (seat.runs && !seat.paused && seat.runs->leads()) {
      return seat.runs.get();
    }
  }
  return nullptr;
}

/// Some channels bring nothing for a long while, and then what is old.
bool cluster::is_stalled(const network::address& channel) const {
  const auto& [from, to, name] = channel;
  const auto spell = static_cast<std::uint64_t>(world_.now.count()) / 3000;
  const auto place = fmt::format("{}/{}/{}/{}", from, to, name, spell);
  const bool in_this_run = world_.plan.seed / 12 % 3 == 2;
  return in_this_run && world_.plan.faults && base::hash64(place, world_.plan.seed) % 6 == 0;
}

void cluster::deliver_something() {
  auto& queues = world_.net.queues();
  if (queues.empty()) {
    return;
  }
  auto picked =
      std::next(queues.begin(), static_cast<std::ptrdiff_t>(world_.chance(queues.size())));
  auto& seat = seats_[std::get<1>(picked->first)];
  if (seat.paused || is_stalled(picked->first) ||
      (seat.runs && !seat.runs->is_ready_for(picked->second.front()))) {
    return;
  }
  const auto message = std::move(picked->second.front());
  picked->second.pop_front();
  if (picked->second.empty()) {
    queues.erase(picked);
  }
  if (seat.runs) {
    seat.runs->take(message);
  }
}

void cluster::lose_message() {
  auto& queues = world_.net.queues();
  if (queues.empty()) {
    return;
  }
  auto picked =
      std::next(queues.begin(), static_cast<std::ptrdiff_t>(world_.chance(queues.size())));
  const auto [from, to, channel] = picked->first;
  world_.say(fmt::format("lost: {} from {} to {}", channel, from, to));
  picked->second.pop_front();
  if (picked->second.empty()) {
    queues.erase(picked);
  }
  ++world_.counts.messages_lost;
  world_.notices.insert(world_.once_in(2) ? from : to);
}

void cluster::step_something(process& at) {
  switch (world_.chance(16)) {
    case 0:
    case 1:
    case 2:
      at.write_disk();
      break;
    case 3:
    case 4:
    case 5:
      at.answer_disk();
      break;
    case 6:
    case 7:
    case 8:
      at.read_log();
      break;
    case 9:
    case 10:
      at.read_source();
      break;
    case 11:
      at.step_lanes();
      break;
    case 12:
    case 13:
      at.step_leader();
      break;
    case 14:
      at.want_epoch();
      break;
    default:
      at.go_on_filling();
      if (world_.once_in(8)) {
        at.remind();
      }
  }
}

void cluster::compact() {
  if (world_.compacts == control::compaction::never) {
    return;
  }
  auto keep = world_.log.end();
  for (const auto& seat : seats_) {
    if (seat.runs) {
      keep = std::min(keep, seat.runs->log_read());
    }
  }
  world_.watch.read_log(world_.disks);
  world_.log.compact(keep);
}

void cluster::break_something() {
  const auto node = world_.chance(seats_.size());
  auto& seat = seats_[node];
  switch (world_.chance(12)) {
    case 0:
    case 1:
      if (seat.runs) {
        crash(node);
      }
      break;
    case 2:
      if (seat.runs) {
        seat.paused = !seat.paused;
        world_.counts.pauses += seat.paused ? 1 : 0;
        world_.say(fmt::format("{} {}", node, seat.paused ? "stands still" : "goes on"));
      }
      break;
    case 3:
      if (world_.once_in(3) && may_lose_disk(node)) {
        if (seat.runs) {
          crash(node);
        }
        lose_disk(node);
      }
      break;
    case 4:
    case 5:
      lose_message();
      break;
    case 6:
      world_.notices.insert(node);
      break;
    case 7:
      world_.log.land();
      break;
    case 8:
      if (auto* const at = some_process()) {
        at->elect();
      }
      break;
    case 9:
      compact();
      break;
    case 10:
      if (auto* const at = some_process(); at != nullptr && world_.once_in(3)) {
        at->lapse();
      }
      break;
    default:
      if (auto* const at = leader()) {
        at->move_something();
      }
  }
}

/// Somebody leads, before long, and hears of who is down.
void cluster::care_for_leader() {
  auto* const leads = leader();
  if (leads == nullptr) {
    if (auto* const at = some_process()) {
      at->elect();
    }
    return;
  }
  if (!world_.notices.empty()) {
    leads->suspect(*world_.notices.begin());
    world_.notices.erase(world_.notices.begin());
  }
}

void cluster::turn() {
  ++world_.counts.steps;
  world_.now += base::duration{1};
  const auto what = world_.chance(100);
  if (what < 45) {
    deliver_something();
  } else if (what < 96) {
    if (auto* const at = some_process()) {
      step_something(*at);
    }
  } else if (what < 97) {
    if (world_.once_in(2)) {
      care_for_leader();
    }
  } else if (what < 98) {
    auto& sink = world_.sinks[world_.chance(world_.sinks.size())];
    sink.land();
  } else if (what < 99) {
    const auto node = world_.chance(seats_.size());
    if (!seats_[node].runs && world_.once_in(3)) {
      start(node);
    }
  } else if (world_.plan.faults && world_.once_in(calm_)) {
    break_something();
  }
  world_.watch.read_log(world_.disks);
  for (std::uint32_t i = 0; i < world_.work.lanes; ++i) {
    world_.watch.sink_moved(i);
  }
}

/// Faults stop: who is down starts, who stands still goes on, what is under way arrives.
void cluster::settle() {
  world_.plan.faults = false;
  world_.log.land();
  for (std::size_t i = 0; i < seats_.size(); ++i) {
    seats_[i].paused = false;
    if (!seats_[i].runs) {
      start(i);
    }
  }
}

bool cluster::is_done() const {
  const auto& positions = world_.watch.positions();
  return positions.size() == world_.work.partitions &&
         std::ranges::all_of(positions, [&](auto p) { return p == world_.work.events; }) &&
         world_.watch.all_delivered();
}

run_counts cluster::run() {
  const bool faulty = world_.plan.faults;
  while (!is_done()) {
    if (faulty && world_.counts.steps == faulty_turns) {
      settle();
    }
    if (world_.counts.steps == turns_max) {
      for (const auto& seat : seats_) {
        world_.say(seat.runs->describe());
      }
      throw violation{fmt::format("I11: no end after {} turns; {} epochs are complete", turns_max,
                                  world_.watch.completes())};
    }
    turn();
  }
  world_.counts.epochs = world_.watch.completes();
  return world_.counts;
}

void cluster::count(all_coverage& to) const {
  const auto add = [](auto& into, const auto& what) {
    for (std::size_t i = 0; i < into.taken.size(); ++i) {
      into.taken[i] += what.taken[i];
    }
    for (std::size_t i = 0; i < into.ignored.size(); ++i) {
      into.ignored[i] += what.ignored[i];
    }
  };
  add(to.leader, finished_.leader);
  add(to.node, finished_.node);
  add(to.copy, finished_.copy);
  add(to.lane, finished_.lane);
  add(to.reader, finished_.reader);
  add(to.channels, finished_.channels);
  for (const auto& seat : seats_) {
    if (seat.runs) {
      seat.runs->count(to);
    }
  }
}

}  // namespace aisle::cluster_sim
