// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/simulation.hpp"

#include <algorithm>
#include <csignal>
#include <deque>
#include <filesystem>
#include <memory>
#include <random>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/entity/scratch_state.hpp"
#include "runtime/flow/drift.hpp"
#include "runtime/io/source.hpp"
#include "runtime/node/wiring.hpp"
#include "tests/sim/memory_reader.hpp"
#include "tests/sim/post.hpp"

namespace aisle::sim {
namespace {

/// Turns after which a run counts as one that never ends.
constexpr std::uint64_t turns_max = 20'000'000;

// What the parties send to each other; as in runtime/node/protocol.hpp, by value.
struct event_credit {
  base::partition_id partition;
  std::uint32_t target = 0;
  flow::credit as_given;
  std::size_t shard = 0;
};
struct line_credit {
  std::size_t lane_of_sender = 0;
  flow::credit as_given;
  std::size_t lane = 0;
};
struct go_on {};
/// To the shard itself, when the store has the delta.
struct stored {
  std::shared_ptr<const entity::shard_delta> delta;
};
struct start_epoch {
  base::epoch epoch;
};
struct progress {
  std::size_t reader = 0;
  base::event_time at;
  bool has_more = true;
};
struct drift_limit {
  base::event_time at;
};
struct epoch_full {};
struct cut {
  base::epoch epoch;
};
struct passed {
  base::epoch epoch;
};
struct ended {};
struct finished {};
struct prepared {
  base::epoch epoch;
};
struct complete {
  base::epoch epoch;
};
struct write_outbox {
  std::size_t lane = 0;
  const checkpoint::outbox* box = nullptr;
};
struct written {
  base::epoch epoch;
};
struct delivered {
  base::epoch epoch;
};
using mail = std::variant<flow::event_message, flow::line_message, event_credit, line_credit, go_on,
                          stored, start_epoch, progress, drift_limit, epoch_full, cut, passed,
                          ended, finished, prepared, complete, write_outbox, written, delivered>;

struct reader_party {
  std::unique_ptr<io::source> source;
  /// What has come of its records so far.
  std::shared_ptr<std::size_t> arrived;
  std::optional<progress> told{};
  base::event_time limit = base::end_of_time;
  bool waits_for_mail = false;
  bool said_full = false;
};

struct shard_party {
  std::unique_ptr<entity::shard> shard;
  bool said_full = false;
  bool said_finished = false;
  bool going_on = false;
  std::shared_ptr<entity::kept_actors> kept{};
};

std::shared_ptr<entity::durable_state> make_beds() {
  auto file =
      base::scratch_file::open(std::filesystem::temp_directory_path(), std::size_t{1} << 30);
  base::check(file.has_value(), "there is a folder for temporary files");
  return std::make_shared<entity::scratch_state>(std::move(*file));
}

class simulation {
 public:
  simulation(const topology::plan& plan, const std::vector<feed>& feeds, const run_options& options,
             kept_world* world = nullptr)
      : plan_{plan},
        options_{options},
        wired_{
            node::wire(plan, {}, options.shards, base::system_clock(), {}, options.arrivals > 0)},
        chance_{options.seed},
        budget_{options.memory.value_or(0)},
        watch_{*wired_},
        drift_{wired_->readers.size(), plan.max_drift},
        epochs_{{.readers = wired_->readers.size(),
                 .shards = wired_->shards.size(),
                 .lanes = wired_->lanes.size()},
                world != nullptr ? world->complete : base::epoch{}},
        world_{world} {
    for (std::size_t r = 0; r < wired_->readers.size(); ++r) {
      const auto& with = wired_->readers[r].options;
      auto arrived = options.arrivals > 0 ? std::make_shared<std::size_t>(0) : nullptr;
      if (world_ != nullptr && world_->arrived.size() > r) {
        arrived = world_->arrived[r];
      }
      readers_.push_back({.source = std::make_unique<io::source>(
                              std::make_unique<memory_reader>(feeds.at(r), arrived),
                              flow::ingest{with, record::make_json_decoder(*with.contract)}),
                          .arrived = arrived});
    }
    if (world_ != nullptr) {
      begin_from_world();
      return;
    }
    for (auto& shard : wired_->shards) {
      if (options.memory) {
        shard.options.rest = {.beds = make_beds(), .budget = &budget_, .after = std::nullopt};
      }
      shards_.push_back({.shard = std::make_unique<entity::shard>(shard.options)});
    }
    for (const auto& lane : wired_->lanes) {
      lanes_.push_back(checkpoint::make_lane(lane.delivery, lane.origins.size(), 0));
    }
    files_.resize(lanes_.size());
  }

