// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/kept_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/node/source_keeping.hpp"
#include "tests/sim/invariants.hpp"

namespace aisle::sim {
namespace {

constexpr std::size_t records = 300;
constexpr std::uint64_t keys = 25;
/// Enough for all that is to be done, however unlucky the order.
constexpr std::uint64_t steps_max = 100'000;

void require(bool holds, const std::string& what) {
  if (!holds) {
    throw broken{what};
  }
}

std::size_t shard_of(const std::string& key) {
  return base::shard_of(base::slot_of(base::hash64(key)), kept_run::lanes).get();
}

}  // namespace

/// What a courier writes to; fails and dies by chance.
class kept_run::sink_of final : public checkpoint::delivery_sink {
 public:
  sink_of(kept_run& run, std::size_t lane) : run_{run}, to_{run.sinks_[lane]} {}

  checkpoint::sink_end fence() override { return fails() ? failed() : checkpoint::sink_end::done; }
  std::expected<std::optional<checkpoint::marker>, checkpoint::sink_end> read_marker(
      control::attempt delivered_to) override {
    if (fails()) {
      return std::unexpected{failed()};
    }
    return to_.keeps_marker ? to_.marker : checkpoint::marker{.attempt = delivered_to, .part = 0};
  }
  checkpoint::sink_end write_first_marker() override {
    to_.marker = checkpoint::marker{};
    return checkpoint::sink_end::done;
  }
  checkpoint::sink_end write(const checkpoint::outbox_part& part) override {
    const auto from = static_cast<std::size_t>(part.start_offset);
    require(from <= to_.out.size(), "a delivery leaves a hole in the output");
    auto bytes = part.bytes;
    const bool is_failing = fails();
    const bool dies = !is_failing && run_.any(12) == 0;
    const bool happens = !is_failing || run_.any(2) == 0;
    if (dies) {
      ++run_.counts_.torn_writes;
      run_.dies_ = true;
      bytes = to_.keeps_marker ? (run_.any(2) == 0 ? bytes : std::string_view{})
                               : bytes.substr(0, run_.any(bytes.size() + 1));
    }
    if (happens && !bytes.empty()) {
      to_.out.resize(std::max(to_.out.size(), from + bytes.size()));
      to_.out.replace(from, bytes.size(), bytes);
      to_.marker = checkpoint::marker{.attempt = part.outbox.attempt, .part = part.part};
    }
    return is_failing ? failed() : checkpoint::sink_end::done;
  }
  std::string why() const override { return "by chance"; }

 private:
  [[nodiscard]] bool fails() { return run_.any(10) == 0; }
  checkpoint::sink_end failed() {
    ++run_.counts_.failed_writes;
    return checkpoint::sink_end::failed;
  }

  kept_run& run_;
  kept_sink& to_;
};

class kept_run::process {
 public:
  explicit process(kept_run& run) : run_{run} {
    auto opened = node::kept_state::open(
        run.plan_, run.wired_, {.folder = run.folder_.path(), .shards = 1, .partitions = {1}},
        run.ids_);
    require(opened.has_value(), opened ? "" : opened.error().text);
    kept_ = std::move(*opened);
    if (kept_->goes_on()) {
      const auto source = kept_->load_source(0);
      require(source.has_value(), source ? "" : source.error());
      read_ = static_cast<std::size_t>(source->facts.positions[0].ordinal.get());
      const auto& logged = kept_->member().log().state().sources;
      require(logged.size() == 1 && logged[0].next.get() == static_cast<std::int64_t>(read_),
              "the source goes on from another place than the log says");
    }
    for (std::size_t i = 0; i < lanes; ++i) {
      begin_lane(i);
      shards_[i].store = kept_->store_of(i);
    }
    check_counts();
  }

  /// Nothing is left of the run.
  [[nodiscard]] bool over() const { return over_; }

  /// One thing of those that could be next.
  void step() {
    switch (run_.any(8)) {
      case 0:
      case 1:
        return read_some();
      case 2:
      case 3:
        return write_state();
      case 4:
        return deliver(run_.any(lanes));
      case 5:
        return go_on_with_barrier();
      case 6:
        return flush(run_.any(lanes));
      default:
        return change_epoch();
    }
  }

