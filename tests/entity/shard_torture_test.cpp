// SPDX-License-Identifier: Apache-2.0
// One life of a shard, told in every way its neighbours may tell it: whatever they do, the lines
// that come out are the same, in the same epochs when those are cut at the same place.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "runtime/entity/shard.hpp"
#include "tests/entity/workshop.hpp"
#include "tests/sim/digest.hpp"

namespace aisle::entity {
namespace {

/// How the neighbours behave.
struct manners {
  /// Rows of one message, at most.
  std::size_t rows_per_message = 1;
  /// Rows and timers worked off per turn.
  std::size_t budget = 1'000;
  /// Each watermark is told so many times, an older one behind it each time.
  int told_again = 0;
  /// Watermarks are told only behind every n-th message.
  std::size_t watermark_every = 1;
  /// The lane gives its credit back one at a time, and only when the shard can do nothing else.
  bool stingy_lane = false;
  /// Messages between two barriers of an epoch; 0: no epoch but the last.
  std::size_t messages_per_epoch = 0;
  /// Messages the second channel's barrier comes after the first one's.
  std::size_t barrier_lag = 0;
  std::size_t epoch_bytes_max = 8 << 20;
};

/// Two channels' events, each with times in and out of order.
struct life {
  std::vector<happening> rows[2];
};

life make_life(std::uint64_t seed, std::size_t events) {
  std::mt19937_64 chance{seed};
  life made;
  for (auto& rows : made.rows) {
    std::int64_t now = 0;
    std::int64_t highest = 0;
    for (std::size_t i = 0; i < events; ++i) {
      now += static_cast<std::int64_t>(chance() % 2'000);
      const auto when = now - static_cast<std::int64_t>(chance() % 4 == 0 ? chance() % 90'000 : 0);
      rows.push_back({.key = "k" + std::to_string(chance() % 7),
                      .at_ms = when,
                      .seen_ms = std::max(when, highest - 3'000),
                      .offset = static_cast<std::int64_t>(i)});
      highest = std::max(highest, when);
    }
  }
  return made;
}

/// Makes every event a line of 30 KB, so that a lane's channel is soon full.
class verbose final : public behaviour_of<probe_state> {
 public:
  [[nodiscard]] bool reads(stream_index) const override { return true; }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(probe_state& state, const event&, context& out) const override {
    const std::string text(30'000, static_cast<char>('a' + ++state.total % 26));
    report told;
    told.members = {{"text", base::value::of(std::string_view{text}), {}}};
    out.emit(told);
  }
  void write(const probe_state& state, base::packer& to) const override { to.integer(state.total); }
  void read(probe_state& state, std::uint32_t, base::unpacker& from) const override {
    state.total = from.integer();
  }
};

/// Counts the events of each minute, closes the minute ten seconds after its end.
class minutes final : public behaviour_of<std::map<std::int64_t, std::int64_t>> {
 public:
  using open = std::map<std::int64_t, std::int64_t>;

  [[nodiscard]] bool reads(stream_index) const override { return true; }
  [[nodiscard]] bool judges_lateness() const override { return true; }
  [[nodiscard]] bool is_late(stream_index, base::event_time when,
                             base::event_time seen) const override {
    return closes(start_of(when)) <= seen;
  }
  [[nodiscard]] std::uint32_t version() const override { return 1; }

 protected:
  void handle(open& state, const event& e, context&) const override {
    ++state[start_of(e.head->at)];
  }
  [[nodiscard]] base::event_time next(const open& state) const override {
    return state.empty() ? base::end_of_time : closes(state.begin()->first);
  }
  void wake(open& state, context& out) const override {
    const auto [start, events] = *state.begin();
    window_result result;
    result.window = "minute";
    result.start = at(start);
    result.end = at(start + 60'000);
    result.final = true;
    result.values = {{"n", base::value::of(events)}};
    out.emit(result);
    state.erase(state.begin());
  }
  void write(const open& state, base::packer& to) const override {
    to.array(static_cast<std::uint32_t>(2 * state.size()));
    for (const auto& [start, events] : state) {
      to.integer(start);
      to.integer(events);
    }
  }
  void read(open& state, std::uint32_t, base::unpacker& from) const override {
    for (auto left = from.array(1'000'000) / 2; left > 0; --left) {
      const auto start = from.integer();
      state[start] = from.integer();
    }
  }

 private:
  static std::int64_t start_of(base::event_time when) {
    return base::floor_to(when, base::duration{60'000}).time_since_epoch().count();
  }
  static base::event_time closes(std::int64_t start) { return at(start + 70'000); }
};

/// A stage with windows, timers, an order-sensitive digest, a thrower and much to say.
struct full_stage {
  explicit full_stage(std::int64_t throws_at) : shop{0, 2}, throwing{true, throws_at} {
    place("minute", book);
    place("order", order);
    place("throws", throwing);
    place("verbose", much);
    shop.stage.max_failures = 5;
  }
  void place(std::string name, const behaviour& logic) {
    shop.stage.behaviours.push_back(
        {.name = std::move(name), .kind = "anomaly", .logic = &logic, .inputs = {}});
  }

  workshop shop;
  minutes book;
  sim::digest order{true, 0};
  sim::digest throwing;
  verbose much;
};

struct came_out {
  std::vector<std::string> lines;
  stage_counts counts;

  friend bool operator==(const came_out&, const came_out&) = default;
};

/// Plays a life to a shard with these manners.
class stage_play {
 public:
  stage_play(const stage& of, const manners& how) : how_{how}, shard_{options_of(of, how)} {}

  came_out play(const life& lived) {
    std::size_t next[2] = {0, 0};
    while (next[0] < lived.rows[0].size() || next[1] < lived.rows[1].size()) {
      for (std::uint32_t on = 0; on < 2; ++on) {
        tell(on, lived.rows[on], next[on]);
        barriers(on);
      }
    }
    for (std::uint32_t on = 0; on < 2; ++on) {
      flow::event_message message;
      message.end = at(highest_[on]);
      message.free = true;
      take(on, std::move(message));
    }
    // Whatever barriers are still missing, and one more.
    const auto last = std::max(epoch_[0], epoch_[1]) + 1;
    for (std::uint64_t n = 1; n <= last; ++n) {
      for (std::uint32_t on = 0; on < 2; ++on) {
        if (epoch_[on] < n) {
          barrier(on);
        }
      }
    }
    // What the shard still owes, when it waits for barriers: one after the other.
    for (int more = 0; shard_.state() != shard_state::finished || more < 1; ++more) {
      REQUIRE(more < 10'000);
      barrier(0);
      barrier(1);
    }
    came_out made{.lines = std::move(lines_), .counts = shard_.host().counts()};
    std::ranges::sort(made.lines);
    CHECK(shard_.rows_held() == 0);
    return made;
  }

 private:
  static shard_options options_of(const stage& of, const manners& how) {
    shard_options options;
    options.stage = &of;
    options.inlets = {{.source = base::source_id{0}, .group = 0},
                      {.source = base::source_id{1}, .group = 1}};
    options.lanes = {flow::channel{0}};
    for (auto& sinks : options.sinks) {
      sinks.push_back({.first = 0, .count = 1});
    }
    options.epoch_bytes_max = how.epoch_bytes_max;
    return options;
  }

  void tell(std::uint32_t on, const std::vector<happening>& rows, std::size_t& next) {
    const auto size = std::min(how_.rows_per_message, rows.size() - next);
    if (size == 0) {
      return;
    }
    flow::event_message message;
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(next);
    std::vector<happening> some(begin, begin + static_cast<std::ptrdiff_t>(size));
    next += size;
    for (const auto& h : some) {
      highest_[on] = std::max(highest_[on], h.at_ms);
    }
    message.stream = static_cast<std::uint8_t>(on);
    message.rows = batch_of(some);
    if (++told_[on] % how_.watermark_every == 0) {
      message.watermark = at(highest_[on] - 3'000);
    }
    take(on, std::move(message));
    for (int again = 0; again < how_.told_again; ++again) {
      flow::event_message repeated;
      repeated.watermark = at(highest_[on] - 3'000 - 500 * again);
      take(on, std::move(repeated));
    }
  }

  void barriers(std::uint32_t on) {
    if (how_.messages_per_epoch > 0 &&
        told_[on] >= (epoch_[on] + 1) * how_.messages_per_epoch + on * how_.barrier_lag) {
      barrier(on);
    }
  }

  void barrier(std::uint32_t on) {
    flow::event_message message;
    message.barrier = base::epoch{++epoch_[on]};
    message.free = true;
    take(on, std::move(message));
  }

  void take(std::uint32_t on, flow::event_message message) {
    message.channel = flow::channel{on};
    sequence_[on] = sequence_[on].next();
    message.sequence = sequence_[on];
    shard_effects effects;
    shard_.accept(std::move(message), effects);
    for (bool more = true; more;) {
      shard_.run(how_.budget, effects);
      carry_out(effects);
      more = effects.more;
      if (!more && how_.stingy_lane && unpaid_ > 0) {
        shard_.credit(0, 1);
        --unpaid_;
        more = true;
      }
      effects = {};
    }
  }

  void carry_out(const shard_effects& effects) {
    REQUIRE_FALSE(effects.gone.has_value());
    for (const auto& [lane, message] : effects.lines) {
      std::string_view rest = message.lines;
      for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
        lines_.emplace_back(rest.substr(0, rest.find('\n')));
      }
      unpaid_ += message.barrier ? 0U : 1U;
    }
    if (!how_.stingy_lane) {
      shard_.credit(0, std::exchange(unpaid_, 0));
    }
  }

  const manners& how_;
  shard shard_;
  base::sequence sequence_[2];
  std::int64_t highest_[2] = {0, 0};
  std::size_t told_[2] = {0, 0};
  std::uint64_t epoch_[2] = {0, 0};
  std::uint32_t unpaid_ = 0;
  std::vector<std::string> lines_;
};

came_out play(const full_stage& of, const life& lived, const manners& how) {
  return stage_play{of.shop.stage, how}.play(lived);
}

TEST_CASE(
    "item by item or in bulk, with an outbox of one slot, watermarks again and late: one output") {
  const auto lived = make_life(1, 300);
  const full_stage of{11};
  const auto wanted = play(of, lived, {});
  CHECK(wanted.lines.size() > 600);
  CHECK(wanted.counts.in == 600);
  CHECK(wanted.counts.late > 0);
  CHECK(wanted.counts.failed > 0);
  CHECK(wanted.counts.quarantined > 0);

  const std::map<std::string, manners> ways{
      {"in bulk", {.rows_per_message = 512}},
      {"all at once", {.rows_per_message = 10'000}},
      {"one piece of work at a time", {.rows_per_message = 7, .budget = 1}},
      {"watermarks again, and older ones", {.rows_per_message = 3, .told_again = 3}},
      {"watermarks late", {.rows_per_message = 3, .watermark_every = 20}},
      {"watermarks never but at the end", {.rows_per_message = 3, .watermark_every = 100'000}},
      {"an outbox of one slot", {.rows_per_message = 40, .budget = 9, .stingy_lane = true}},
      {"many epochs", {.rows_per_message = 5, .messages_per_epoch = 2}},
      {"barriers far apart", {.rows_per_message = 5, .messages_per_epoch = 7, .barrier_lag = 6}},
      {"epochs that are soon full",
       {.rows_per_message = 50, .messages_per_epoch = 1, .epoch_bytes_max = 200'000}},
      {"everything at once",
       {.rows_per_message = 11,
        .budget = 2,
        .told_again = 2,
        .watermark_every = 3,
        .stingy_lane = true,
        .messages_per_epoch = 3,
        .barrier_lag = 2,
        .epoch_bytes_max = 300'000}}};
  for (const auto& [name, how] : ways) {
    CAPTURE(name);
    const auto got = play(of, lived, how);
    CHECK((got.lines == wanted.lines));
    CHECK(got.counts == wanted.counts);
  }
}

TEST_CASE("a behaviour that throws at every n-th event costs what it threw at, and nothing else") {
  const auto lived = make_life(2, 60);
  const full_stage sound{0};
  const auto wanted = play(sound, lived, {});
  for (std::int64_t n = 1; n <= 60; ++n) {
    CAPTURE(n);
    full_stage of{n};
    of.shop.stage.max_failures = 1'000;
    const auto got = play(of, lived, {.rows_per_message = 9});
    CHECK(got.counts.in == wanted.counts.in);
    CHECK(got.counts.late == wanted.counts.late);
    CHECK(got.counts.applied + got.counts.failed == wanted.counts.applied);
    CHECK(got.counts.failed > 0);
    CHECK(got.counts.quarantined == 0);
    CHECK((got == play(of, lived, {.rows_per_message = 64, .stingy_lane = true})));
    // What the window and the other behaviours say is as if nobody had thrown.
    const auto of_window = [](const came_out& all) {
      std::multiset<std::string> lines;
      std::ranges::copy_if(all.lines, std::inserter(lines, lines.end()), [](const auto& line) {
        return line.contains("\"window\":") || line.contains("\"text\":\"aaa");
      });
      return lines;
    };
    CHECK((of_window(got) == of_window(wanted)));
  }
}

TEST_CASE("any manners, any life: one output") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 chance{seed};
    const auto lived = make_life(seed, 40 + chance() % 100);
    const full_stage of{static_cast<std::int64_t>(1 + chance() % 40)};
    const manners how{.rows_per_message = 1 + chance() % 60,
                      .budget = 1 + chance() % 20,
                      .told_again = static_cast<int>(chance() % 3),
                      .watermark_every = 1 + chance() % 10,
                      .stingy_lane = chance() % 2 == 0,
                      .messages_per_epoch = chance() % 10,
                      .barrier_lag = chance() % 5,
                      .epoch_bytes_max = 100'000 + chance() % 4'000'000};
    CHECK((play(of, lived, how) == play(of, lived, {})));
  }
}

}  // namespace
}  // namespace aisle::entity
