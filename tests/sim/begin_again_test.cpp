// SPDX-License-Identifier: Apache-2.0
// One shard alone: cut, begun again from base and deltas, and given what the first one is given.
#include <algorithm>
#include <chrono>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "runtime/entity/shard.hpp"
#include "tests/entity/workshop.hpp"
#include "tests/sim/kept_world.hpp"
#include "tests/sim/seeds.hpp"

namespace aisle::sim {
namespace {

using entity::at;
using entity::happening;

/// Adds up, says so, has a timer a second after the first event since the last, throws now and
/// then.
entity::workshop adding() {
  entity::workshop shop{1, 2};
  shop[0].hears = [](entity::probe_state& state, const entity::event& e, entity::context& out) {
    const auto amount = entity::amount_of(e);
    if (amount % 29 == 0) {
      throw std::runtime_error{"not this one"};
    }
    entity::emit_report(out, "total", state.total + amount);
    state.total += amount;
    if (state.due == base::end_of_time) {
      state.due = out.now() + std::chrono::seconds{1};
    }
  };
  shop[0].wakes = [](entity::probe_state& state, entity::context& out) {
    entity::emit_report(out, "timer", state.total);
    state.due = base::end_of_time;
  };
  return shop;
}

enum class hosts : std::uint8_t { shard, key };

entity::shard_options options_of(const entity::stage& of, flow::reorder::mode order, hosts by) {
  entity::shard_options options;
  options.stage = &of;
  options.order = order;
  options.inlets = {{.source = base::source_id{0}, .group = 0},
                    {.source = base::source_id{1}, .group = 1}};
  options.lanes = {flow::channel{0}};
  for (auto& sinks : options.sinks) {
    sinks.push_back({.first = 0, .count = 1});
  }
  if (by == hosts::key) {
    options.keys_max = 100;
  }
  return options;
}

/// A shard whose cuts go into a store, and what came out of it.
struct yard {
  yard(entity::shard_options options, shard_store& store)
      : kept{std::make_shared<entity::kept_actors>(
            std::shared_ptr<const entity::actor_store>{&store, [](const auto*) {}})},
        store{store},
        of{with(std::move(options))} {}
  yard(entity::shard_options options, shard_store& store, entity::shard_beginning from)
      : kept{std::make_shared<entity::kept_actors>(
            std::shared_ptr<const entity::actor_store>{&store, [](const auto*) {}})},
        store{store},
        of{with(std::move(options)), std::move(from)} {}

  entity::shard_options with(entity::shard_options options) {
    options.rest.kept = kept;
    return options;
  }
  void take(std::uint32_t on, flow::event_message message, std::size_t budget) {
    message.channel = flow::channel{on};
    message.sequence = last[on] = last[on].next();
    entity::shard_effects effects;
    of.accept(std::move(message), effects);
    run(budget, effects);
  }
  void run(std::size_t budget, entity::shard_effects& effects) {
    of.run(budget, effects);
    CHECK(!effects.gone);
    std::uint32_t unpaid = 0;
    for (auto& [lane, message] : effects.lines) {
      out += message.lines;
      unpaid += message.barrier ? 0U : 1U;
    }
    of.credit(0, unpaid);
    if (effects.delta) {
      store.prepare(effects.delta, mutation::none);
      facts = effects.delta->facts;
      actors_changed = effects.delta->actors.size();
    }
  }
  void run(std::size_t budget) {
    entity::shard_effects effects;
    run(budget, effects);
  }

