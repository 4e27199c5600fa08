// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/coordinator.hpp"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace aisle::checkpoint {
namespace {

constexpr base::epoch first{1};
constexpr base::epoch second{2};
constexpr base::epoch third{3};

/// A coordinator, and what it asked for since it was last looked at.
struct steered {
  explicit steered(members who) : size{who}, epochs{who} {}

  coordinator_effects want() {
    return step([&](auto& e) { epochs.want_epoch(e); });
  }
  coordinator_effects finish() {
    return step([&](auto& e) { epochs.finish(e); });
  }
  /// Everybody passes the barrier of n; the effects of the last word.
  coordinator_effects pass(base::epoch n) {
    coordinator_effects last;
    for (std::size_t i = 0; i < size.readers; ++i) {
      last = step([&](auto& e) { epochs.cut(n, e); });
    }
    for (std::size_t i = 0; i < size.shards; ++i) {
      last = step([&](auto& e) { epochs.passed(n, e); });
    }
    for (std::size_t i = 0; i < size.lanes; ++i) {
      last = step([&](auto& e) { epochs.prepared(n, e); });
    }
    return last;
  }
  coordinator_effects deliver(base::epoch n) {
    coordinator_effects last;
    for (std::size_t i = 0; i < size.lanes; ++i) {
      last = step([&](auto& e) { epochs.delivered(n, e); });
    }
    return last;
  }
  template <class Step>
  static coordinator_effects step(Step&& advance) {
    coordinator_effects effects;
    advance(effects);
    return effects;
  }

  members size;
  coordinator epochs;
};

constexpr members some{.readers = 2, .shards = 3, .lanes = 2};

TEST_CASE("epochs go from idle over started and complete, and nowhere else") {
  using enum epoch_state;
  const std::vector<std::pair<epoch_state, epoch_state>> edges{
      {idle, started}, {started, complete}, {complete, idle}, {complete, started}};
  for (const auto from : {idle, started, complete}) {
    for (const auto to : {idle, started, complete}) {
      const bool wanted = std::ranges::find(edges, std::pair{from, to}) != edges.end();
      CAPTURE(to_text(from));
      CAPTURE(to_text(to));
      CHECK(is_edge(from, to) == wanted);
    }
  }
}

TEST_CASE("an epoch is complete when every reader, shard and lane has passed it, not before") {
  steered run{some};
  CHECK(run.want().start == first);
  CHECK(run.epochs.state() == epoch_state::started);
  // 2 + 3 + 2 words, in any order; only the last one makes it complete.
  std::mt19937_64 chance{3};
  std::string words = "rrsssll";
  std::ranges::shuffle(words, chance);
  coordinator_effects effects;
  for (const char word : words) {
    CHECK_FALSE(effects.complete.has_value());
    CHECK(run.epochs.last_complete() == base::epoch{0});
    effects = steered::step([&](auto& e) {
      word == 'r' ? run.epochs.cut(first, e)
                  : (word == 's' ? run.epochs.passed(first, e) : run.epochs.prepared(first, e));
    });
  }
  CHECK(effects.complete == first);
  CHECK(run.epochs.state() == epoch_state::complete);
  CHECK(run.epochs.last_complete() == first);
  CHECK_FALSE(effects.start.has_value());
}

TEST_CASE("only one epoch runs; what is wanted meanwhile starts when it is complete") {
  steered run{some};
  run.want();
  CHECK_FALSE(run.want().start.has_value());
  CHECK_FALSE(run.want().start.has_value());
  const auto effects = run.pass(first);
  CHECK(effects.complete == first);
  CHECK(effects.start == second);
  CHECK_FALSE_MESSAGE(run.pass(second).start.has_value(), "wanted three times is wanted once");
}

TEST_CASE("at the bound of undelivered epochs none starts until the oldest is out") {
  static_assert(coordinator::max_undelivered == 2);
  steered run{some};
  run.want();
  run.pass(first);
  CHECK(run.want().start == second);
  run.pass(second);
  CHECK_FALSE(run.want().start.has_value());
  CHECK(run.epochs.newest() == second);
  const auto one_lane = steered::step([&](auto& e) { run.epochs.delivered(first, e); });
  CHECK_FALSE(one_lane.start.has_value());
  const auto both = steered::step([&](auto& e) { run.epochs.delivered(first, e); });
  CHECK(both.start == third);
}

TEST_CASE("an epoch that is delivered with nothing behind it leaves the coordinator idle") {
  steered run{some};
  run.want();
  run.pass(first);
  CHECK_FALSE(run.deliver(first).done);
  CHECK(run.epochs.state() == epoch_state::idle);
  CHECK(run.want().start == second);
}

TEST_CASE("finishing takes one more epoch, and the run is over when that is delivered") {
  steered run{some};
  run.want();
  CHECK_FALSE_MESSAGE(run.finish().start.has_value(),
                      "the epoch that runs began before everything had come out");
  CHECK(run.pass(first).start == second);
  CHECK_FALSE(run.deliver(first).done);
  CHECK_FALSE(run.pass(second).start.has_value());
  CHECK(run.deliver(second).done);
  CHECK_FALSE_MESSAGE(run.want().start.has_value(), "nothing starts behind the last epoch");
}

TEST_CASE("finishing waits for a slow lane as everybody does") {
  steered run{some};
  run.want();
  run.pass(first);
  run.want();
  run.pass(second);
  CHECK_FALSE(run.finish().start.has_value());
  CHECK(run.deliver(first).start == third);
  run.pass(third);
  CHECK_FALSE(run.deliver(second).done);
  CHECK(run.deliver(third).done);
}

TEST_CASE("the run finishes when every shard has finished and every reader has ended") {
  steered run{some};
  for (std::size_t i = 0; i < some.shards; ++i) {
    const auto effects = steered::step([&](auto& e) { run.epochs.shard_finished(e); });
    CHECK_FALSE(effects.start.has_value());
  }
  // A source that no stage reads keeps no shard from finishing, but its rejects still come.
  CHECK_FALSE(steered::step([&](auto& e) { run.epochs.reader_ended(e); }).start.has_value());
  CHECK(steered::step([&](auto& e) { run.epochs.reader_ended(e); }).start == first);
  run.pass(first);
  CHECK(run.deliver(first).done);
}

TEST_CASE("without lanes an epoch is out when it is complete") {
  steered run{{.readers = 1, .shards = 1, .lanes = 0}};
  run.want();
  CHECK(run.pass(first).complete == first);
  CHECK(run.epochs.state() == epoch_state::idle);
  run.finish();
  CHECK(run.pass(second).done);
}

}  // namespace
}  // namespace aisle::checkpoint
