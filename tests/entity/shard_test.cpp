// SPDX-License-Identifier: Apache-2.0
#include "runtime/entity/shard.hpp"

#include <algorithm>
#include <map>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"

namespace aisle::entity {
namespace {

using lines = std::vector<std::string>;

constexpr flow::channel a{0};
constexpr flow::channel b{1};
constexpr std::size_t plenty = 1'000'000;

shard_options options_of(const stage& of, std::size_t channels) {
  shard_options options;
  options.stage = &of;
  for (std::uint32_t c = 0; c < channels; ++c) {
    options.inlets.push_back(
        {.source = base::source_id{static_cast<std::uint16_t>(c)}, .group = c});
  }
  options.lanes = {flow::channel{0}};
  for (auto& sinks : options.sinks) {
    sinks.push_back({.first = 0, .count = 1});
  }
  return options;
}

/// A shard, its senders, and a lane that keeps what it gets.
struct yard {
  explicit yard(shard_options options) : last(options.inlets.size()), of{std::move(options)} {}
  yard(const stage& stage, std::size_t channels) : yard{options_of(stage, channels)} {}

  /// Accepts a message and works off at most `budget` pieces.
  shard_effects take(flow::channel on, flow::event_message message, std::size_t budget = plenty) {
    auto& sequence = last[on.get()];
    sequence = sequence.next();
    message.channel = on;
    message.sequence = sequence;
    shard_effects effects;
    of.accept(std::move(message), effects);
    of.run(budget, effects);
    keep(effects);
    return effects;
  }
  shard_effects rows(flow::channel on, const std::vector<happening>& happenings,
                     std::optional<std::int64_t> watermark = {}, std::size_t budget = plenty) {
    flow::event_message message;
    message.rows = batch_of(happenings);
    if (watermark) {
      message.watermark = at(*watermark);
    }
    return take(on, std::move(message), budget);
  }
  shard_effects watermark(flow::channel on, std::int64_t ms) {
    flow::event_message message;
    message.watermark = at(ms);
    return take(on, std::move(message));
  }
  /// `idle`: the channel's partition is, behind it.
  shard_effects barrier(flow::channel on, std::uint64_t n, bool idle = false) {
    flow::event_message message;
    message.barrier = base::epoch{n};
    message.free = true;
    message.idle = idle;
    return take(on, std::move(message));
  }
  shard_effects end(flow::channel on, std::int64_t highest) {
    flow::event_message message;
    message.end = at(highest);
    message.free = true;
    return take(on, std::move(message));
  }
  shard_effects run(std::size_t budget = plenty) {
    shard_effects effects;
    of.run(budget, effects);
    keep(effects);
    return effects;
  }
  /// Lines that came out since the last call, without those of messages held back by credit.
  lines come_out() { return std::exchange(out, {}); }

  void keep(shard_effects& effects) {
    for (const auto& [lane, message] : effects.lines) {
      std::string_view rest = message.lines;
      while (!rest.empty()) {
        out.emplace_back(rest.substr(0, rest.find('\n')));
        rest.remove_prefix(rest.find('\n') + 1);
      }
      unpaid += message.barrier ? 0U : 1U;
    }
    if (pays) {
      of.credit(0, std::exchange(unpaid, 0));
    }
  }