  /// Brings out what was complete when this process began: exactly that is out then.
  void catch_up() {
    for (std::size_t i = 0; i < lanes; ++i) {
      while (lanes_[i].courier->has_work()) {
        deliver(i);
        if (run_.dies_) {
          return;
        }
      }
      require(run_.sinks_[i].out == run_.expected(i, read_),
              fmt::format("lane {} has not exactly what is complete", i));
    }
  }

 private:
  struct counting {
    std::unique_ptr<checkpoint::kept_store> store;
    std::map<std::string, std::uint64_t> memory;
    std::set<std::string> changed;
    std::string lines;
  };
  struct sending {
    std::shared_ptr<checkpoint::lane> lane;
    checkpoint::lane_note note;
    std::map<base::epoch, checkpoint::outbox_head> heads;
    std::unique_ptr<checkpoint::courier> courier;
    base::sequence last;
    control::attempt trimmed;
  };
  using effects = checkpoint::sole_effects;

  void begin_lane(std::size_t i) {
    auto& to = lanes_[i];
    node::kept_lane from;
    if (kept_->goes_on()) {
      auto loaded = kept_->load_lane(i);
      require(loaded.has_value(), loaded ? "" : loaded.error());
      from = *std::move(loaded);
    }
    require(static_cast<std::size_t>(from.delivered_bytes) <= run_.sinks_[i].out.size(),
            "more is said to be out than is");
    to.note = from.note;
    to.lane = checkpoint::make_lane(checkpoint::delivery::exactly_once, 1, from.note.end,
                                    kept_->from().epoch);
    to.courier = std::make_unique<checkpoint::courier>(
        std::make_unique<sink_of>(run_, i), [this, i](control::attempt of, std::uint32_t part) {
          ++run_.counts_.from_store;
          return kept_->outbox_part(i, of, part);
        });
    to.courier->assigned(from.memory, kept_->from());
  }

  /// What is kept is what an undisturbed run would have counted by then.
  void check_counts() {
    std::map<std::string, std::uint64_t> wanted;
    for (std::size_t r = 0; r < read_; ++r) {
      ++wanted[run_.input_[r]];
    }
    std::map<std::string, std::uint64_t> found;
    for (const auto& shard : shards_) {
      shard.store->each(0, [&](const entity::kept_state& one) {
        found[std::string{one.key}] = std::stoull(std::string{one.bytes});
        return true;
      });
    }
    require(found == wanted, "the state is not that of the records before it");
  }

  void read_some() {
    for (auto n = run_.any(8); n > 0 && barrier_.empty() && read_ < records; --n) {
      const auto& key = run_.input_[read_++];
      auto& shard = shards_[shard_of(key)];
      auto& count = shard.memory.try_emplace(key, 0).first->second;
      if (count == 0) {
        const auto kept = shard.store->get(base::hash64(key), key);
        count = kept ? std::stoull(std::string{*kept}) : 0;
      }
      ++count;
      shard.changed.insert(key);
      shard.lines += fmt::format("{} {}\n", key, count);
    }
    if (read_ == records && !std::exchange(ended_, true)) {
      act([&](auto& member, auto& next) { member.reader_ended({}, next); });
      for (std::size_t i = 0; i < lanes; ++i) {
        act([&](auto& member, auto& next) { member.shard_finished({}, next); });
      }
    }
  }

  /// Lines go to the lane before the barrier, or with it.
  void flush(std::size_t i, std::optional<base::epoch> barrier = {}) {
    auto& to = lanes_[i];
    if (shards_[i].lines.empty() && !barrier) {
      return;
    }
    to.last = to.last.next();
    checkpoint::lane_effects next;
    to.lane->accept({.channel = {},
                     .sequence = to.last,
                     .lines = std::exchange(shards_[i].lines, {}),
                     .records = 1,
                     .barrier = barrier},
                    next);
    require(!next.gone, "a lane lost its channel");
    if (next.prepared) {
      close(i, *next.prepared, *next.closed);
    }
  }