  /// False when the world was thrown away.
  bool live() {
    const auto dies_at = world_->crashes_left > 0 ? 1 + chance_() % options_.life : turns_max + 1;
    std::uint64_t stalls_in_a_row = 0;
    while (!over_) {
      if (++turns_ == dies_at) {
        return false;
      }
      ++now_;
      if (turns_ >= turns_max) {
        throw broken{"the run does not end"};
      }
      if (happens(options_.ticks)) {
        tick();
      }
      if (happens(0.05)) {
        world_->shards[one_of(shards_.size())]->fold(world_->complete);
      }
      if (take_turn()) {
        stalls_in_a_row = 0;
      } else if (!over_) {
        ++stalls_;
        if (++stalls_in_a_row > 2) {
          throw broken{"nobody can do anything any more, and the run is not over"};
        }
        tick();
      }
    }
    return true;
  }

  outcome go() {
    std::uint64_t stalls_in_a_row = 0;
    while (!over_) {
      ++now_;
      if (++turns_ > turns_max) {
        throw broken{"the run does not end"};
      }
      if (options_.stop_after && turns_ == *options_.stop_after) {
        with_coordinator([](auto& epochs, auto& effects) { epochs.finish(effects); });
      }
      if (happens(options_.ticks)) {
        tick();
      }
      if (take_turn()) {
        stalls_in_a_row = 0;
        continue;
      }
      if (over_) {
        break;
      }
      ++stalls_;
      if (++stalls_in_a_row > 2) {
        throw broken{"nobody can do anything any more, and the run is not over"};
      }
      tick();
    }
    return result();
  }

  outcome result() {
    made_.late_records.assign(wired_->stages.size(), 0);
    for (std::size_t s = 0; s < shards_.size(); ++s) {
      made_.quarantined_actors += shards_[s].shard->host().quarantined_actors();
      for (const auto late : shards_[s].shard->host().late_by_behaviour()) {
        made_.late_records[wired_->shards[s].stage] += late;
      }
    }
    for (const auto& sink : plan_.sinks) {
      made_.lines[sink.name];
    }
    for (std::size_t l = 0; l < lanes_.size(); ++l) {
      auto& lines = made_.lines[plan_.sinks[wired_->lanes[l].sink].name];
      std::string_view rest = file(l);
      while (!rest.empty()) {
        const auto end = rest.find('\n');
        lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
      }
    }
    for (auto& [sink, lines] : made_.lines) {
      std::ranges::sort(lines);
    }
    made_.peaks = watch_.peaks();
    made_.epochs = epochs_.last_complete().get();
    made_.turns = turns_;
    made_.stalls = stalls_;
    return std::move(made_);
  }

 private:
  // ---- kept and begun again --------------------------------------------------------------------

  void begin_from_world() {
    auto& world = *world_;
    const bool anew = world.complete == base::epoch{};
    if (world.shards.empty()) {
      for (std::size_t s = 0; s < wired_->shards.size(); ++s) {
        world.shards.push_back(std::make_unique<shard_store>());
      }
      world.sources.resize(readers_.size());
      world.lanes.resize(wired_->lanes.size());
      for (const auto& reader : readers_) {
        world.arrived.push_back(reader.arrived);
      }
    }
    watch_.begins_at(world.complete);
    for (std::size_t l = 0; l < world.lanes.size(); ++l) {
      const auto how = wired_->lanes[l].delivery;
      auto& kept = world.lanes[l];
      kept.recover(world.complete);
      if (how == checkpoint::delivery::immediate) {
        kept.begins_at = static_cast<std::int64_t>(kept.file.size());
      } else if (kept.file.size() != static_cast<std::size_t>(kept.begins_at)) {
        throw broken{fmt::format("lane {}: {} bytes are written, {} are complete", l,
                                 kept.file.size(), kept.begins_at)};
      }
      lanes_.push_back(checkpoint::make_lane(how, wired_->lanes[l].origins.size(), kept.begins_at,
                                             world.complete));
    }
    for (std::size_t s = 0; s < wired_->shards.size(); ++s) {
      begin_shard(s, anew);
    }
    for (std::size_t r = 0; r < readers_.size(); ++r) {
      auto& source = *readers_[r].source;
      source.keep_track();
      world.sources[r].crash(world.complete);
      if (!anew && !source.begin(world.sources[r].beginning(options_.leaves_out))) {
        throw broken{"a reader cannot go on where it was"};
      }
    }
  }