  std::vector<base::sequence> last;
  shard of;
  lines out;
  std::uint32_t unpaid = 0;
  bool pays = true;
};

/// Tells the amount of every event, and of no timer.
workshop telling() {
  workshop shop{1, 2};
  shop[0].hears = [](probe_state&, const event& e, context& out) {
    emit_report(out, "n", amount_of(e));
  };
  return shop;
}

std::string told(std::int64_t amount) {
  return R"({"key":"a","n":)" + std::to_string(amount) + "}";
}

std::uint32_t credit_of(const shard_effects& effects, flow::channel on) {
  std::uint32_t messages = 0;
  for (const auto& credit : effects.credits) {
    messages += credit.channel == on ? credit.messages : 0;
  }
  return messages;
}

TEST_CASE("events wait for the watermark of every channel, and come in the order they are seen") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.rows(a, {{.at_ms = 30, .amount = 3}, {.at_ms = 10, .amount = 1}}, 40);
  CHECK(shard.come_out().empty());
  CHECK(shard.of.rows_held() == 2);
  shard.rows(b, {{.at_ms = 20, .amount = 2}}, 25);
  CHECK(shard.come_out() == lines{told(1), told(2)});
  shard.watermark(b, 30);
  CHECK(shard.come_out().empty());
  shard.watermark(b, 31);
  CHECK(shard.come_out() == lines{told(3)});
}

TEST_CASE("in the order of arrival nothing waits") {
  const auto shop = telling();
  auto options = options_of(shop.stage, 2);
  options.order = flow::reorder::mode::as_they_come;
  yard shard{std::move(options)};
  shard.rows(a, {{.at_ms = 30, .amount = 3}, {.at_ms = 10, .amount = 1}});
  CHECK(shard.come_out() == lines{told(3), told(1)});
}

TEST_CASE("a timer due at t fires before the events seen at t, and behind those before it") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context& out) {
    emit_report(out, "n", amount_of(e));
    state.due = at(amount_of(e) == 1 ? 100 : 1'000);
  };
  shop[0].wakes = [](probe_state& state, context& out) {
    emit_report(out, "n", 100);
    state.due = base::end_of_time;
  };
  yard shard{shop.stage, 1};
  shard.rows(a,
             {{.at_ms = 1, .amount = 1},
              {.key = "b", .at_ms = 99, .amount = 2},
              {.key = "c", .at_ms = 100, .amount = 3}},
             101);
  CHECK(shard.come_out() ==
        lines{told(1), R"({"key":"b","n":2})", told(100), R"({"key":"c","n":3})"});
}

TEST_CASE(
    "in the order of arrival a timer waits for the rows before its watermark, for no others") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context& out) {
    emit_report(out, "n", amount_of(e));
    state.due = amount_of(e) == 1 ? at(50) : base::end_of_time;
  };
  shop[0].wakes = [](probe_state& state, context& out) {
    emit_report(out, "n", 50);
    state.due = base::end_of_time;
  };
  auto options = options_of(shop.stage, 1);
  options.order = flow::reorder::mode::as_they_come;
  yard shard{std::move(options)};
  // A shard that is never done: more rows have come before it gets to the watermark's timers.
  shard.rows(a, {{.at_ms = 1, .amount = 1}, {.key = "b", .at_ms = 60, .amount = 2}}, 100, 0);
  shard.rows(a, {{.key = "c", .at_ms = 110, .amount = 3}}, 120, 0);
  shard.run();
  CHECK(shard.come_out() ==
        lines{told(1), R"({"key":"b","n":2})", told(50), R"({"key":"c","n":3})"});
}

TEST_CASE("a timer waits for the watermark to reach it") {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event&, context&) { state.due = at(100); };
  shop[0].wakes = [](probe_state& state, context& out) {
    emit_report(out, "n", 100);
    state.due = base::end_of_time;
  };
  yard shard{shop.stage, 1};
  shard.rows(a, {{.at_ms = 1}}, 99);
  CHECK(shard.come_out().empty());
  shard.watermark(a, 100);
  CHECK(shard.come_out() == lines{told(100)});
}

TEST_CASE("at the end timers up to the highest event time fire, and then books are closed") {
  workshop shop{2, 2};
  for (std::size_t p = 0; p < 2; ++p) {
    shop[p].hears = [](probe_state& state, const event& e, context&) {
      state.due = at(amount_of(e));
    };
    shop[p].wakes = [p](probe_state& state, context& out) {
      emit_report(out, p == 0 ? "book" : "timer", out.now().time_since_epoch().count());
      CHECK(out.ended_at().has_value() == (out.now() > at(500)));
      state.due = base::end_of_time;
    };
  }
  shop[0].closes_after = base::duration{1LL << 40};
  yard shard{shop.stage, 2};
  shard.rows(a, {{.key = "x", .at_ms = 1, .amount = 500}, {.key = "y", .at_ms = 2, .amount = 501}});
  shard.end(a, 2);
  CHECK(shard.of.state() == shard_state::working);
  CHECK(shard.come_out().empty());
  shard.end(b, 500);
  CHECK(shard.of.state() == shard_state::finished);
  CHECK(shard.come_out() == lines{R"({"key":"x","book":500})", R"({"key":"x","timer":500})",
                                  R"({"key":"y","book":501})"});
}