  void close(std::size_t i, base::epoch n, const checkpoint::outbox& box) {
    auto& to = lanes_[i];
    const control::attempt is{.generation = kept_->generation(), .epoch = n};
    const auto prev = to.note.last;
    auto bytes = checkpoint::freeze(box, is, to.note);
    if (!box.bytes.empty()) {
      to.heads[n] = {.attempt = is, .prev = prev, .parts = 1};
    }
    freeze(kept_->names().lanes[i], std::move(bytes));
  }

  void freeze(const control::shard_name& name, std::string bytes) {
    auto shared = std::make_shared<const std::string>(std::move(bytes));
    act([&](auto& member, auto& next) { member.frozen(name, shared, next); });
  }

  /// The barrier is in all channels of the source, then in its shards, then in their lanes.
  void start(base::epoch n) {
    barrier_.emplace_back([this, n] { cut(n); });
    for (std::size_t i = 0; i < lanes; ++i) {
      barrier_.emplace_back([this, i, n] { pass(i, n); });
    }
  }

  void cut(base::epoch n) {
    const base::offset next{static_cast<std::int64_t>(read_)};
    io::source_delta delta;
    delta.facts.epoch = n;
    delta.facts.positions = {{.partition = {}, .file = 0, .byte = 0, .ordinal = next}};
    delta.facts.reading.partitions.resize(1);
    for (const auto& at : node::positions_of("in", delta.facts)) {
      act([&](auto& member, auto& effects) { member.cut(at, effects); });
    }
    freeze(kept_->names().readers[0], node::freeze(delta));
  }

  void pass(std::size_t i, base::epoch n) {
    auto& shard = shards_[i];
    flush(i, n);
    entity::actor_changes actors;
    for (const auto& key : std::exchange(shard.changed, {})) {
      actors.add(base::hash64(key), key, base::end_of_time,
                 [&](auto& to) { to += std::to_string(shard.memory[key]); });
    }
    freeze(kept_->names().shards[i],
           checkpoint::encode({.actors = &actors, .notes = {}, .outbox = {}}));
  }

  void go_on_with_barrier() {
    if (!barrier_.empty()) {
      const auto next = std::move(barrier_.front());
      barrier_.pop_front();
      next();
    }
  }

  void change_epoch() {
    if (run_.any(3) == 0) {
      act([&](auto& member, auto& next) { member.want_epoch({}, next); });
    }
  }

  void write_state() {
    auto& writer = *kept_->writer();
    if (run_.any(16) == 0) {
      writer.rest();
    }
    if (!writer.has_work()) {
      return;
    }
    const auto done = writer.work();
    require(!done.broken && !done.waits, done.broken.value_or("the disk is full"));
    if (done.appended) {
      act([&](auto& member, auto& next) { member.appended(*done.appended, {}, next); });
    }
    if (done.stored) {
      for (auto& shard : shards_) {
        shard.store->refresh();
        forget(shard);
      }
      act([&](auto& member, auto& next) { member.stored(*done.stored, {}, next); });
    }
    if (done.folded) {
      kept_->member().folded(*done.folded);
    }
  }

  /// What the store has may leave memory.
  void forget(counting& shard) {
    if (barrier_.empty() && run_.any(2) == 0) {
      std::erase_if(shard.memory,
                    [&](const auto& one) { return !shard.changed.contains(one.first); });
    }
  }

  void deliver(std::size_t i) {
    auto& to = lanes_[i];
    if (!to.courier->has_work()) {
      return;
    }
    const auto report = to.courier->work();
    require(!report.stopped, report.stopped.value_or(""));
    if (run_.dies_ || !report.delivered) {
      return;
    }
    to.note.delivered_to = std::max(to.note.delivered_to, to.courier->delivered_to());
    to.note.born = to.note.born || to.courier->born();
    checkpoint::lane_effects ignored;
    to.lane->written(*report.delivered, ignored);
    if (std::exchange(to.trimmed, to.note.delivered_to) != to.note.delivered_to) {
      kept_->writer()->trim(kept_->copy_of(kept_->names().lanes[i]), to.note.delivered_to);
    }
    act([&](auto& member, auto& next) {
      member.delivered(kept_->names().lanes[i], *report.delivered, {}, next);
    });
  }

