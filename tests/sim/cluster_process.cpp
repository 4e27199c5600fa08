// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster_process.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace aisle::cluster_sim {
namespace {

using checkpoint::copy_role;

control::node_name name_of(std::size_t node) {
  return {std::string(1, static_cast<char>('a' + node))};
}

std::vector<shard_name> all_shards(const workload& work) {
  std::vector<shard_name> all;
  for (std::uint32_t i = 0; i < work.shards; ++i) {
    all.push_back(work.shard(i));
  }
  for (std::uint32_t i = 0; i < work.lanes; ++i) {
    all.push_back(work.lane(i));
  }
  return all;
}

checkpoint::cluster_shape shape_of(const world& in) {
  checkpoint::cluster_shape shape;
  shape.shards = all_shards(in.work);
  for (std::uint32_t p = 0; p < in.work.partitions; ++p) {
    shape.partitions.push_back(in.work.partition(p));
  }
  for (std::size_t i = 0; i < in.plan.nodes; ++i) {
    shape.nodes.push_back(name_of(i));
  }
  shape.backups = in.plan.backups;
  return shape;
}

constexpr checkpoint::leader_times times{.settle = base::duration{200},
                                         .epoch_max = base::duration{8000}};

/// What the lies make of the disk before the process looks at it.
void spoil_at_start(world& in, disk& on) {
  control::log_follower log{control::compaction::possible, {}};
  const auto all = in.log.read(control::log_offset{0}, 100000).value();
  for (const auto& entry : all) {
    static_cast<void>(log.read(entry));
  }
  for (auto& [shard, copy] : on.copies) {
    if (in.plan.lie == mutation::delete_newer_at_restart) {
      std::erase_if(copy.chain, [&](const auto& l) { return l.is.attempt > log.stood_on(); });
    }
    if (in.plan.lie == mutation::epoch_number_only) {
      for (auto& link : copy.chain) {
        if (link.is.attempt.epoch >= log.stood_on().epoch) {
          link.is.attempt.generation = std::max(link.is.attempt.generation, log.generation());
        }
      }
    }
  }
}

}  // namespace

process::process(world& in, std::size_t node, control::incarnation who)
    : world_{in},
      node_{node},
      self_{.node = name_of(node), .incarnation = who, .kv = in.disks[node].kv},
      node_protocol_{self_, {in.compacts, {.log = own_disk().log, .applied = own_disk().applied}}},
      leader_{self_, "address", shape_of(in), times} {
  spoil_at_start(world_, own_disk());
  for (const auto& shard : all_shards(world_.work)) {
    auto& on_disk = own_disk().copies[shard];
    if (!on_disk.whole) {
      on_disk = {};
    }
    copies_.emplace(shard, checkpoint::copy{on_disk.image()});
  }
}

std::size_t process::node_of(const control::node_name& name) const {
  return static_cast<std::size_t>(name.text.front() - 'a');
}

std::size_t process::node_of(checkpoint::member_index i) const {
  return node_of(assign_->members[i.get()].node);
}

void process::post(std::size_t to, std::string channel, payload what) {
  world_.net.send(std::move(channel), {.from = node_,
                                       .to = to,
                                       .stamp = node_protocol_.own_stamp(),
                                       .number = 0,
                                       .what = std::move(what)});
}

void process::tell_leader(payload what) {
  if (const auto& claim = node_protocol_.log().claim()) {
    post(node_of(claim->record.node), "leader", std::move(what));
  }
}

void process::say_gone(const std::string& what, const std::string& why) {
  world_.say(fmt::format("{} says gone: {}, {}", node_, what, why));
  tell_leader(checkpoint::gone{.what = what, .why = why});
}

// -- the log -------------------------------------------------------------------------------------

void process::read_log() {
  const auto next = world_.log.read(node_protocol_.log().next(), 1).value();
  checkpoint::node_effects effects;
  if (!next.empty()) {
    world_.watch.seen(next[0].at);
    world_.say(fmt::format("{} reads {} at {}", node_, name_of(next[0].what), next[0].at.get()));
    node_protocol_.read(next[0], effects);
    own_disk().log = node_protocol_.log().log()->log;
    carry_out(effects);
    return;
  }
  if (!end_) {
    end_ = world_.log.end();
    return;
  }
  const bool first = is_reading();
  node_protocol_.reached_end(*std::exchange(end_, std::nullopt), effects);
  carry_out(effects);
  if (first && lies(mutation::keep_incarnation) && node_protocol_.log().assign()) {
    const auto& last = node_protocol_.log().assign()->record;
    if (const auto me = last.find(self_.node, self_.incarnation)) {
      carry_out({checkpoint::enter_generation{
          .generation = node_protocol_.log().generation(), .assign = last, .me = me}});
    }
  }
  claim();
}

