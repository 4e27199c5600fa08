// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include <doctest/doctest.h>

#include "runtime/checkpoint/node_protocol.hpp"
#include "runtime/checkpoint/reader_protocol.hpp"
#include "runtime/checkpoint/shard_channels.hpp"
#include "tests/support/every_edge.hpp"

namespace aisle::checkpoint {
namespace {

// -- readers -------------------------------------------------------------------------------------

constexpr std::size_t records_max = 4;

reader_protocol make_reader(reader_state wanted) {
  reader_protocol made{records_max};
  reader_effects effects;
  if (wanted != reader_state::stopped) {
    made.assigned({}, base::epoch{7}, effects);
  }
  if (wanted == reader_state::holding) {
    made.read(records_max);
  }
  return made;
}

void poke_reader(reader_protocol& it, reader_event on, reader_state to) {
  reader_effects effects;
  switch (on) {
    case reader_event::assigned:
      return it.assigned({}, base::epoch{9}, effects);
    case reader_event::start:
      return it.start(base::epoch{8}, effects);
    case reader_event::read:
      return it.read(to == reader_state::holding ? records_max : 1);
    case reader_event::revoked:
      return it.revoked();
  }
}

TEST_CASE("a reader follows its table: every edge, and every event that does not belong") {
  support::take_every_edge<reader_table>(make_reader, poke_reader);
}

TEST_CASE("a reader that has read an epoch's worth goes on behind the next barrier") {
  auto it = make_reader(reader_state::reading);
  it.read(records_max - 1);
  CHECK(it.state() == reader_state::reading);
  it.read(1);
  CHECK(it.state() == reader_state::holding);
  reader_effects effects;
  it.start(base::epoch{8}, effects);
  REQUIRE(effects.size() == 1);
  CHECK(std::get<send_barriers>(effects[0]).n == base::epoch{8});
  CHECK(it.state() == reader_state::reading);
}

TEST_CASE("a Start that leaves out an epoch is a bug of the leader") {
  CHECK(support::dies([] {
    auto it = make_reader(reader_state::reading);
    reader_effects effects;
    it.start(base::epoch{9}, effects);
  }));
}

// -- channels ------------------------------------------------------------------------------------

constexpr flow::channel first{0};

/// Three channels; `number` is the next of the first one.
struct three_channels {
  shard_channels is{3, base::epoch{4}};
  std::uint64_t number = 0;

  arrival rows(flow::channel on = first) {
    return is.arrived(on, base::sequence{on == first ? ++number : 1});
  }
  [[nodiscard]] const base::machine<channels_table>& edges() const { return is.edges(); }
};

three_channels make_channels(channels_state wanted) {
  three_channels made;
  if (wanted == channels_state::working) {
    static_cast<void>(made.rows());
  } else if (wanted == channels_state::aligning) {
    static_cast<void>(made.is.barrier(flow::channel{1}, base::epoch{5}));
  } else if (wanted == channels_state::gone) {
    static_cast<void>(made.is.lost());
  }
  return made;
}

void poke_channels(three_channels& it, channels_event on, channels_state to) {
  if (on == channels_event::rows) {
    static_cast<void>(it.rows());
    return;
  }
  if (on == channels_event::lost) {
    static_cast<void>(it.is.lost());
    return;
  }
  if (to == channels_state::working) {
    static_cast<void>(it.is.barrier(flow::channel{2}, base::epoch{5}));
  }
  static_cast<void>(it.is.barrier(first, base::epoch{5}));
}

TEST_CASE("channels follow their table") {
  for (const auto& edge : channels_table::edges) {
    const bool one_channel = edge.on == channels_event::barrier &&
                             edge.to == channels_state::working &&
                             edge.from != channels_state::aligning;
    if (one_channel) {
      shard_channels it{1, base::epoch{4}};
      if (edge.from == channels_state::working) {
        REQUIRE(it.arrived(first, base::sequence{1}) == arrival::take);
      }
      REQUIRE(it.state() == edge.from);
      CHECK(it.barrier(first, base::epoch{5}) == arrival::cut);
      CHECK(it.state() == edge.to);
      continue;
    }
    auto it = make_channels(edge.from);
    REQUIRE(it.is.state() == edge.from);
    poke_channels(it, edge.on, edge.to);
    CHECK(it.is.state() == edge.to);
  }
  for (const auto& row : channels_table::oddities) {
    auto it = make_channels(row.in);
    poke_channels(it, row.on, row.in);
    CHECK(it.is.state() == row.in);
  }
}

TEST_CASE("a gap, a repeated number and a barrier out of order end the channel, once") {
  three_channels gap;
  CHECK(gap.rows() == arrival::take);
  CHECK(gap.is.arrived(first, base::sequence{3}) == arrival::say_gone);
  CHECK(gap.is.arrived(first, base::sequence{4}) == arrival::ignore);
  three_channels repeated;
  CHECK(repeated.rows() == arrival::take);
  CHECK(repeated.is.arrived(first, base::sequence{1}) == arrival::say_gone);
  three_channels early;
  CHECK(early.is.barrier(first, base::epoch{6}) == arrival::say_gone);
  three_channels twice;
  CHECK(twice.is.barrier(first, base::epoch{5}) == arrival::align);
  CHECK(twice.is.barrier(first, base::epoch{5}) == arrival::say_gone);
}

TEST_CASE("what comes behind a barrier is parked until the last channel has brought its own") {
  three_channels it;
  CHECK(it.is.barrier(first, base::epoch{5}) == arrival::align);
  CHECK(it.rows() == arrival::park);
  CHECK(it.rows(flow::channel{1}) == arrival::take);
  CHECK(it.is.barrier(flow::channel{1}, base::epoch{5}) == arrival::align);
  CHECK(it.is.barrier(flow::channel{2}, base::epoch{5}) == arrival::cut);
  CHECK(it.is.unparked(first) == arrival::take);
}

// -- nodes ---------------------------------------------------------------------------------------

const member self{.node = {"a"}, .incarnation = control::incarnation{7}, .kv = {}};
const member other{.node = {"b"}, .incarnation = control::incarnation{8}, .kv = {}};

/// A node and a log that grows by what it is told.
struct steered_node {
  node_protocol is{self, control::log_follower{control::compaction::never, {}}};
  node_effects effects;