  template <class Step>
  void act(Step&& advance) {
    effects next;
    advance(kept_->member(), next);
    carry_out(next);
  }

  void carry_out(effects& next) {
    require(!next.broken, next.broken.value_or(""));
    auto& writer = *kept_->writer();
    if (next.complete) {
      ++run_.counts_.epochs;
      complete(next.complete->record);
      if (next.fold) {
        writer.fold(next.complete->record, next.complete->at);
      }
    }
    if (next.start) {
      start(*next.start);
    }
    if (next.append) {
      writer.append(next.append->what, next.append->after);
    }
    if (!next.store.empty()) {
      const auto is = next.store.front().is.attempt;
      std::vector<checkpoint::store_delta> deltas;
      for (auto& one : next.store) {
        deltas.push_back({.copy = kept_->copy_of(one.shard),
                          .is = one.is,
                          .base = one.base,
                          .bytes = std::move(one.bytes)});
      }
      writer.store(is, std::move(deltas));
    }
    over_ = over_ || next.done;
  }

  void complete(control::attempt is) {
    for (auto& to : lanes_) {
      checkpoint::lane_effects out;
      to.lane->complete(is.epoch, out);
      if (const auto head = to.heads.extract(is.epoch); !head.empty()) {
        to.courier->completed(is, head.mapped(), {to.lane, out.deliver.front()});
      } else {
        to.courier->completed(is, std::nullopt, nullptr);
      }
    }
  }

  kept_run& run_;
  std::unique_ptr<node::kept_state> kept_;
  std::array<counting, lanes> shards_;
  std::array<sending, lanes> lanes_;
  std::size_t read_ = 0;
  bool ended_ = false;
  bool over_ = false;
  /// What is left to be done for the barrier that is under way, in order.
  std::deque<std::function<void()>> barrier_;
};

kept_run::kept_run(std::uint64_t seed) : chance_{seed} {
  plan_.name = "counts";
  plan_.stages.resize(1);
  plan_.stages[0].name = "count";
  plan_.sinks.resize(lanes);
  wired_.readers.resize(1);
  wired_.readers[0].options.source = "in";
  for (std::uint32_t i = 0; i < lanes; ++i) {
    plan_.sinks[i].name = i == 0 ? "file" : "topic";
    auto& shard = wired_.shards.emplace_back();
    shard.number = base::shard_id{i};
    wired_.lanes.emplace_back().sink = i;
  }
  sinks_[1].keeps_marker = true;
  for (std::size_t r = 0; r < records; ++r) {
    input_.push_back(fmt::format("key {}", any(keys)));
  }
}

kept_run::~kept_run() = default;

std::string kept_run::expected(std::size_t lane, std::size_t count) const {
  std::map<std::string, std::uint64_t> counted;
  std::string lines;
  for (std::size_t r = 0; r < count; ++r) {
    if (shard_of(input_[r]) == lane) {
      lines += fmt::format("{} {}\n", input_[r], ++counted[input_[r]]);
    }
  }
  return lines;
}

void kept_run::check_prefixes() const {
  for (std::size_t i = 0; i < lanes; ++i) {
    require(expected(i, records).starts_with(sinks_[i].out),
            fmt::format("lane {} has something that an undisturbed run has not, or not there", i));
  }
}

void kept_run::run(int crashes) {
  for (int left = crashes; left >= 0;) {
    process now{*this};
    dies_ = false;
    if (any(2) == 0) {
      now.catch_up();
    }
    const bool is_last = left == 0;
    const auto steps = is_last ? steps_max : any(400);
    for (std::uint64_t step = 0; step < steps && !now.over() && !dies_; ++step) {
      now.step();
    }
    check_prefixes();
    require(!is_last || now.over() || dies_, "the run does not come to its end");
    // Who dies of a write dies in addition.
    left -= dies_ ? 0 : 1;
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    require(sinks_[i].out == expected(i, records), "something is missing at the end");
  }
}

}  // namespace aisle::sim