void process::remind() {
  checkpoint::node_effects effects;
  node_protocol_.remind(effects);
  carry_out(effects);
}

void process::lapse() {
  checkpoint::node_effects effects;
  node_protocol_.lapsed(effects);
  carry_out(effects);
}

void process::carry_out(const checkpoint::node_effects& effects) {
  for (const auto& effect : effects) {
    if (const auto* const enter_ = std::get_if<checkpoint::enter_generation>(&effect)) {
      enter(*enter_);
    } else if (std::holds_alternative<checkpoint::leave_generation>(effect)) {
      forget_generation();
    } else if (const auto* const done = std::get_if<checkpoint::epoch_completed>(&effect)) {
      complete(done->attempt);
    } else if (const auto* const asked = std::get_if<checkpoint::send_inventory>(&effect)) {
      answer_inventory(*asked);
    } else if (const auto* const claim = std::get_if<checkpoint::leadership_claimed>(&effect)) {
      if (claim->by.incarnation != self_.incarnation) {
        checkpoint::leader_effects none;
        leader_.superseded(none);
        carry_out(none);
      }
    } else if (const auto* const stop = std::get_if<checkpoint::stop_process>(&effect)) {
      throw violation{"a node stops: " + stop->why.message};
    }
  }
}

void process::answer_inventory(const checkpoint::send_inventory& what) {
  checkpoint::inventory held{
      .who = self_, .term = what.question.term, .round = what.question.round, .copies = {}};
  for (const auto& [shard, copy] : copies_) {
    held.copies.push_back({.shard = shard, .versions = copy.held()});
  }
  post(node_of(what.to.node), "leader", std::move(held));
}

// -- a generation --------------------------------------------------------------------------------

void process::forget_generation() {
  for (auto& [shard, owned] : owned_) {
    finished_.channels.add(owned.channels.edges());
  }
  owned_.clear();
  for (auto& [partition, reader] : readers_) {
    reader.protocol.revoked();
  }
}

void process::enter(const checkpoint::enter_generation& what) {
  forget_generation();
  sent_.clear();
  taken_.clear();
  assign_ = what.assign;
  const auto& assign = *assign_;
  for (const auto& placed : assign.shards) {
    std::string required;
    for (const auto index : placed.required) {
      required += std::to_string(node_of(index));
    }
    world_.say(fmt::format("{}   {}: owner {}, required {}", node_, to_text(placed.shard),
                           node_of(placed.owner), required));
  }
  for (auto& [shard, copy] : copies_) {
    const auto* const placed = assign.find(shard);
    const bool required =
        what.me && std::ranges::find(placed->required, *what.me) != placed->required.end();
    checkpoint::copy_effects effects;
    if (lies(mutation::keep_incarnation) && copy.state() == checkpoint::copy_state::holds &&
        !copy.holds(assign.from)) {
      continue;
    }
    copy.assigned(what.generation, assign.from,
                  required ? copy_role::required : copy_role::unlisted, effects);
    carry_out(shard, effects);
  }
  for (auto& [shard, copy] : copies_) {
    const bool ours = what.me && assign.find(shard)->owner == *what.me && copy.holds(assign.from);
    if (ours) {
      own(shard, assign.from);
    }
    if (shard.kind == control::shard_kind::sink) {
      place_lane(shard, ours, assign.from);
    }
  }
  place_readers(what);
}

void process::own(const shard_name& shard, attempt from) {
  const bool is_stage = shard.kind == control::shard_kind::stage;
  const auto state = own_disk().copies[shard].read(from);
  world_.watch.acts(shard, node_protocol_.log().generation(), self_.incarnation);
  world_.watch.stands_on(shard, from, state);
  auto& owned =
      owned_.try_emplace(shard, is_stage ? world_.work.partitions : world_.work.shards, from.epoch)
          .first->second;
  const auto held = copies_.at(shard).held();
  owned.last = *std::ranges::find(held, from, &checkpoint::version::attempt);
  if (is_stage) {
    owned.state.emplace(world_.work, state);
  } else {
    owned.lane_rows = state;
  }
}

void process::place_readers(const checkpoint::enter_generation& what) {
  for (const auto& placed : what.assign.readers) {
    auto& reader = readers_[placed.partition];
    if (what.me != placed.reader) {
      reader.protocol.revoked();
      continue;
    }
    control::source_state at{.partition = placed.partition};
    const auto known = std::ranges::find(what.assign.state.sources, placed.partition,
                                         &control::source_state::partition);
    if (known != what.assign.state.sources.end()) {
      at = *known;
    }
    checkpoint::reader_effects effects;
    reader.protocol.assigned(at, what.assign.from.epoch, effects);
    carry_out(placed.partition, effects);
  }
}

