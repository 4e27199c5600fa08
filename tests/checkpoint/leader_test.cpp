// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/leader.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/every_edge.hpp"

namespace aisle::checkpoint {
namespace {

using state = leader_state;
using event = leader_event;
using control::incarnation;
using control::log_offset;

const member node_a{.node = {"a"}, .incarnation = incarnation{1}, .kv = {.high = 1, .low = 1}};
const member node_b{.node = {"b"}, .incarnation = incarnation{2}, .kv = {.high = 2, .low = 2}};
const shard_name sums{.kind = control::shard_kind::stage, .of = "sums", .number = 0};
const shard_name out{.kind = control::shard_kind::sink, .of = "out", .number = 0};
const control::partition_name events{.source = "events", .number = 0};
constexpr leader_times times{.settle = base::duration{100}, .epoch_max = base::duration{1000}};

cluster_shape shape_of(single_copy policy) {
  return {.shards = {sums, out},
          .partitions = {events},
          .nodes = {node_a.node, node_b.node},
          .backups = 1,
          .on_single_copy = policy,
          .topology = {}};
}

/// The leader on node a, and the log as it goes on.
struct steered {
  explicit steered(single_copy policy = single_copy::go_on)
      : is{node_a, "a:1", shape_of(policy), times} {}

  void win() {
    control::log_follower log{control::compaction::never, {}};
    REQUIRE(log.read({.at = log_offset{0}, .after = control::before_the_log, .what = {}}));
    is.won(log, now, effects);
  }
  void append() { is.appended(log_offset{++end}, now, effects); }
  void answer(const member& who, std::uint64_t round) {
    is.take(inventory{.who = who, .term = is.term(), .round = round, .copies = {}}, now, effects);
  }
  /// Answers the newest question with both shards at `held`.
  void answer_holding(const member& who, attempt held) {
    inventory of{.who = who,
                 .term = is.term(),
                 .round = all<ask_inventory>().back().question.round,
                 .copies = {}};
    for (const auto& shard : {sums, out}) {
      of.copies.push_back(
          {.shard = shard, .versions = {{.attempt = held, .checksum = checksum{5}}}});
    }
    is.take(of, now, effects);
  }
  /// Both nodes answer the newest question.
  void answer_both() {
    const auto round = all<ask_inventory>().back().question.round;
    answer(node_a, round);
    answer(node_b, round);
  }
  [[nodiscard]] stamp by(const member& who) const {
    return {.generation = is.generation(), .sender = who.incarnation};
  }
  void cut() {
    is.take(by(node_a), checkpoint::cut{.n = running(), .at = {.partition = events}}, effects);
  }
  void prepare(const shard_name& shard, const member& who, std::uint64_t sum = 5) {
    is.take(by(who),
            prepared{.shard = shard,
                     .attempt = {.generation = is.generation(), .epoch = running()},
                     .checksum = checksum{sum}},
            now, effects);
  }
  /// Everything of the running epoch but the last word of node b on `out`.
  void prepare_nearly_all() {
    prepare(sums, node_a);
    prepare(sums, node_b);
    prepare(out, node_a);
  }
  void prepare_all() {
    prepare_nearly_all();
    prepare(out, node_b);
  }
  [[nodiscard]] base::epoch running() const { return is.stood_on().epoch.next(); }
  void start() { is.want_epoch({}, now, effects); }
  void whole_epoch() {
    start();
    cut();
    prepare_all();
    append();
  }
  [[nodiscard]] const base::machine<leader_table>& edges() const { return is.edges(); }
  template <class Effect>
  [[nodiscard]] std::vector<Effect> all() const {
    return support::all_of<Effect>(effects);
  }

