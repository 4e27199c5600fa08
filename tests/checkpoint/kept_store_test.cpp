// SPDX-License-Identifier: Apache-2.0
#include "runtime/checkpoint/kept_store.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/checkpoint/state_bed.hpp"

namespace aisle::checkpoint {
namespace {

base::event_time due(std::int64_t ms) { return base::event_time{base::duration{ms}}; }

struct keeping : state_bed {
  void store(std::uint64_t n, std::vector<store_delta> deltas) {
    state_writer writer{*state, *log, 1};
    writer.store(at(n), std::move(deltas));
    for (bool done = false; !done;) {
      const auto answers = writer.work();
      REQUIRE_FALSE(answers.broken.has_value());
      done = answers.stored.has_value();
    }
  }
  void fold(std::uint64_t n) {
    while (*state->fold_step(at(n), control::log_offset{1})) {
    }
  }
  [[nodiscard]] kept_store look() const {
    return {*state, shard, [](const std::string& why) { throw std::runtime_error{why}; }};
  }
};

std::optional<std::string> get(const kept_store& from, const std::string& key) {
  const auto found = from.get(base::hash64(key), key);
  return found ? std::optional{std::string{*found}} : std::nullopt;
}

/// All keys, `most` at a time.
std::vector<std::string> all_keys(const kept_store& from, std::size_t most) {
  std::vector<std::string> keys;
  std::uint64_t cursor = 0;
  do {
    std::size_t seen = 0;
    cursor = from.each(cursor, [&](const entity::kept_state& one) {
      keys.emplace_back(one.key);
      return ++seen < most;
    });
  } while (cursor != 0);
  std::ranges::sort(keys);
  return keys;
}

TEST_CASE("an actor is answered as its last attempt had it, folded or not") {
  keeping state;
  state.store(1, {state.actors(1, {"a", "b"}, "old")});
  state.store(2, {state.actors(2, {"b", "c"}, "new")});
  for (int folded = 0; folded <= 2; ++folded) {
    CAPTURE(folded);
    if (folded > 0) {
      state.fold(static_cast<std::uint64_t>(folded));
    }
    const auto store = state.look();
    CHECK(get(store, "a") == "old");
    CHECK(get(store, "b") == "new");
    CHECK(get(store, "c") == "new");
    CHECK_FALSE(get(store, "d").has_value());
    CHECK(store.size() == 3);
  }
}

TEST_CASE("what is stored later is answered from the next refresh on, and not before") {
  keeping state;
  state.store(1, {state.actors(1, {"a"}, "old")});
  auto store = state.look();
  state.store(2, {state.actors(2, {"a", "b"}, "new")});
  state.fold(1);
  CHECK(get(store, "a") == "old");
  CHECK_FALSE(get(store, "b").has_value());
  CHECK(store.size() == 1);
  store.refresh();
  CHECK(get(store, "a") == "new");
  CHECK(get(store, "b") == "new");
  CHECK(store.size() == 2);
}

TEST_CASE("a walk over all actors, a few at a time, visits each once") {
  std::vector<std::string> keys;
  for (int i = 0; i < 500; ++i) {
    keys.push_back(fmt::format("key {:03}", i));
  }
  keeping state;
  state.store(1, {state.actors(1, keys)});
  for (const bool folded : {false, true}) {
    if (folded) {
      state.fold(1);
    }
    const auto store = state.look();
    for (const std::size_t most : {1UL, 7UL, 499UL, 500UL, 1000UL}) {
      CHECK(all_keys(store, most) == keys);
    }
    std::vector<std::string> of_one;
    store.each_of(base::hash64("key 042"), [&](const entity::kept_state& one) {
      of_one.emplace_back(one.key);
      return true;
    });
    CHECK(of_one == std::vector<std::string>{"key 042"});
  }
}

/// All timers, by as many calls as it takes.
std::vector<entity::timer_entry> all_timers(const kept_store& from, std::size_t most) {
  std::vector<entity::timer_entry> all;
  entity::timer_entry after;
  while (true) {
    const auto some = from.timers(after, most);
    if (some.empty()) {
      return all;
    }
    CHECK(std::ranges::is_sorted(some));
    CHECK(after < some.front());
    all.insert(all.end(), some.begin(), some.end());
    after = some.back();
  }
}

TEST_CASE("timers come in their order, whatever is asked for at a time, and each once") {
  keeping state;
  entity::actor_changes actors;
  std::vector<entity::timer_entry> wanted;
  const auto add = [&](std::uint64_t hash, const std::string& key, base::event_time when) {
    actors.add(hash, key, when, [](auto& to) { to += "state"; });
    if (when != base::end_of_time) {
      wanted.push_back({.due = when, .key_hash = hash});
    }
  };
  for (std::uint64_t i = 0; i < 60; ++i) {
    // Ten instants, six keys at each; and keys whose hashes are equal, so that entries are.
    const auto when = due(static_cast<std::int64_t>(i % 10));
    add(i / 20 * 1000 + i % 20, fmt::format("key {}", i), when);
    add(i / 20 * 1000 + i % 20, fmt::format("same {}", i), when);
  }
  add(~0ULL, "the last hash", due(3));
  add(~0ULL, "the last hash, too", due(3));
  add(0, "the first hash", due(-5));
  add(1, "no timer", base::end_of_time);
  state.store(1, {state.delta(state.shard, 1, {.actors = &actors, .notes = {}, .outbox = {}})});
  std::ranges::sort(wanted);
  for (const bool folded : {false, true}) {
    if (folded) {
      state.fold(1);
    }
    const auto store = state.look();
    for (const std::size_t most : {1UL, 2UL, 3UL, 5UL, 64UL, 1000UL}) {
      CAPTURE(most);
      CHECK((all_timers(store, most) == wanted));
    }
  }
}

TEST_CASE("entries that are equal come together, even when more were asked for than that") {
  keeping state;
  entity::actor_changes actors;
  for (int i = 0; i < 9; ++i) {
    actors.add(5, fmt::format("key {}", i), due(7), [](auto& to) { to += "state"; });
  }
  actors.add(6, "another", due(7), [](auto& to) { to += "state"; });
  state.store(1, {state.delta(state.shard, 1, {.actors = &actors, .notes = {}, .outbox = {}})});
  state.fold(1);
  const auto store = state.look();
  CHECK(store.timers({}, 2).size() == 9);
  CHECK(store.timers({.due = due(7), .key_hash = 5}, 2).size() == 1);
  CHECK(store.timers({.due = due(7), .key_hash = 6}, 2).empty());
}

TEST_CASE("a timer that was moved is there once, where it is now; one that was taken off is gone") {
  keeping state;
  state.store(1, {state.actors(1, {"a", "b"}, "state", due(10))});
  state.store(2, {state.actors(2, {"a"}, "state", due(20))});
  state.store(3, {state.actors(3, {"b"}, "state", base::end_of_time)});
  const std::vector<entity::timer_entry> wanted{{.due = due(20), .key_hash = base::hash64("a")}};
  for (std::uint64_t folded = 0; folded <= 3; ++folded) {
    CAPTURE(folded);
    if (folded > 0) {
      state.fold(folded);
    }
    CHECK((all_timers(state.look(), 1) == wanted));
  }
}

TEST_CASE("a damaged row is told and never served") {
  keeping state;
  const std::string unique(300, 'Q');
  state.store(1, {state.actors(1, {"a"}, unique)});
  state.log.reset();
  state.state.reset();
  std::string bytes;
  {
    std::ifstream file{state.folder.file(), std::ios::binary};
    bytes.assign(std::istreambuf_iterator<char>{file}, {});
  }
  for (auto i = bytes.find(unique); i != std::string::npos; i = bytes.find(unique, i + 300)) {
    bytes[i + 150] = 'X';
  }
  std::ofstream{state.folder.file(), std::ios::binary} << bytes;
  state.open();
  const auto store = state.look();
  CHECK_THROWS_AS(get(store, "a"), std::runtime_error);
}

}  // namespace
}  // namespace aisle::checkpoint