  void begin_shard(std::size_t s, bool anew) {
    auto& kept = *world_->shards[s];
    kept.crash(world_->complete);
    kept.has_no_timers = options_.leaves_out == mutation::forget_timers;
    const std::shared_ptr<const entity::actor_store> store{&kept, [](const auto*) {}};
    auto actors = std::make_shared<entity::kept_actors>(store);
    auto options = wired_->shards[s].options;
    options.rest = {.beds = nullptr,
                    .budget = options_.memory ? &budget_ : nullptr,
                    .after = std::nullopt,
                    .kept = actors,
                    .changes_max = options_.changes_max};
    if (anew) {
      shards_.push_back({.shard = std::make_unique<entity::shard>(options), .kept = actors});
      return;
    }
    auto from = kept.beginning(*options.stage, options_.leaves_out);
    world_->pages_found += from.pages.size();
    world_->actors_found += kept.size();
    auto facts = from.facts;
    auto shard = std::make_unique<entity::shard>(options, std::move(from));
    watch_.shard_begins(s, facts, shard->rows_held());
    if (shard->watermark() < facts.rows.released) {
      throw broken{fmt::format("shard {}: its watermark went back", s)};
    }
    shards_.push_back({.shard = std::move(shard), .going_on = true, .kept = actors});
    post_.send({role::shard, s}, {role::shard, s}, go_on{});
  }

  void hear(std::size_t s, const stored& what) {
    world_->shards[s]->prepare(what.delta, options_.leaves_out);
    world_->pages += what.delta->pages.size();
    if (happens(0.5)) {
      shards_[s].kept->stored(what.delta->facts.epoch);
    }
    post_.send({role::shard, s}, coordinator, passed{what.delta->facts.epoch});
  }

  [[nodiscard]] std::string& file(std::size_t l) {
    return world_ != nullptr ? world_->lanes[l].file : files_[l];
  }

  // ---- whose turn it is ------------------------------------------------------------------------

  [[nodiscard]] bool happens(double probability) {
    return std::uniform_real_distribution<>{0, 1}(chance_) < probability;
  }
  [[nodiscard]] std::size_t one_of(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>{0, count - 1}(chance_);
  }
  static double speed(const std::vector<double>& speeds, std::size_t i) {
    return i < speeds.size() ? speeds[i] : 1.0;
  }
  [[nodiscard]] double speed_of(party who) const {
    switch (who.role) {
      case role::reader:
        return speed(options_.source_speed, who.number);
      case role::lane:
        return speed(options_.lane_speed, wired_->lanes[who.number].sink);
      case role::writer:
        return speed(options_.writer_speed, who.number);
      case role::shard:
      case role::coordinator:
        return 1.0;
    }
    return 1.0;
  }

  /// A reader or the head of a queue, picked by chance, has its turn, unless it is too slow this
  /// time. False when nobody could.
  bool take_turn() {
    std::vector<std::size_t> able;
    for (std::size_t r = 0; r < readers_.size(); ++r) {
      if (!readers_[r].waits_for_mail) {
        able.push_back(r);
      }
    }
    const auto choices = able.size() + post_.queues();
    if (choices == 0) {
      return false;
    }
    const auto choice = one_of(choices);
    if (choice < able.size()) {
      if (happens(speed(options_.source_speed, able[choice]))) {
        turn_of_reader(able[choice]);
      }
      return true;
    }
    const auto queue = choice - able.size();
    if (happens(speed_of(post_.receiver(queue)))) {
      const auto to = post_.receiver(queue);
      deliver(to, post_.take(queue));
    }
    return true;
  }

  void deliver(party to, mail what) {
    std::visit([&](auto& m) { hear(to.number, m); }, what);
  }

  // ---- readers: runtime/node/reader_actor.cpp --------------------------------------------------