TEST_CASE("a shard whose sources are empty finishes at once") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.end(b, base::beginning_of_time.time_since_epoch().count());
  CHECK(shard.of.state() == shard_state::working);
  shard.end(a, base::beginning_of_time.time_since_epoch().count());
  CHECK(shard.of.state() == shard_state::finished);
}

TEST_CASE("what comes on a channel behind its barrier is the next epoch's, counts and lines") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.watermark(b, 1'000);
  shard.rows(a, {{.at_ms = 1, .amount = 1}}, 10);
  CHECK_FALSE(shard.barrier(a, 1).passed.has_value());
  shard.rows(a, {{.at_ms = 10, .amount = 2}}, 20);
  CHECK(shard.come_out() == lines{told(1)});
  const auto effects = shard.barrier(b, 1);
  CHECK(effects.passed == base::epoch{1});
  CHECK(effects.counts_at_barrier == stage_counts{.in = 1, .applied = 1});
  REQUIRE(effects.lines.size() == 2);
  CHECK(effects.lines[0].message.barrier == base::epoch{1});
  CHECK_FALSE(effects.lines[1].message.barrier.has_value());
  CHECK(shard.come_out() == lines{told(2)});
}

TEST_CASE("events that nobody reads are counted in the epoch whose barrier follows them") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  flow::event_message message;
  message.unread = 5;
  message.barrier = base::epoch{1};
  message.free = true;
  const auto effects = shard.take(a, std::move(message));
  CHECK(effects.counts_at_barrier == stage_counts{.in = 5, .applied = 5});
  CHECK(shard.barrier(a, 2).counts_at_barrier == stage_counts{.in = 5, .applied = 5});
}

TEST_CASE("a barrier takes along the lines that had no credit yet") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  shard.pays = false;
  for (std::int64_t i = 0; i < 20; ++i) {
    shard.rows(a, {{.at_ms = i, .amount = i}}, i + 1);
  }
  CHECK(shard.of.host().counts().in == 20);
  CHECK(shard.come_out().size() < 20);
  shard.rows(a, {{.at_ms = 20, .amount = 20}}, 21);
  const auto effects = shard.barrier(a, 1);
  REQUIRE(effects.lines.size() == 1);
  CHECK(effects.lines[0].message.barrier == base::epoch{1});
  CHECK(effects.lines[0].message.records > 10);
}

TEST_CASE("a gap or a repeat in the numbers of a channel is said, as is a barrier out of order") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  shard.watermark(a, 1);
  shard.last[0] = base::sequence{0};
  CHECK(shard.watermark(a, 2).gone == "channel 0: message 1 came after 1");
  shard.last[0] = base::sequence{2};
  CHECK(shard.watermark(a, 2).gone == "channel 0: message 3 came after 1");
  shard.last[0] = base::sequence{1};
  CHECK(shard.barrier(a, 2).gone == "channel 0: barrier 2 came after 0");
}

TEST_CASE(
    "credit for rows comes back when the last of them is worked off, for a watermark at once") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.watermark(b, 0);
  CHECK(credit_of(shard.watermark(a, 1), a) == 1);
  // Channel a is ahead of b: nobody asks it for more.
  CHECK(credit_of(shard.rows(a, {{.at_ms = 5}, {.at_ms = 15}}, 20), a) == 0);
  CHECK(credit_of(shard.watermark(b, 10), a) == 0);
  CHECK(credit_of(shard.watermark(b, 16), a) == 1);
}

TEST_CASE("a barrier or an end alone cost nothing, and nothing is given back for them") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  CHECK(credit_of(shard.barrier(a, 1), a) == 0);
  CHECK(credit_of(shard.end(a, 0), a) == 0);
}

TEST_CASE("rows that came with a barrier are paid for as all others") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  flow::event_message message;
  message.rows = batch_of({{.at_ms = 5}});
  message.barrier = base::epoch{1};
  CHECK(credit_of(shard.take(a, std::move(message)), a) == 1);
}