  void read(control::record what) {
    is.read({.at = is.log().next(), .after = is.log().last(), .what = std::move(what)}, effects);
  }
  void assign(std::vector<member> members) {
    control::assign_record assign;
    assign.from = is.log().stood_on();
    assign.members = std::move(members);
    read(assign);
  }
  void complete() {
    control::complete_record done;
    done.attempt = {.generation = is.log().generation(), .epoch = is.log().stood_on().epoch.next()};
    read(done);
  }
  [[nodiscard]] const base::machine<node_table>& edges() const { return is.edges(); }
  template <class Effect>
  [[nodiscard]] std::size_t count() const {
    std::size_t found = 0;
    for (const auto& effect : effects) {
      found += std::holds_alternative<Effect>(effect) ? 1U : 0U;
    }
    return found;
  }
};

steered_node make_node(node_state wanted) {
  steered_node made;
  made.read(control::log_record{});
  made.read(
      control::claim_record{.node = other.node, .incarnation = other.incarnation, .address = {}});
  made.assign({other});
  if (wanted != node_state::reading) {
    made.is.reached_end(made.is.log().next(), made.effects);
  }
  if (wanted == node_state::acting) {
    made.assign({other, self});
  }
  return made;
}

void poke_node(steered_node& it, node_event on, node_state to) {
  switch (on) {
    case node_event::assigned:
      return it.assign(to == node_state::acting ? std::vector{self} : std::vector{other});
    case node_event::completed:
      return it.complete();
    case node_event::asked:
      return it.is.asked({.term = control::term{1}, .round = 3}, it.effects);
    case node_event::reached_end:
      return it.is.reached_end(it.is.log().next(), it.effects);
    case node_event::lapsed:
      return it.is.lapsed(it.effects);
  }
}

TEST_CASE("a node follows its table: every edge, and every event that does not belong") {
  support::take_every_edge<node_table>(make_node, poke_node);
}

TEST_CASE("a node says what it holds at the log's end, not before, and when it is asked") {
  auto it = make_node(node_state::reading);
  CHECK(it.count<send_inventory>() == 0);
  it.is.reached_end(it.is.log().next(), it.effects);
  CHECK(it.count<send_inventory>() == 1);
  it.is.asked({.term = control::term{1}, .round = 2}, it.effects);
  CHECK(it.count<send_inventory>() == 2);
  it.is.asked({.term = control::term{99}, .round = 2}, it.effects);
  CHECK_MESSAGE(it.count<send_inventory>() == 2, "only the leader of the last Claim is answered");
}

TEST_CASE("a node acts only under an Assign that names its own incarnation") {
  auto it = make_node(node_state::waiting);
  auto earlier = self;
  earlier.incarnation = control::incarnation{6};
  it.assign({other, earlier});
  CHECK(it.is.state() == node_state::waiting);
  const stamp current{.generation = it.is.log().generation(), .sender = other.incarnation};
  CHECK(it.is.judge(current) == node_protocol::verdict::drop);
}

TEST_CASE("messages: of an older generation or a stranger dropped, of a later one read first") {
  auto it = make_node(node_state::acting);
  using verdict = node_protocol::verdict;
  const auto g = it.is.log().generation();
  CHECK(it.is.judge({.generation = g, .sender = other.incarnation}) == verdict::take);
  CHECK(it.is.judge({.generation = g, .sender = control::incarnation{99}}) == verdict::drop);
  CHECK(it.is.judge({.generation = generation{g.get() - 1}, .sender = other.incarnation}) ==
        verdict::drop);
  CHECK(it.is.judge({.generation = generation{g.get() + 1}, .sender = other.incarnation}) ==
        verdict::read_first);
}

TEST_CASE("a log that breaks a rule stops the node, and nothing behind it is taken") {
  auto it = make_node(node_state::acting);
  it.effects.clear();
  it.is.read({.at = control::log_offset{90}, .after = control::log_offset{80}, .what = {}},
             it.effects);
  CHECK(it.count<stop_process>() == 1);
  it.effects.clear();
  it.assign({self});
  CHECK(it.effects.empty());
}

TEST_CASE("a log that ends before what the node has acted on stops it") {
  steered_node it;
  it.is =
      node_protocol{self, control::log_follower{control::compaction::never,
                                                {.log = {}, .applied = control::log_offset{50}}}};
  it.read(control::log_record{});
  it.is.reached_end(control::log_offset{1}, it.effects);
  CHECK(it.count<stop_process>() == 1);
  CHECK(it.is.state() == node_state::reading);
}

}  // namespace
}  // namespace aisle::checkpoint