  void turn_of_reader(std::size_t r) {
    auto& reader = readers_[r];
    io::source_effects effects;
    const bool looks_again = reader.source->caught_up() && happens(0.5);
    if (looks_again && happens(options_.arrivals)) {
      *reader.arrived += 1 + one_of(options_.burst);
    }
    if (looks_again || (reader.source->can_read() && !happens(options_.early_flushes))) {
      reader.source->read(1 + one_of(options_.records_per_turn), effects);
      reader.source->observe(now_);
    } else {
      reader.waits_for_mail = !reader.source->can_read() && !reader.source->caught_up();
      reader.source->observe(now_);
      reader.source->before_waiting(effects);
    }
    carry_out(r, effects);
    tell_progress(r);
    check_idle(r);
  }

  void tell_progress(std::size_t r) {
    auto& reader = readers_[r];
    const progress now{r, reader.source->slowest(),
                       !reader.source->ended() && !reader.source->caught_up()};
    if (plan_.max_drift &&
        (!reader.told || reader.told->at != now.at || reader.told->has_more != now.has_more)) {
      reader.told = now;
      post_.send({role::reader, r}, coordinator, now);
    }
    made_.drift_waits += now.has_more && now.at > reader.limit ? 1U : 0U;
  }

  /// Who is idle waits for nothing but records.
  void check_idle(std::size_t r) const {
    const auto& source = *readers_[r].source;
    if (source.idle_partitions() > 0 && (source.held_up() || !source.caught_up()) &&
        !source.ended()) {
      throw broken{fmt::format("reader {} is idle although it may have more to read", r)};
    }
  }

  void hear(std::size_t r, const drift_limit& limit) {
    readers_[r].limit = limit.at;
    readers_[r].source->pause_beyond(limit.at);
    readers_[r].waits_for_mail = false;
  }

  void hear(std::size_t r, const event_credit& credit) {
    watch_.event_credit_arrived(credit.shard, credit.as_given.channel, credit.as_given.messages);
    readers_[r].source->credit(credit.partition, credit.target, credit.as_given.messages);
    readers_[r].waits_for_mail = false;
  }

  void hear(std::size_t r, const start_epoch& start) {
    io::source_effects effects;
    readers_[r].source->start(start.epoch, now_, effects);
    made_.declared_idle += effects.declared_idle;
    carry_out(r, effects);
    readers_[r].waits_for_mail = false;
  }

  void carry_out(std::size_t r, io::source_effects& effects) {
    const party self{role::reader, r};
    for (auto& [target, message] : effects.messages) {
      const auto shard = wired_->readers[r].shards[target];
      watch_.event_sent(shard, message);
      post_.send(self, {role::shard, shard}, std::move(message));
    }
    for (auto& [lane, message] : effects.lines) {
      send_lines(self, wired_->readers[r].lanes[lane], std::move(message));
    }
    if (effects.cut) {
      readers_[r].said_full = false;
      post_.send(self, coordinator, cut{*effects.cut});
      source_counts_at_cut_.resize(readers_.size());
      source_counts_at_cut_[r] = effects.counts_at_barrier;
      if (effects.delta) {
        world_->sources[r].prepare(*effects.delta);
      }
    }
    if (effects.epoch_full && !std::exchange(readers_[r].said_full, true)) {
      post_.send(self, coordinator, epoch_full{});
    }
    if (effects.ended) {
      post_.send(self, coordinator, ended{});
    }
    if (effects.failed) {
      throw broken{effects.failed->message};
    }
    watch_.reader_stepped(r, readers_[r].source->counts());
  }

  void send_lines(party from, std::size_t lane, flow::line_message message) {
    watch_.line_sent(lane, message);
    post_.send(from, {role::lane, lane}, std::move(message));
  }

  // ---- shards: runtime/node/shard_actor.cpp ----------------------------------------------------

  void hear(std::size_t s, flow::event_message& message) {
    watch_.event_arrived(s, message);
    entity::shard_effects effects;
    shards_[s].shard->accept(std::move(message), effects);
    work(s, std::move(effects));
  }

  void hear(std::size_t s, const go_on&) {
    shards_[s].going_on = false;
    work(s, {});
  }

  /// To a reader or a shard: whoever sent on that channel.
  void hear(std::size_t /*by number*/, const line_credit& credit) {
    watch_.line_credit_arrived(credit.lane, credit.as_given.channel, credit.as_given.messages);
    const auto& origin = wired_->lanes[credit.lane].origins[credit.as_given.channel.get()];
    if (origin.is_reader) {
      readers_[origin.sender].source->lane_credit(origin.lane, credit.as_given.messages);
      readers_[origin.sender].waits_for_mail = false;
      return;
    }
    shards_[origin.sender].shard->credit(origin.lane, credit.as_given.messages);
    work(origin.sender, {});
  }

