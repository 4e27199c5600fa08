// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entity/key_hosts.hpp"
#include "runtime/entity/output.hpp"
#include "runtime/entity/shard_delta.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/flow/alignment.hpp"
#include "runtime/flow/message.hpp"
#include "runtime/flow/reorder.hpp"
#include "runtime/flow/sender.hpp"
#include "runtime/flow/watermarks.hpp"

namespace aisle::entity {

/// One end of a channel, as its shard knows it.
struct inlet {
  base::source_id source;
  /// Channels of one reader share a group (see flow::watermarks).
  std::uint32_t group = 0;
};

/// The lanes [first, first + count) of one sink, as the shard numbers them.
struct sink_lanes {
  std::size_t first = 0;
  std::size_t count = 0;
  /// Which decisions it takes; null: everything.
  std::shared_ptr<const decision_filter> where{};
  /// Its records lie in a topic with a key and headers: it gets output::frame.
  bool framed = false;

  [[nodiscard]] bool take(const output& made) const {
    return where == nullptr || made.labels == nullptr || where->takes(*made.labels);
  }
};

struct shard_options {
  const entity::stage* stage = nullptr;
  flow::reorder::mode order = flow::reorder::mode::sorted;
  std::vector<inlet> inlets;
  /// The channels to all lanes of all sinks this shard feeds.
  std::vector<flow::channel> lanes;
  /// By output kind: the sinks that take it.
  std::array<std::vector<sink_lanes>, output_kinds> sinks;
  /// Bytes of output between two barriers, beyond which the shard waits for the next barrier, so
  /// that no epoch outgrows the memory of a lane.
  std::size_t epoch_bytes_max = 8 << 20;
  /// Where and when its actors sleep.
  resting rest;
  /// Every key has an actor of its own, at most so many; none: the shard hosts them.
  std::optional<std::size_t> keys_max;
  /// Who works for these actors; null: the shard's own thread.
  std::shared_ptr<crew> workers;
};

/// What a shard asks to be done, in order, after a step.
struct shard_effects {
  std::vector<flow::credit> credits;
  std::vector<flow::line_sender::addressed> lines;
  /// This barrier was passed on; the counts are those of everything before it.
  std::optional<base::epoch> passed;
  stage_counts counts_at_barrier;
  /// What changed since the barrier before; only where shard_options::rest says what is kept. There
  /// it is pending already, until kept_actors::stored.
  std::shared_ptr<const shard_delta> delta;
  /// The shard waits for a barrier before it goes on: an epoch should start soon.
  bool epoch_full = false;
  /// There is more to do without further input.
  bool more = false;
  /// A channel broke its contract: what it says is lost. The topology cannot go on from here.
  std::optional<std::string> gone;
};

/// One shard of a stage: takes messages, keeps order, aligns barriers, drives its actors, sends
/// their outputs on.
///
/// A message is *accepted* at once (rows into the reorder buffer, watermark merged, barrier
/// aligned) and *worked off* one row or timer at a time, only while there is room for outputs. So a
/// barrier never waits behind work that waits for room, and room never depends on a barrier that
/// waits.
class shard {
 public:
  explicit shard(shard_options options);
  /// Goes on as the shard that was cut so; `run` works off what it had not. Needs resting::kept.
  shard(shard_options options, shard_beginning from);

  void accept(flow::event_message message, shard_effects& effects);
  void credit(std::size_t lane, std::uint32_t messages) { lines_.give(lane, messages); }
  /// Behind barrier `from` the tables of the stage are these, in the order of stage::tables. Told
  /// before that barrier comes.
  void know(base::epoch from, known_tables tables) {
    next_tables_ = {.from = from, .tables = std::move(tables)};
  }
  /// Works off what is ready, at most `budget` rows and timers.
  void run(std::size_t budget, shard_effects& effects);

  [[nodiscard]] shard_state state() const { return state_; }
  [[nodiscard]] const hosting& host() const { return *host_; }
  [[nodiscard]] const entity::stage& stage() const { return *options_.stage; }
  bool release(std::string_view key) { return host_->release(key); }
  [[nodiscard]] base::event_time watermark() const { return watermarks_.merged(); }
  /// Outputs made since `forget_made`.
  [[nodiscard]] const made_counts& made() const { return made_counts_; }
  void forget_made() {
    made_before_ += made_counts_;
    made_counts_ = {};
  }
  /// Rows held back for order.
  [[nodiscard]] std::size_t rows_held() const { return rows_.size(); }

 private:
  struct inlet_state {
    base::sequence last;
    bool ended = false;
    /// Idle behind the barrier that is being aligned.
    bool goes_idle = false;
    /// Credits not given back yet.
    std::uint32_t held = 0;
    /// Messages that came after this channel's barrier of the epoch being aligned.
    std::deque<flow::event_message> parked;
  };

  void take(flow::event_message message, shard_effects& effects);
  void take_rows(flow::event_message& message);
  void rest_idle();
  void cut(base::epoch n, shard_effects& effects);
  void freeze(base::epoch n, shard_effects& effects);
  /// The number under which the shard is kept.
  [[nodiscard]] std::uint32_t layout() const {
    return options_.rest.layouts ? options_.rest.layouts->own : 0;
  }
  [[nodiscard]] shard_facts facts(base::epoch n) const;
  void unpark(shard_effects& effects);
  void give_back(flow::channel to, std::uint32_t messages, shard_effects& effects);
  void let_slowest_on(shard_effects& effects);
  [[nodiscard]] bool may_work() const;
  /// Does one piece of work; false when there is none.
  bool work(shard_effects& effects);
  void work_row(shard_effects& effects);
  void fetch_ahead() const;
  [[nodiscard]] bool timer_is_next() const;
  /// Timers due up to here may fire.
  [[nodiscard]] base::event_time timers_until() const;
  void advance_state();
  void route();

  shard_options options_;
  std::unique_ptr<hosting> host_;
  flow::alignment alignment_;
  flow::watermarks watermarks_;
  flow::reorder rows_;
  flow::line_sender lines_;
  std::vector<inlet_state> inlets_;
  struct table_versions {
    base::epoch from;
    known_tables tables;
  };
  std::optional<table_versions> next_tables_;
  shard_state state_ = shard_state::working;
  base::event_time highest_ = base::beginning_of_time;
  std::size_t ended_ = 0;
  outputs made_;
  made_counts made_counts_;
  /// What `forget_made` forgot.
  made_counts made_before_;
  base::epoch tables_since_;
};

}  // namespace aisle::entity
