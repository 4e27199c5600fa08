// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/lane_owner.hpp"

#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "tests/support/every_edge.hpp"

namespace aisle::checkpoint {
namespace {

using state = lane_state;
using event = lane_event;

constexpr attempt at(std::uint64_t n) {
  return {.generation = generation{4}, .epoch = base::epoch{n}};
}
constexpr outbox_head box(std::uint64_t n, std::uint64_t prev, std::uint32_t parts = 1) {
  return {.attempt = at(n), .prev = at(prev), .parts = parts};
}

/// A lane that has delivered epoch 1.
struct steered {
  void assigned(lane_memory held = {.delivered_to = at(1), .born = true, .outboxes = {}}) {
    is.assigned(held, at(1), effects);
  }
  void fence() { is.sink_fenced(session(), effects); }
  void marker_is(std::optional<marker> found) { is.marker_read(session(), found, effects); }
  void read_log() { is.log_read(session(), effects); }
  void complete(std::uint64_t n, std::optional<outbox_head> outbox) {
    is.completed(at(n), outbox, effects);
  }
  [[nodiscard]] lane_session session() const {
    const auto fences = all<fence_sink>();
    return fences.empty() ? lane_session{} : fences.back().session;
  }
  [[nodiscard]] const base::machine<lane_table>& edges() const { return is.edges(); }
  template <class Effect>
  [[nodiscard]] std::vector<Effect> all() const {
    return support::all_of<Effect>(effects);
  }