  leader is;
  leader_effects effects;
  base::duration now{};
  std::int64_t end = 0;
};

steered make(state wanted, single_copy policy = single_copy::go_on) {
  steered made{policy};
  if (wanted == state::follower) {
    return made;
  }
  made.win();
  if (wanted == state::claiming) {
    return made;
  }
  made.append();
  if (wanted == state::gathering) {
    return made;
  }
  made.answer_both();
  if (wanted == state::assigning) {
    return made;
  }
  made.append();
  if (wanted == state::steady) {
    return made;
  }
  made.start();
  if (wanted == state::completing) {
    made.cut();
    made.prepare_all();
  }
  return made;
}

void poke_inventory(steered& it, state to) {
  const auto from = it.is.state();
  auto stranger = node_b;
  stranger.incarnation = incarnation{9};
  if (from == state::gathering && to == state::assigning) {
    it.answer_both();
  } else if (to == state::gathering && from != state::gathering) {
    it.answer(stranger, 0);
  } else {
    it.answer(node_b, 0);
  }
}

void poke_tick(steered& it, state to) {
  if (it.is.state() == state::gathering && to == state::assigning) {
    it.answer(node_a, it.all<ask_inventory>().back().question.round);
    it.now += times.settle;
  } else if (to == state::gathering) {
    it.now += it.is.state() == state::running ? times.epoch_max : base::duration{0};
  }
  it.is.tick(it.now, it.effects);
}

void poke_prepared(steered& it, state to) {
  if (to == state::completing) {
    it.cut();
    it.prepare_all();
  } else {
    it.prepare(sums, node_a);
  }
  if (to == state::gathering) {
    it.prepare(sums, node_b, 6);
  }
}

void poke_gone(steered& it, state to) {
  const bool matters = to == state::gathering;
  const auto from = matters ? it.by(node_b) : stamp{.generation = generation{-7}, .sender = {}};
  it.is.take(from, gone{.what = "channel", .why = "gap"}, it.now, it.effects);
}

void poke(steered& it, event on, state to) {
  switch (on) {
    case event::won:
      return it.win();
    case event::appended:
      if (to == state::gathering && it.is.state() != state::claiming) {
        it.is.changed(node_b.node, it.now, it.effects);
      }
      return it.append();
    case event::append_failed:
      return it.is.append_failed(it.effects);
    case event::superseded:
      return it.is.superseded(it.effects);
    case event::inventory:
      return poke_inventory(it, to);
    case event::tick:
      return poke_tick(it, to);
    case event::want_epoch:
      return it.start();
    case event::cut:
      if (to == state::completing && it.is.state() == state::running) {
        it.prepare_all();
      }
      return it.cut();
    case event::prepared:
      return poke_prepared(it, to);
    case event::filled:
      return it.is.take(it.by(node_b), filled{.shard = sums, .tip = {}});
    case event::gone:
      return poke_gone(it, to);
    case event::delivered:
      return it.is.take(it.by(node_a), delivered{.lane = out, .to = base::epoch{1}});
    case event::move:
      if (to == state::gathering && it.is.state() == state::steady) {
        it.whole_epoch();
      }
      return it.is.move(sums, node_b.node, it.now, it.effects);
  }
}

TEST_CASE("a leader follows its table: every edge, and every event that does not belong") {
  for (const auto& edge : leader_table::edges) {
    const bool held_back =
        edge.from == state::steady && edge.on == event::want_epoch && edge.to == state::steady;
    if (held_back) {
      steered alone{single_copy::stop};
      alone.win();
      alone.append();
      alone.answer(node_a, 1);
      alone.now += times.settle;
      alone.is.tick(alone.now, alone.effects);
      alone.append();
      REQUIRE(alone.is.state() == state::steady);
      alone.start();
      CHECK_MESSAGE(alone.is.state() == state::steady, "one copy, and the policy is to stop");
      CHECK(alone.all<send_start>().empty());
    }
  }
  const auto poke_or_hold = [](steered& it, event on, state to) {
    const bool held_back =
        it.is.state() == state::steady && on == event::want_epoch && to == state::steady;
    if (held_back) {
      // Two epochs are complete, and the lane has delivered neither.
      it.whole_epoch();
      it.whole_epoch();
    }
    poke(it, on, to);
  };
  support::take_every_edge<leader_table>([](state s) { return make(s); }, poke_or_hold);
}

TEST_CASE("a leader claims behind what it has read, and assigns when all expected nodes answered") {
  auto it = make(state::claiming);
  REQUIRE(it.all<append_record>().size() == 1);
  CHECK(it.all<append_record>()[0].after == log_offset{0});
  it.append();
  it.answer(node_a, 1);
  CHECK(it.is.state() == state::gathering);
  it.answer(node_b, 1);
  REQUIRE(it.is.state() == state::assigning);
  const auto record = it.all<append_record>().back();
  CHECK(record.after == log_offset{1});
  const auto& assign = std::get<control::assign_record>(record.what);
  CHECK(assign.members == std::vector{node_a, node_b});
  CHECK(assign.shards[0].required.size() == 2);
  CHECK_FALSE(assign.degraded);
}

TEST_CASE("an answer to an earlier question does not count, and is asked for again, once") {
  auto it = make(state::gathering);
  const auto before = it.all<ask_inventory>().size();
  it.answer(node_a, 0);
  it.answer(node_a, 0);
  CHECK(it.all<ask_inventory>().size() == before + 1);
  it.answer(node_b, 1);
  CHECK(it.is.state() == state::gathering);
}

TEST_CASE("nobody is named who does not hold what is complete; the shards are, and it is waited") {
  auto it = make(state::steady);
  it.whole_epoch();
  it.is.changed(node_a.node, it.now, it.effects);
  it.effects.clear();
  it.now += times.settle;
  it.is.tick(it.now, it.effects);
  // Empty disks: at the beginning they would do.
  it.answer_both();
  CHECK(it.is.state() == state::gathering);
  REQUIRE(it.all<waits_for>().size() == 1);
  CHECK(it.all<waits_for>()[0].shards.size() == 2);
}

TEST_CASE("a Complete waits for every Cut and for every required copy, owners and backups") {
  auto it = make(state::running);
  it.cut();
  it.prepare_nearly_all();
  CHECK(it.is.state() == state::running);
  it.prepare(out, node_b);
  REQUIRE(it.is.state() == state::completing);
  const auto done = std::get<control::complete_record>(it.all<append_record>().back().what);
  CHECK(done.attempt.epoch == base::epoch{1});
  CHECK(done.attempt.generation == it.is.generation());
  CHECK(done.shards[0].holders.size() == 2);
  CHECK_MESSAGE(it.is.stood_on() == control::the_beginning, "it is not in the log yet");
  it.append();
  CHECK(it.is.stood_on() == done.attempt);
}

TEST_CASE("an acknowledgement of another attempt, or of a stranger, counts for nothing") {
  auto it = make(state::running);
  it.cut();
  it.prepare_nearly_all();
  const prepared right{.shard = out,
                       .attempt = {.generation = it.is.generation(), .epoch = it.running()},
                       .checksum = checksum{5}};
  auto old_attempt = right;
  old_attempt.attempt.generation = generation{1};
  it.is.take(it.by(node_b), old_attempt, it.now, it.effects);
  it.is.take({.generation = generation{1}, .sender = node_b.incarnation}, right, it.now,
             it.effects);
  it.is.take({.generation = it.is.generation(), .sender = incarnation{99}}, right, it.now,
             it.effects);
  CHECK(it.is.state() == state::running);
}

TEST_CASE("copies that disagree end the generation, and nothing is complete") {
  auto it = make(state::running);
  it.cut();
  it.prepare(sums, node_a, 5);
  it.prepare(sums, node_b, 6);
  CHECK(it.is.state() == state::gathering);
  CHECK(it.is.stood_on() == control::the_beginning);
}

TEST_CASE("who lacks a shard is filled, and required from the moment it says that it is") {
  auto it = make(state::steady);
  it.whole_epoch();
  const auto done = it.is.stood_on();
  it.is.changed(node_b.node, it.now, it.effects);
  it.answer_holding(node_a, done);
  it.answer(node_b, it.all<ask_inventory>().back().question.round);
  it.append();
  REQUIRE(it.is.assign().degraded);
  REQUIRE(it.all<order_fill>().size() == 2);
  CHECK(it.is.assign().members[it.all<order_fill>()[0].order.target.get()] == node_b);
  it.start();
  it.cut();
  it.prepare(sums, node_a);
  it.is.take(it.by(node_b), filled{.shard = sums, .tip = {.attempt = done, .checksum = {}}});
  it.prepare(out, node_a);
  CHECK_MESSAGE(it.is.state() == state::running, "the filled copy has not prepared yet");
  it.prepare(sums, node_b);
  CHECK(it.is.state() == state::completing);
}

TEST_CASE("after an append that failed everything is forgotten, and late words are ignored") {
  auto it = make(state::completing);
  it.effects.clear();
  it.is.append_failed(it.effects);
  CHECK(it.all<step_down>().size() == 1);
  it.effects.clear();
  it.start();
  it.cut();
  it.prepare_all();
  CHECK(it.effects.empty());
  CHECK(it.is.state() == state::follower);
}

TEST_CASE("a shard moves to who has prepared the last epoch, at the next Assign") {
  auto it = make(state::steady);
  const auto owner = it.is.assign().find(sums)->owner;
  REQUIRE(it.is.assign().members[owner.get()] == node_a);
  it.is.move(sums, node_b.node, it.now, it.effects);
  CHECK_MESSAGE(it.is.state() == state::steady, "nothing is complete yet");
  it.whole_epoch();
  REQUIRE(it.is.state() == state::gathering);
  const auto done = it.is.stood_on();
  it.answer_holding(node_a, done);
  it.answer_holding(node_b, done);
  const auto assign = std::get<control::assign_record>(it.all<append_record>().back().what);
  CHECK(assign.members[assign.find(sums)->owner.get()] == node_b);
  CHECK(assign.from == done);
}

}  // namespace
}  // namespace aisle::checkpoint