void process::complete(attempt is) {
  for (auto& [shard, copy] : copies_) {
    checkpoint::copy_effects effects;
    copy.completed(is, effects);
    carry_out(shard, effects);
  }
  for (auto& [lane, work] : lanes_) {
    const auto cells = own_disk().copies[lane].cells_at(is);
    const auto row = cells.find(outbox_row(is));
    std::optional<checkpoint::outbox_head> head;
    if (row != cells.end() && row->second.value) {
      head = decode_outbox(is, *row->second.value).head;
    }
    checkpoint::lane_owner_effects effects;
    work.protocol.completed(is, head, effects);
    carry_out(lane, effects);
  }
}

// -- leading -------------------------------------------------------------------------------------

void process::elect() {
  if (leads()) {
    return;
  }
  world_.say(fmt::format("{} is elected", node_));
  log_.emplace(world_.log);
  fenced_ = true;
  end_.reset();
  if (!lies(mutation::read_then_fence)) {
    static_cast<void>(log_->fence());
  }
}

/// Called at the log's end as it was after the fence.
void process::claim() {
  if (!fenced_ || leader_.state() != checkpoint::leader_state::follower) {
    return;
  }
  if (lies(mutation::read_then_fence)) {
    static_cast<void>(log_->fence());
  }
  checkpoint::leader_effects effects;
  leader_.won(node_protocol_.log(), world_.now, effects);
  carry_out(effects);
}

void process::step_leader() {
  if (appending_) {
    append();
    return;
  }
  checkpoint::leader_effects effects;
  leader_.tick(world_.now, effects);
  carry_out(effects);
}

void process::append() {
  const auto what = *appending_;
  if (lies(mutation::show_before_sync) && world_.once_in(2)) {
    const control::log_entry early{.at = world_.log.end(), .after = what.after, .what = what.what};
    if (node_protocol_.log().last() == what.after) {
      checkpoint::node_effects shown;
      world_.watch.seen(early.at);
      node_protocol_.read(early, shown);
      carry_out(shown);
      return;
    }
  }
  if (world_.plan.faults && world_.once_in(12)) {
    ++world_.counts.unknown_appends;
    world_.log.lose_next_answer(static_cast<control::lost_answer>(world_.chance(3)));
  }
  const auto done = log_->append(what.what, what.after);
  world_.say(fmt::format("{} appends {}: {}", node_, name_of(what.what),
                         done                                              ? "done"
                         : done.error() == control::append_failure::fenced ? "fenced"
                                                                           : "unknown"));
  const bool again = !done && done.error() == control::append_failure::unknown &&
                     lies(mutation::unknown_append_failed);
  if (again) {
    return;
  }
  appending_.reset();
  checkpoint::leader_effects effects;
  if (done) {
    if (std::holds_alternative<control::assign_record>(what.what)) {
      ++world_.counts.generations;
    }
    leader_.appended(*done, world_.now, effects);
  } else {
    leader_.append_failed(effects);
  }
  carry_out(effects);
}

void process::want_epoch() {
  checkpoint::leader_effects effects;
  leader_.want_epoch({}, world_.now, effects);
  carry_out(effects);
}

void process::suspect(std::size_t node) {
  checkpoint::leader_effects effects;
  leader_.changed(name_of(node), world_.now, effects);
  carry_out(effects);
}

void process::move_something() {
  const auto shards = all_shards(world_.work);
  checkpoint::leader_effects effects;
  ++world_.counts.moves;
  leader_.move(shards[world_.chance(shards.size())], name_of(world_.chance(world_.plan.nodes)),
               world_.now, effects);
  carry_out(effects);
}

void process::carry_out(const checkpoint::leader_effects& effects) {
  for (const auto& effect : effects) {
    const auto send = [&](std::size_t to, payload what) {
      world_.net.send("nodes",
                      {.from = node_,
                       .to = to,
                       .stamp = {.generation = leader_.generation(), .sender = self_.incarnation},
                       .number = 0,
                       .what = std::move(what)});
    };
    if (const auto* const record = std::get_if<checkpoint::append_record>(&effect)) {
      appending_ = *record;
    } else if (const auto* const ask = std::get_if<checkpoint::ask_inventory>(&effect)) {
      for (std::size_t i = 0; i < world_.plan.nodes; ++i) {
        send(i, ask->question);
      }
    } else if (const auto* const start = std::get_if<checkpoint::send_start>(&effect)) {
      for (std::size_t i = 0; i < world_.plan.nodes; ++i) {
        send(i, start->start);
      }
    } else if (const auto* const fill = std::get_if<checkpoint::order_fill>(&effect)) {
      send(node_of(leader_.assign().members[fill->owner.get()].node), fill->order);
    } else if (const auto* const down = std::get_if<checkpoint::step_down>(&effect)) {
      world_.say(fmt::format("{} steps down: {}", node_, down->why));
      log_.reset();
      fenced_ = false;
      appending_.reset();
    }
  }
}