  void work(std::size_t s, entity::shard_effects effects) {
    auto& party = shards_[s];
    party.shard->run(1 + one_of(options_.work_per_turn), effects);
    carry_out(s, effects);
    if (effects.more && !std::exchange(party.going_on, true)) {
      post_.send({role::shard, s}, {role::shard, s}, go_on{});
    }
    if (party.shard->state() == entity::shard_state::finished &&
        !std::exchange(party.said_finished, true)) {
      post_.send({role::shard, s}, coordinator, finished{});
    }
  }

  void carry_out(std::size_t s, entity::shard_effects& effects) {
    const party self{role::shard, s};
    for (const auto& credit : effects.credits) {
      const auto& origin = wired_->shards[s].origins[credit.channel.get()];
      post_.send(self, {role::reader, origin.reader},
                 event_credit{origin.partition, origin.target, credit, s});
    }
    for (auto& [lane, message] : effects.lines) {
      send_lines(self, wired_->shards[s].lanes[lane], std::move(message));
    }
    if (effects.passed) {
      shards_[s].said_full = false;
      watch_.shard_passed(s, *effects.passed, effects.counts_at_barrier);
      if (effects.delta) {
        post_.send(self, self, stored{effects.delta});
      } else {
        post_.send(self, coordinator, passed{*effects.passed});
      }
      stage_counts_at_cut_.resize(shards_.size());
      stage_counts_at_cut_[s] = effects.counts_at_barrier;
    }
    made_.cut_waits += shards_[s].shard->host().waits_for_cut() ? 1U : 0U;
    if (effects.epoch_full && !std::exchange(shards_[s].said_full, true)) {
      post_.send(self, coordinator, epoch_full{});
    }
    if (effects.gone) {
      throw broken{fmt::format("shard {}: {}", s, *effects.gone)};
    }
    watch_.shard_stepped(s, *shards_[s].shard);
  }

  // ---- lanes and writers: runtime/node/lane_actor.cpp ------------------------------------------

  void hear(std::size_t l, flow::line_message& message) {
    checkpoint::lane_effects effects;
    lanes_[l]->accept(std::move(message), effects);
    carry_out(l, effects);
  }

  void hear(std::size_t l, const complete& c) {
    checkpoint::lane_effects effects;
    lanes_[l]->complete(c.epoch, effects);
    carry_out(l, effects);
  }

  void hear(std::size_t l, const written& w) {
    checkpoint::lane_effects effects;
    lanes_[l]->written(w.epoch, effects);
    carry_out(l, effects);
  }

  void carry_out(std::size_t l, checkpoint::lane_effects& effects) {
    const party self{role::lane, l};
    for (const auto& credit : effects.credits) {
      const auto& origin = wired_->lanes[l].origins[credit.channel.get()];
      post_.send(self, {origin.is_reader ? role::reader : role::shard, origin.sender},
                 line_credit{origin.lane, credit, l});
    }
    if (effects.prepared) {
      watch_.lane_prepared(l, *effects.prepared);
      keep_outbox(l, *effects.prepared);
      post_.send(self, coordinator, prepared{*effects.prepared});
    }
    for (const auto* box : effects.deliver) {
      post_.send(self, {role::writer, wired_->lanes[l].sink}, write_outbox{l, box});
    }
    if (effects.delivered) {
      post_.send(self, coordinator, delivered{*effects.delivered});
    }
    if (effects.gone) {
      throw broken{fmt::format("lane {}: {}", l, *effects.gone)};
    }
    watch_.lane_stepped(l, *lanes_[l]);
  }

  void keep_outbox(std::size_t l, base::epoch n) {
    const auto* const lane = dynamic_cast<const checkpoint::epoch_lane*>(lanes_[l].get());
    if (world_ == nullptr || lane == nullptr) {
      return;
    }
    for (const auto& box : lane->outboxes()) {
      if (box.epoch == n) {
        world_->lanes[l].outboxes.push_back(box);
      }
    }
  }

  void hear(std::size_t writer, const write_outbox& what) {
    watch_.outbox_written(what.lane, *what.box, file(what.lane).size());
    file(what.lane) += what.box->bytes;
    post_.send({role::writer, writer}, {role::lane, what.lane}, written{what.box->epoch});
  }

  // ---- the coordinator: runtime/node/coordinator_actor.cpp -------------------------------------