  std::shared_ptr<entity::kept_actors> kept;
  shard_store& store;
  entity::shard of;
  base::sequence last[2];
  std::string out;
  entity::shard_facts facts;
  std::size_t actors_changed = 0;
};

/// Rows and watermarks of one channel, by chance.
flow::event_message any_message(std::uint32_t on, std::mt19937_64& chance, std::int64_t& now,
                                std::int64_t& offset) {
  std::vector<happening> rows;
  for (auto left = chance() % 6; left > 0; --left) {
    now += static_cast<std::int64_t>(chance() % 300);
    const auto seen = now + static_cast<std::int64_t>(chance() % 2'000);
    rows.push_back({.key = std::string(1, static_cast<char>('a' + chance() % 7)),
                    .at_ms = seen,
                    .amount = static_cast<std::int64_t>(1 + chance() % 60),
                    .offset = ++offset});
  }
  flow::event_message message;
  if (!rows.empty()) {
    message.rows = entity::batch_of(rows);
  }
  message.stream = static_cast<std::uint8_t>(on);
  message.watermark = at(now);
  return message;
}

flow::event_message barrier(std::uint64_t n) {
  flow::event_message message;
  message.barrier = base::epoch{n};
  message.free = true;
  return message;
}

flow::event_message end(std::int64_t highest) {
  flow::event_message message;
  message.end = at(highest);
  message.free = true;
  return message;
}

std::vector<std::string> lines_of(const std::string& all) {
  std::vector<std::string> lines;
  for (std::string_view rest = all; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    lines.emplace_back(rest.substr(0, rest.find('\n')));
  }
  std::ranges::sort(lines);
  return lines;
}

void goes_on_as_it_was(std::uint64_t seed, flow::reorder::mode order, hosts by) {
  const auto shop = adding();
  std::mt19937_64 chance{seed};
  shard_store store;
  yard first{options_of(shop.stage, order, by), store};
  std::int64_t now[2] = {0, 0};
  std::int64_t offset = 0;
  std::uint64_t epoch = 0;
  const auto part = [&](auto&& to_all) {
    for (auto left = chance() % 12; left > 0; --left) {
      const auto on = static_cast<std::uint32_t>(chance() % 2);
      to_all(on, any_message(on, chance, now[on], offset), chance() % 5);
    }
  };
  const auto cut = [&](auto&& to_all) {
    ++epoch;
    to_all(0, barrier(epoch), 0);
    to_all(1, barrier(epoch), 0);
  };
  const auto to_first = [&](std::uint32_t on, flow::event_message message, std::size_t budget) {
    first.take(on, std::move(message), budget);
  };
  for (auto epochs = 1 + chance() % 4; epochs > 0; --epochs) {
    part(to_first);
    if (chance() % 3 == 0) {
      store.fold(base::epoch{epoch});
    }
    if (chance() % 3 == 0) {
      first.kept->stored(base::epoch{epoch});
    }
    cut(to_first);
  }
  const bool at_end = seed % 4 == 0;
  if (at_end) {
    to_first(0, end(now[0]), chance() % 5);
    to_first(1, end(now[1]), chance() % 9);
    cut(to_first);
  }

  const auto copy = store.copy();
  yard second{options_of(shop.stage, order, by), *copy,
              copy->beginning(shop.stage, mutation::none)};
  CHECK(second.of.rows_held() == first.of.rows_held());
  CHECK(second.of.watermark() == first.of.watermark());
  CHECK(second.of.host().actors() == first.of.host().actors());
  first.out.clear();
  const auto to_both = [&](std::uint32_t on, flow::event_message message, std::size_t budget) {
    auto again = message;
    first.take(on, std::move(message), budget);
    second.take(on, std::move(again), budget);
  };
  if (!at_end) {
    part(to_both);
  }
  cut(to_both);
  if (!at_end) {
    part(to_both);
  }
  to_both(0, end(now[0]), 2);
  to_both(1, end(now[1]), 2);
  for (auto* const shard : {&first, &second}) {
    for (int turns = 0; turns < 20; ++turns) {
      shard->run(1'000);
    }
    CHECK(shard->of.state() == entity::shard_state::finished);
  }
  cut(to_both);
  CHECK(lines_of(second.out) == lines_of(first.out));
  CHECK((second.facts == first.facts));
}

TEST_CASE("a shard begun again goes on as the one that was cut: events in order") {
  for_seeds(300, [](std::uint64_t seed) {
    goes_on_as_it_was(seed, flow::reorder::mode::sorted, hosts::shard);
  });
}

TEST_CASE("a shard begun again goes on as the one that was cut: events as they come") {
  for_seeds(300, [](std::uint64_t seed) {
    goes_on_as_it_was(seed, flow::reorder::mode::as_they_come, hosts::shard);
  });
}

TEST_CASE("a shard begun again goes on as the one that was cut: an actor per key") {
  for_seeds(300, [](std::uint64_t seed) {
    const auto order =
        seed % 2 == 0 ? flow::reorder::mode::sorted : flow::reorder::mode::as_they_come;
    goes_on_as_it_was(seed, order, hosts::key);
  });
}

TEST_CASE("a cut costs by what changed") {
  entity::workshop shop{1, 2};
  shop[0].hears = [](entity::probe_state& state, const auto&, auto&) { ++state.total; };
  auto options = options_of(shop.stage, flow::reorder::mode::sorted, hosts::shard);
  options.sinks = {};
  options.rest.kept = std::make_shared<entity::kept_actors>();
  entity::shard of{options};
  base::sequence last[2];
  const auto take = [&](std::uint32_t on, flow::event_message message) {
    message.channel = flow::channel{on};
    message.sequence = last[on] = last[on].next();
    entity::shard_effects effects;
    of.accept(std::move(message), effects);
    return effects;
  };
  std::vector<std::string> keys;
  for (int k = 0; k < 100'000; ++k) {
    keys.push_back("key " + std::to_string(k));
  }
  std::uint64_t epoch = 0;
  std::int64_t now = 0;
  for (const std::size_t changed : {100'000U, 0U, 1'000U, 10'000U, 100'000U, 0U}) {
    for (std::size_t first = 0; first < changed; first += 500) {
      std::vector<happening> rows;
      for (auto k = first; k < std::min(first + 500, changed); ++k) {
        rows.push_back({.key = keys[k], .at_ms = ++now, .offset = now});
      }
      flow::event_message message;
      message.rows = entity::batch_of(rows);
      message.watermark = at(now + 1);
      take(0, std::move(message));
    }
    flow::event_message other;
    other.watermark = at(now + 1);
    take(1, std::move(other));
    entity::shard_effects worked;
    of.run(1'000'000, worked);
    take(0, barrier(++epoch));
    const auto begin = std::chrono::steady_clock::now();
    const auto effects = take(1, barrier(epoch));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    REQUIRE(effects.delta != nullptr);
    CHECK(effects.delta->actors.size() == changed);
    options.rest.kept->stored(base::epoch{epoch});
    CHECK(options.rest.kept->memory() == 0);
    MESSAGE(changed, " of ", of.host().actors(), " actors changed: cut in ", took.count(), " us");
  }
}

TEST_CASE("facts and pages that are damaged are refused") {
  const auto shop = adding();
  entity::shard_facts facts{
      .epoch = base::epoch{7},
      .channels = {{.watermark = at(5), .rests = true, .ended = false}},
      .merged = at(5),
      .rows = {.released = at(5),
               .front = flow::waits_from::row{.after = at(4), .source = {}, .position = {}},
               .newest_page = 3},
      .state = entity::shard_state::closing,
      .highest = at(9),
      .host = {.counts = {.in = 1}, .late = {1, 2}, .quarantined_actors = 4},
      .made = {.windows = 3},
      .tables_since = base::epoch{2}};
  std::string bytes;
  entity::pack(facts, bytes);
  const auto read = entity::unpack_facts(bytes);
  REQUIRE(read.has_value());
  CHECK((*read == facts));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CHECK_FALSE(entity::unpack_facts(bytes.substr(0, size)).has_value());
  }
  const auto rows = entity::batch_of({{.at_ms = 1}, {.at_ms = 2}, {.at_ms = 3}});
  const auto page =
      entity::pack({.number = 4, .source = {}, .stream = 1, .after = at(1), .rows = {}}, rows,
                   {0, 2}, shop.stage);
  const auto again = entity::unpack_page(page.bytes, shop.stage);
  REQUIRE(again.has_value());
  CHECK(again->number == 4);
  REQUIRE(again->rows.size() == 2);
  CHECK(again->rows[1].head->at == at(3));
  for (std::size_t size = 0; size < page.bytes.size(); ++size) {
    CHECK_FALSE(entity::unpack_page(page.bytes.substr(0, size), shop.stage).has_value());
  }
}

}  // namespace
}  // namespace aisle::sim