// -- messages ------------------------------------------------------------------------------------

bool process::is_ready_for(const envelope& message) const {
  if (const auto* const asked = std::get_if<checkpoint::inventory_question>(&message.what)) {
    return node_protocol_.log().last().get() >= asked->term.get();
  }
  const bool gated = std::holds_alternative<data_message>(message.what) ||
                     std::holds_alternative<checkpoint::start_epoch>(message.what) ||
                     std::holds_alternative<checkpoint::delta_chunk>(message.what) ||
                     std::holds_alternative<checkpoint::fill_chunk>(message.what) ||
                     std::holds_alternative<checkpoint::fill_order>(message.what);
  return !gated ||
         node_protocol_.judge(message.stamp) != checkpoint::node_protocol::verdict::read_first;
}

void process::take(const envelope& message) {
  checkpoint::leader_effects effects;
  const auto& by = message.stamp;
  if (const auto* const held = std::get_if<checkpoint::inventory>(&message.what)) {
    leader_.take(*held, world_.now, effects);
  } else if (const auto* const cut_ = std::get_if<checkpoint::cut>(&message.what)) {
    leader_.take(by, *cut_, effects);
  } else if (const auto* const done = std::get_if<checkpoint::prepared>(&message.what)) {
    leader_.take(by, *done, world_.now, effects);
    if (lies(mutation::complete_on_owners)) {
      for (const auto& member : leader_.assign().members) {
        leader_.take({.generation = by.generation, .sender = member.incarnation}, *done, world_.now,
                     effects);
      }
    }
  } else if (const auto* const full = std::get_if<checkpoint::filled>(&message.what)) {
    leader_.take(by, *full);
  } else if (const auto* const lost = std::get_if<checkpoint::gone>(&message.what)) {
    leader_.take(by, *lost, world_.now, effects);
  } else if (const auto* const out = std::get_if<checkpoint::delivered>(&message.what)) {
    leader_.take(by, *out);
  } else if (const auto* const asked = std::get_if<checkpoint::inventory_question>(&message.what)) {
    checkpoint::node_effects answer;
    node_protocol_.asked(*asked, answer);
    carry_out(answer);
  } else {
    const bool open = lies(mutation::keep_incarnation);
    const bool named = node_protocol_.judge(by) == checkpoint::node_protocol::verdict::take ||
                       (open && assign_ && by.generation == node_protocol_.log().generation());
    if (!named) {
      return;
    }
    std::visit(
        [&](const auto& what) {
          if constexpr (requires { handle(message, what); }) {
            handle(message, what);
          }
        },
        message.what);
  }
  carry_out(effects);
}

std::string process::describe() const {
  auto text = fmt::format("node {}: leader {} generation {}, node {} generation {}", node_,
                          static_cast<int>(leader_.state()), leader_.generation().get(),
                          static_cast<int>(node_protocol_.state()),
                          node_protocol_.log().generation().get());
  for (const auto& [shard, copy] : copies_) {
    text += fmt::format(", {} {}", to_text(shard), static_cast<int>(copy.state()));
  }
  for (const auto& [lane, work] : lanes_) {
    text += fmt::format(", lane {} {} todo {}", to_text(lane),
                        static_cast<int>(work.protocol.state()), work.todo.size());
  }
  for (const auto& [partition, reader] : readers_) {
    text += fmt::format(", reader {} {} at {}", partition.number,
                        static_cast<int>(reader.protocol.state()), reader.next);
  }
  return text;
}

void process::count(all_coverage& to) const {
  to.leader.add(leader_.edges());
  to.node.add(node_protocol_.edges());
  for (const auto& [shard, copy] : copies_) {
    to.copy.add(copy.edges());
  }
  for (const auto& [lane, work] : lanes_) {
    to.lane.add(work.protocol.edges());
  }
  for (const auto& [partition, reader] : readers_) {
    to.reader.add(reader.protocol.edges());
  }
  for (const auto& [shard, owned] : owned_) {
    to.channels.add(owned.channels.edges());
  }
  for (std::size_t i = 0; i < to.channels.taken.size(); ++i) {
    to.channels.taken[i] += finished_.channels.taken[i];
  }
  for (std::size_t i = 0; i < to.channels.ignored.size(); ++i) {
    to.channels.ignored[i] += finished_.channels.ignored[i];
  }
}

}  // namespace aisle::cluster_sim