  template <class Step>
  void with_coordinator(Step&& step) {
    checkpoint::coordinator_effects effects;
    step(epochs_, effects);
    watch_.coordinator_stepped(epochs_);
    if (effects.complete) {
      if (world_ != nullptr) {
        world_->complete = *effects.complete;
      }
      counts_are(source_counts_at_cut_, stage_counts_at_cut_);
      for (std::size_t l = 0; l < lanes_.size(); ++l) {
        post_.send(coordinator, {role::lane, l}, complete{*effects.complete});
      }
    }
    if (effects.start) {
      for (std::size_t r = 0; r < readers_.size(); ++r) {
        post_.send(coordinator, {role::reader, r}, start_epoch{*effects.start});
      }
    }
    over_ = over_ || effects.done;
  }

  void hear(std::size_t, const progress& p) {
    drift_.told(p.reader, p.at, p.has_more);
    const auto limit = drift_.limit();
    if (limit == std::exchange(told_limit_, limit)) {
      return;
    }
    for (std::size_t r = 0; r < readers_.size(); ++r) {
      post_.send(coordinator, {role::reader, r}, drift_limit{limit});
    }
  }

  void tick() {
    with_coordinator([](auto& epochs, auto& effects) { epochs.want_epoch(effects); });
  }
  void hear(std::size_t, const epoch_full&) { tick(); }
  void hear(std::size_t, const cut& c) {
    with_coordinator([&](auto& epochs, auto& effects) { epochs.cut(c.epoch, effects); });
  }
  void hear(std::size_t, const passed& p) {
    with_coordinator([&](auto& epochs, auto& effects) { epochs.passed(p.epoch, effects); });
  }
  void hear(std::size_t, const prepared& p) {
    with_coordinator([&](auto& epochs, auto& effects) { epochs.prepared(p.epoch, effects); });
  }
  void hear(std::size_t, const delivered& d) {
    with_coordinator([&](auto& epochs, auto& effects) { epochs.delivered(d.epoch, effects); });
  }
  void hear(std::size_t, const ended&) {
    with_coordinator([](auto& epochs, auto& effects) { epochs.reader_ended(effects); });
  }
  void hear(std::size_t, const finished&) {
    with_coordinator([](auto& epochs, auto& effects) { epochs.shard_finished(effects); });
  }

  // ---- what came of it -------------------------------------------------------------------------

  /// The counts of the newest complete epoch are the counts of the run.
  void counts_are(const std::vector<flow::source_counts>& sources,
                  const std::vector<entity::stage_counts>& shards) {
    made_.sources = sources;
    made_.stages.assign(wired_->stages.size(), {});
    for (std::size_t s = 0; s < shards.size(); ++s) {
      made_.stages[wired_->shards[s].stage] += shards[s];
    }
  }

  static constexpr party coordinator{role::coordinator, 0};

  const topology::plan& plan_;
  const run_options& options_;
  std::unique_ptr<node::wiring> wired_;
  std::mt19937_64 chance_;
  entity::memory_budget budget_;
  invariants watch_;
  flow::drift drift_;
  base::event_time told_limit_ = base::end_of_time;
  /// A millisecond a turn.
  base::duration now_{0};
  checkpoint::coordinator epochs_;
  /// Null: nothing is kept.
  kept_world* world_;
  std::vector<reader_party> readers_;
  std::vector<shard_party> shards_;
  std::vector<std::unique_ptr<checkpoint::lane>> lanes_;
  /// By lane: what its file holds.
  std::vector<std::string> files_;
  post<mail> post_;
  std::vector<flow::source_counts> source_counts_at_cut_;
  std::vector<entity::stage_counts> stage_counts_at_cut_;
  outcome made_;
  std::uint64_t turns_ = 0;
  std::uint64_t stalls_ = 0;
  bool over_ = false;
};

}  // namespace

outcome run(const topology::plan& plan, const std::vector<feed>& feeds,
            const run_options& options) {
  if (options.crashes) {
    kept_world world{.crashes_left = *options.crashes};
    for (auto life = options;; ++life.seed) {
      simulation one{plan, feeds, life, &world};
      if (one.live()) {
        auto made = one.result();
        made.crashes = world.crashes;
        made.pages_found = world.pages_found;
        made.actors_found = world.actors_found;
        return made;
      }
      --world.crashes_left;
      ++world.crashes;
    }
  }
  return simulation{plan, feeds, options}.go();
}

}  // namespace aisle::sim