  lane_owner is;
  lane_owner_effects effects;
};

steered make(state wanted) {
  steered made;
  if (wanted == state::closed) {
    return made;
  }
  made.assigned(wanted == state::marking
                    ? lane_memory{}
                    : lane_memory{.delivered_to = at(1), .born = true, .outboxes = {}});
  if (wanted == state::fencing) {
    return made;
  }
  made.fence();
  if (wanted == state::marking || wanted == state::fatal) {
    made.marker_is(std::nullopt);
    return made;
  }
  if (wanted == state::fenced) {
    return made;
  }
  made.marker_is(marker{.attempt = at(1)});
  made.read_log();
  if (wanted == state::committing) {
    made.complete(2, box(2, 1));
  }
  return made;
}

void poke_completed(steered& it, state to) {
  if (to == state::fatal && it.is.state() == state::open) {
    it.complete(2, box(2, 0));
  } else if (to == state::committing && it.is.state() == state::open) {
    it.complete(2, box(2, 1));
  } else {
    it.complete(3, std::nullopt);
  }
}

void poke_log_read(steered& it, state to) {
  const auto from = it.is.state();
  if (from == state::closed && to == state::fencing) {
    // Lost to nobody: the log says that the lane is still ours.
    it.assigned();
    it.is.lost(it.session(), it.effects);
    it.is.log_read(it.all<read_log_to_end>().back().session, it.effects);
    return;
  }
  if (from == state::closed) {
    it.is.log_read({}, it.effects);
    return;
  }
  if (from == state::fenced) {
    it.marker_is(marker{.attempt = to == state::fatal ? at(9) : at(1)});
  }
  if (to == state::committing) {
    it.complete(2, box(2, 1));
  }
  it.read_log();
}

void poke(steered& it, event on, state to) {
  switch (on) {
    case event::assigned:
      return it.assigned();
    case event::revoked:
      return it.is.revoked(it.effects);
    case event::completed:
      return poke_completed(it, to);
    case event::sink_fenced:
      return it.fence();
    case event::marker: {
      if (to == state::fatal && it.is.state() == state::fenced) {
        return it.marker_is(std::nullopt);
      }
      if (to == state::marking && it.is.state() == state::fenced) {
        it.is.revoked(it.effects);
        it.assigned({});
        it.fence();
        return it.marker_is(std::nullopt);
      }
      return it.marker_is(marker{.attempt = at(1)});
    }
    case event::log_read:
      return poke_log_read(it, to);
    case event::committed:
      if (it.is.state() == state::committing && to != state::open) {
        it.complete(3, box(3, to == state::fatal ? 1 : 2));
      }
      return it.is.committed(it.session(), it.effects);
    case event::lost:
      return it.is.lost(it.session(), it.effects);
    case event::failed:
      return it.is.failed(it.session(), it.effects);
    case event::refused:
      return it.is.refused(it.session(), "no", it.effects);
  }
}

TEST_CASE("a lane owner follows its table: every edge, and every event that does not belong") {
  support::take_every_edge<lane_table>(make, poke);
}

TEST_CASE("a lane is fenced, then its marker is read, then the log, and only then it delivers") {
  steered it;
  it.assigned({.delivered_to = at(1), .born = true, .outboxes = {}});
  CHECK(it.all<fence_sink>().size() == 1);
  CHECK(it.all<read_marker>().empty());
  it.fence();
  CHECK(it.all<read_marker>().size() == 1);
  CHECK(it.all<read_log_to_end>().empty());
  it.marker_is(marker{.attempt = at(1)});
  CHECK(it.all<read_log_to_end>().size() == 1);
  it.complete(2, box(2, 1));
  CHECK(it.all<deliver_part>().empty());
  it.read_log();
  REQUIRE(it.all<deliver_part>().size() == 1);
  CHECK(it.all<deliver_part>()[0].outbox == box(2, 1));
}

TEST_CASE("an outbox that the marker says is out is not delivered again") {
  steered it;
  it.assigned({.delivered_to = at(0), .born = true, .outboxes = {box(1, 0)}});
  it.fence();
  it.marker_is(marker{.attempt = at(1)});
  it.read_log();
  CHECK(it.is.state() == state::open);
  CHECK(it.all<deliver_part>().empty());
  CHECK(it.is.delivered_to() == at(1));
}

TEST_CASE("parts go out one by one, and a take-over goes on behind the last") {
  steered it;
  it.assigned({.delivered_to = at(0), .born = true, .outboxes = {box(1, 0, 3)}});
  it.fence();
  it.marker_is(marker{.attempt = at(1), .part = 0});
  it.read_log();
  REQUIRE(it.all<deliver_part>().size() == 1);
  CHECK(it.all<deliver_part>()[0].part == 1);
  it.is.committed(it.session(), it.effects);
  CHECK(it.all<deliver_part>().back().part == 2);
  CHECK_MESSAGE(it.is.delivered_to() == at(0), "not all of it is out");
  it.is.committed(it.session(), it.effects);
  CHECK(it.is.delivered_to() == at(1));
}

TEST_CASE("a write that nobody knows of destroys the producer, and the marker decides") {
  auto it = make(state::committing);
  it.effects.clear();
  it.is.failed(lane_session{1}, it.effects);
  CHECK(it.all<destroy_producer>().size() == 1);
  CHECK(it.all<fence_sink>().size() == 1);
  CHECK(it.all<deliver_part>().empty());
  it.fence();
  it.marker_is(marker{.attempt = at(2)});
  it.read_log();
  CHECK_MESSAGE(it.all<deliver_part>().empty(), "it had come through");
  CHECK(it.is.delivered_to() == at(2));
}

TEST_CASE("an answer of an earlier producer changes nothing") {
  auto it = make(state::committing);
  it.is.failed(it.session(), it.effects);
  it.effects.clear();
  it.is.failed(lane_session{1}, it.effects);
  it.is.lost(lane_session{1}, it.effects);
  CHECK(it.effects.empty());
  CHECK(it.is.state() == state::fencing);
}

TEST_CASE("a marker that contradicts what is complete stops the lane with the reason") {
  const auto stop = [](lane_memory held, marker found) {
    steered it;
    it.assigned(held);
    it.fence();
    it.marker_is(found);
    it.read_log();
    REQUIRE(it.all<stop_lane>().size() == 1);
    CHECK(it.is.state() == state::fatal);
    return it.all<stop_lane>()[0].why;
  };
  const lane_memory held{.delivered_to = at(1), .born = true, .outboxes = {}};
  CHECK(stop(held, {.attempt = at(2)}).find("older than its output") != std::string::npos);
  CHECK(stop(held, {.attempt = at(0)}).find("set back") != std::string::npos);
  const lane_memory more{.delivered_to = {}, .born = true, .outboxes = {box(1, 0)}};
  const attempt other{.generation = generation{3}, .epoch = base::epoch{1}};
  CHECK(stop(more, {.attempt = other}).find("no attempt of this history") != std::string::npos);
}

TEST_CASE("a lane without a marker makes one, unless it has had one before") {
  auto it = make(state::marking);
  CHECK(it.all<write_first_marker>().size() == 1);
  CHECK_FALSE(it.is.born());
  it.is.committed(it.session(), it.effects);
  CHECK(it.is.born());
  CHECK(it.is.state() == state::fenced);
}

TEST_CASE("a lane that is left where it is keeps its producer over an Assign") {
  auto it = make(state::committing);
  it.effects.clear();
  it.is.assigned({.delivered_to = at(1), .born = true, .outboxes = {box(2, 1)}}, at(2), it.effects);
  CHECK(it.all<destroy_producer>().empty());
  CHECK(it.is.state() == state::committing);
  it.is.committed(lane_session{1}, it.effects);
  CHECK(it.is.delivered_to() == at(2));
}

TEST_CASE("how far nothing is left is reported for back-pressure, also for epochs that are empty") {
  auto it = make(state::committing);
  CHECK(it.all<say_delivered>().back().to == base::epoch{1});
  it.is.committed(it.session(), it.effects);
  CHECK(it.all<say_delivered>().back().to == base::epoch{2});
  it.complete(3, std::nullopt);
  CHECK(it.all<say_delivered>().back().to == base::epoch{3});
}

}  // namespace
}  // namespace aisle::checkpoint