TEST_CASE("the slowest gets its credit back while its rows still wait, or nothing would move") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  CHECK(credit_of(shard.rows(a, {{.at_ms = 5}}, 3), a) == 0);
  CHECK(shard.of.rows_held() == 1);
  // b stands at the beginning of time: it is the slowest, and a is the one that waits.
  CHECK(credit_of(shard.rows(b, {{.at_ms = 2}}, 1), b) == 1);
  CHECK(shard.of.rows_held() == 2);
  const auto passed = shard.watermark(b, 4);
  CHECK(credit_of(passed, b) == 1);
  CHECK_MESSAGE(credit_of(passed, a) == 1, "now a is the slowest");
}

TEST_CASE(
    "credit is given back once: early for the slowest, and then not again for the same rows") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  std::uint32_t given = credit_of(shard.rows(a, {{.at_ms = 5}}), a);
  given += credit_of(shard.rows(a, {{.at_ms = 6}}), a);
  given += credit_of(shard.end(a, 6), a);
  CHECK(given == 2);
  CHECK(shard.of.host().counts().in == 2);
}

/// Reports of 40 KB each, so that a few fill a lane's channel.
workshop talkative() {
  workshop shop{1};
  shop[0].hears = [](probe_state&, const event& e, context& out) {
    const std::string text(40'000, static_cast<char>('a' + amount_of(e) % 26));
    report told;
    told.members = {{"text", base::value::of(std::string_view{text}), {}}};
    out.emit(told);
  };
  return shop;
}

std::vector<happening> many(std::int64_t count) {
  std::vector<happening> all;
  for (std::int64_t i = 0; i < count; ++i) {
    all.push_back({.at_ms = i, .amount = i, .offset = i});
  }
  return all;
}

TEST_CASE("a shard whose lane asks for no more stops working, and goes on when it does") {
  const auto shop = talkative();
  yard shard{shop.stage, 1};
  shard.pays = false;
  const auto first = shard.rows(a, many(100), 1'000);
  const auto worked = shard.of.host().counts().in;
  CHECK(worked < 60);
  CHECK_FALSE(first.more);
  CHECK(shard.of.rows_held() == 100 - worked);
  CHECK_MESSAGE(credit_of(first, a) == 0, "and asks its reader for nothing");
  CHECK(shard.run().lines.empty());
  for (int turn = 0; turn < 200 && shard.of.rows_held() > 0; ++turn) {
    shard.of.credit(0, 1);
    shard.unpaid -= 1;
    while (shard.run().more) {
    }
  }
  CHECK(shard.of.host().counts().in == 100);
}

TEST_CASE("beyond its part of an epoch a shard waits for the barrier and says so") {
  const auto shop = talkative();
  auto options = options_of(shop.stage, 1);
  options.epoch_bytes_max = 100'000;
  yard shard{std::move(options)};
  const auto first = shard.rows(a, many(10), 1'000);
  CHECK(shard.of.host().counts().in == 3);
  CHECK(first.epoch_full);
  CHECK_FALSE(first.more);
  CHECK(shard.run().epoch_full);
  const auto cut = shard.barrier(a, 1);
  CHECK(cut.counts_at_barrier.in == 3);
  CHECK(shard.of.host().counts().in == 6);
}

TEST_CASE("a budget bounds one turn, and more says that there is more") {
  const auto shop = telling();
  yard shard{shop.stage, 1};
  CHECK(shard.rows(a, many(10), 1'000, 4).more);
  CHECK(shard.of.host().counts().in == 4);
  CHECK(shard.run(5).more);
  CHECK(shard.of.host().counts().in == 9);
  CHECK_FALSE(shard.run(5).more);
  CHECK(shard.of.host().counts().in == 10);
}

TEST_CASE("an output goes to every sink that takes its kind, and one key's to one lane of each") {
  auto shop = telling();
  auto options = options_of(shop.stage, 1);
  options.lanes.resize(7);
  for (auto& sinks : options.sinks) {
    sinks.clear();
  }
  const auto reports = static_cast<std::size_t>(output_kind::report);
  options.sinks[reports] = {{.first = 0, .count = 3}, {.first = 3, .count = 4}};
  shard of{std::move(options)};
  std::vector<happening> crowd;
  for (std::int64_t i = 0; i < 60; ++i) {
    crowd.push_back({.key = "k" + std::to_string(i % 20), .at_ms = i});
  }
  flow::event_message message;
  message.channel = a;
  message.sequence = base::sequence{1};
  message.rows = batch_of(crowd);
  message.barrier = base::epoch{1};
  shard_effects effects;
  of.accept(std::move(message), effects);
  message = {};
  message.channel = a;
  message.sequence = base::sequence{2};
  message.end = at(60);
  of.accept(std::move(message), effects);
  of.run(plenty, effects);
  std::map<std::string, std::vector<std::size_t>> lanes_of_key;
  std::size_t records = 0;
  for (const auto& [lane, sent] : effects.lines) {
    records += sent.records;
    std::string_view rest = sent.lines;
    for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
      lanes_of_key[std::string{rest.substr(0, rest.find('\n'))}].push_back(lane);
    }
  }
  CHECK(records == 120);
  CHECK(lanes_of_key.size() == 20);
  for (auto& [key, lanes] : lanes_of_key) {
    CHECK(lanes.size() == 6);
    std::ranges::sort(lanes);
    CHECK(lanes[0] == lanes[2]);
    CHECK(lanes[2] < 3);
    CHECK(lanes[3] == lanes[5]);
    CHECK(lanes[3] >= 3);
  }
  CHECK(of.made().reports == 60);
}

TEST_CASE("a partition that goes idle lets the others' events go behind the barrier, not before") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.watermark(a, 5);
  shard.rows(b, {{.at_ms = 30, .amount = 3}}, 40);
  shard.barrier(a, 1, true);
  CHECK(shard.come_out().empty());  // the epoch is not cut yet
  shard.barrier(b, 1);
  CHECK(shard.come_out() == lines{told(3)});
  CHECK(shard.of.watermark() == at(40));
}

TEST_CASE("an idle partition that wakes holds the others back again and loses no event") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.watermark(a, 5);
  shard.rows(b, {{.at_ms = 30, .amount = 3}}, 40);
  shard.barrier(a, 1, true);
  shard.barrier(b, 1);
  shard.come_out();
  // Older than the watermark that has passed meanwhile: seen at it, with those that are seen there.
  shard.rows(a, {{.at_ms = 10, .amount = 1}}, 10);
  shard.rows(b, {{.at_ms = 50, .amount = 5}}, 60);
  CHECK(shard.come_out().empty());
  CHECK(shard.of.watermark() == at(40));
  shard.watermark(a, 55);
  CHECK(shard.come_out() == lines{told(1), told(5)});
  CHECK(shard.of.host().counts().in == 3);
}

TEST_CASE("an event that came behind the barrier of its going idle keeps its partition awake") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.watermark(a, 5);
  shard.barrier(a, 1, true);
  shard.rows(a, {{.at_ms = 20, .amount = 2}}, 12);  // waits behind the barrier
  shard.rows(b, {{.at_ms = 11, .amount = 1}}, 40);
  shard.barrier(b, 1);
  CHECK(shard.of.watermark() == at(40));
  shard.watermark(b, 100);
  CHECK(shard.of.watermark() == at(40));
  shard.watermark(a, 90);
  CHECK(shard.of.watermark() == at(90));
  CHECK(shard.come_out() == lines{told(1), told(2)});
}

TEST_CASE("while every partition is idle nothing moves on, and an awake one goes on") {
  const auto shop = telling();
  yard shard{shop.stage, 2};
  shard.rows(a, {{.at_ms = 30, .amount = 3}}, 20);
  shard.watermark(b, 10);
  shard.barrier(a, 1, true);
  shard.barrier(b, 1, true);
  CHECK(shard.of.watermark() == at(20));
  CHECK(shard.come_out().empty());
  shard.watermark(a, 31);
  CHECK(shard.come_out() == lines{told(3)});
}

}  // namespace
}  // namespace aisle::entity
