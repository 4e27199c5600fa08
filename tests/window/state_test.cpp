// SPDX-License-Identifier: Apache-2.0
// What a key costs, and that every kind of window stands the torture.
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/window/windows.hpp"

namespace {

using namespace aisle;
using base::decimal;
using base::value;
using tests::at;
using tests::of;
using tests::sliding;
using tests::tumbling;
using namespace std::chrono_literals;

std::vector<value> row(std::mt19937_64& random) {
  const auto n = static_cast<std::int64_t>(random() % 2'000) - 1'000;
  const std::string_view words[] = {"north", "a word longer than a small string holds"};
  std::vector<value> fields{value::of(n), value::of(decimal{n, 2}),
                            value::of(static_cast<double>(n) * 0.37), value::of(words[n & 1])};
  if (random() % 4 == 0) {
    fields[random() % fields.size()] = {};
  }
  return fields;
}

/// A morning with late events of every kind: in time for the window, too late for some, too late
/// for all.
support::script morning(int events) {
  std::mt19937_64 random{42};
  support::script life;
  auto clock = at("09:00");
  for (int n = 0; n < events; ++n) {
    clock += std::chrono::seconds{random() % 150};
    const auto back = random() % 4 == 0 ? std::chrono::minutes{random() % 12} : 0min;
    life.event(clock - back, row(random), {.seen = clock});
    if (n % 8 == 7) {
      life.advance(clock + 1min);
      clock += 1min;
    }
  }
  return life;
}

support::script two_partitions(int events) {
  std::mt19937_64 random{43};
  support::script life;
  life.in_arrival_order();
  auto ahead = at("09:20");
  auto behind = at("09:00");
  for (int n = 0; n < events; ++n) {
    auto& clock = random() % 2 == 0 ? ahead : behind;
    clock += std::chrono::seconds{random() % 120};
    life.event(clock - std::chrono::minutes{random() % 8}, row(random), {.seen = clock});
    if (n % 5 == 4) {
      life.advance(std::min(ahead, behind));
    }
  }
  return life;
}

TEST_CASE("an open window is shown with what it comes to so far") {
  const auto counted = tumbling(5min, 2min, {{"n", "count()"}, {"sum", "sum(d)"}});
  support::state_block state{*counted};
  CHECK(state.shown() == R"({"events":0,"windows":[]})");
  const std::vector<support::member> actor{{counted.get(), {}}};
  support::script life;
  life.event(at("09:01"), {value::of(std::int64_t{1}), value::of(decimal{250, 2}), {}, {}});
  support::fake_actor one{actor, life, support::handling::plain};
  one.play(0, 1);
  CHECK(one.block(0).shown().contains(R"("values":{"n":1,"sum":"2.50"})"));
}

TEST_CASE("tumbling windows of all aggregates stand the torture") {
  support::torture(*tumbling(5min, 0ms, tests::everything()), morning(16));
  support::torture(*tumbling(5min, 4min, tests::everything()), morning(16));
}

TEST_CASE("sliding windows of all aggregates stand the torture") {
  support::torture(*sliding(10min, 5min, 0ms, tests::everything()), morning(16));
  support::torture(*sliding(10min, 5min, 4min, tests::everything()), morning(16));
}

TEST_CASE("sliding windows of many panes, folded, stand the torture") {
  const auto few =
      std::vector<tests::kept>{{"n", "count()"}, {"p", "quantile(x, 0.5)"}, {"s", "last(s)"}};
  support::torture(*sliding(20min, 30s, 3min, few), morning(30));
}

TEST_CASE("windows in order of arrival stand the torture") {
  const auto few =
      std::vector<tests::kept>{{"n", "count()"}, {"d", "stddev(x)"}, {"s", "first(s)"}};
  support::torture(*tumbling(5min, 3min, few), two_partitions(30));
  support::torture(*sliding(10min, 4min, 3min, few), two_partitions(30));
}

/// What one key occupies after one event.
std::size_t bytes_of(const entity::behaviour& b) {
  support::script life;
  life.event(at("09:00"),
             {value::of(std::int64_t{7}), value::of(decimal{1250, 2}), value::of(1.5)});
  const std::vector<support::member> alone{{&b, {}}};
  support::fake_actor actor{alone, life, support::handling::plain};
  actor.play(0, 1);
  return b.state_shape().size + b.heap_bytes(actor.block(0).get());
}

TEST_CASE("a key with one open window of a count and a sum costs well below 200 bytes") {
  CHECK(bytes_of(*tumbling(5min, 2min, {{"n", "count()"}, {"sum", "sum(d)"}})) <= 168);
  CHECK(bytes_of(*sliding(15min, 5min, 2min, {{"n", "count()"}, {"sum", "sum(d)"}})) <= 224);
  CHECK(bytes_of(*tumbling(5min, 2min, {{"n", "count()"}, {"p", "quantile(d, 0.95)"}})) <= 300);
}

TEST_CASE("a key without open windows costs its block alone") {
  const auto w = tumbling(5min, 0ms, {{"n", "count()"}});
  CHECK(w->state_shape().size == 40);
}

TEST_CASE("an expression without a value changes nothing and says why") {
  const auto w =
      tumbling(5min, 0ms, {{"n", "count()"}, {"sum", "sum(i * 2)"}, {"q", "mean(d / x)"}});
  support::script life;
  life.event(at("09:00"), {value::of(std::int64_t{1}), value::of(decimal{1, 2}), value::of(1.0)})
      .event(at("09:01"), of(INT64_MAX))
      .event(at("09:02"), {value::of(std::int64_t{1}), value::of(decimal{1, 2}), value::of(0.0)});
  CHECK(tests::played(*w, life) ==
        std::vector<std::string>{"09:01 threw the result does not fit",
                                 "09:02 threw division by zero",
                                 R"(09:05 [09:00, 09:05) 0 final {"n":1,"sum":2,"q":0.01})"});
}

}  // namespace
