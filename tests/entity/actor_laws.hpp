// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every actor may rely on, whoever hosts it. `hosts()` answers a host of the stage; the laws
// hold for all kinds of them.

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/entity/hosting.hpp"
#include "tests/entity/workshop.hpp"
#include "tests/sim/digest.hpp"

namespace aisle::entity {

/// Makes a host of this stage, which outlives it.
using host_maker = std::function<std::unique_ptr<hosting>(const stage&)>;

/// A host driven as a shard drives it: timers in their place, now and then settled.
class driven {
 public:
  driven(const host_maker& make, const stage& of) : host_{make(of)} {}

  void happen(const happening& h) {
    while (host_->next_timer() <= at(h.at_ms)) {
      host_->fire_next(made_);
    }
    const auto batch = batch_of({h});
    host_->apply(0, batch[0], batch[0].head->seen, made_);
    host_->rest(at(h.at_ms));
  }
  void fire_until(base::event_time until) {
    do {
      while (host_->next_timer() != base::end_of_time && host_->next_timer() <= until) {
        host_->fire_next(made_);
      }
    } while (host_->settle(made_));
  }
  [[nodiscard]] std::vector<std::string> all() {
    host_->settle(made_);
    std::vector<std::string> lines;
    for (const auto& output : made_) {
      lines.push_back(output.json);
    }
    return lines;
  }
  [[nodiscard]] hosting& host() { return *host_; }

 private:
  std::unique_ptr<hosting> host_;
  outputs made_;
};

inline void law_one_thread_at_a_time(const host_maker& make) {
  constexpr std::size_t keys = 16;
  workshop shop{1};
  std::array<std::atomic<int>, keys> inside{};
  std::atomic<int> crowds = 0;
  shop[0].hears = [&](probe_state& state, const event& e, context&) {
    auto& here = inside.at(static_cast<std::size_t>(amount_of(e)));
    crowds += here.fetch_add(1) != 0 ? 1 : 0;
    for (int i = 0; i < 200; ++i) {
      state.total += i;
    }
    here.fetch_sub(1);
  };
  driven on{make, shop.stage};
  for (std::int64_t i = 0; i < 20'000; ++i) {
    const auto key = i * 7 % static_cast<std::int64_t>(keys);
    on.happen({.key = "k" + std::to_string(key), .at_ms = i, .amount = key});
  }
  on.fire_until(at(20'000));
  CHECK(crowds == 0);
  CHECK(on.host().counts() == stage_counts{.in = 20'000, .applied = 20'000});
}

inline void law_mailbox_order(const host_maker& make) {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context& out) {
    if (amount_of(e) != state.total) {
      emit_report(out, "out_of_order", amount_of(e));
    }
    ++state.total;
  };
  driven on{make, shop.stage};
  for (std::int64_t round = 0; round < 500; ++round) {
    for (int key = 0; key < 20; ++key) {
      on.happen({.key = "k" + std::to_string(key), .at_ms = round, .amount = round});
    }
  }
  CHECK(on.all().empty());
  CHECK(on.host().counts().applied == 10'000);
}

inline void law_a_throw_stops_one_actor_only(const host_maker& make) {
  workshop shop{1};
  shop[0].hears = [](probe_state& state, const event& e, context& out) {
    if (amount_of(e) == 13) {
      throw std::runtime_error{"thirteen"};
    }
    emit_report(out, "total", ++state.total);
  };
  shop.stage.max_failures = 2;
  driven on{make, shop.stage};
  for (std::int64_t i = 0; i < 10; ++i) {
    on.happen({.key = "ill", .at_ms = i, .amount = 13});
    on.happen({.key = "sound", .at_ms = i, .amount = 1});
  }
  on.fire_until(at(100));
  CHECK(on.host().counts() == stage_counts{.in = 20, .applied = 10, .failed = 2, .quarantined = 8});
  CHECK(on.host().quarantined_actors() == 1);
  const auto lines = on.all();
  CHECK(std::ranges::count(lines, R"({"key":"sound","total":10})") == 1);
  REQUIRE(on.host().release("ill"));
  on.happen({.key = "ill", .at_ms = 200, .amount = 1});
  CHECK(on.all().back() == R"({"key":"ill","total":1})");
  CHECK(on.host().quarantined_actors() == 0);
}

/// The outputs, in the order of each key, and the sums of a life of 30 keys; what an actor says
/// depends on everything it ever saw.
struct life {
  std::map<std::string, std::vector<std::string>> by_key;
  stage_counts counts;
  friend bool operator==(const life&, const life&) = default;
};

/// The first `"k12` of an output, wherever its kind says the key.
inline std::string key_in(std::string_view line) {
  for (auto at = line.find("\"k"); at != std::string_view::npos; at = line.find("\"k", at + 1)) {
    const auto end = line.find_first_not_of("0123456789", at + 2);
    if (end > at + 2) {
      return std::string{line.substr(at, end - at)};
    }
  }
  return {};
}

inline life life_in(const host_maker& make, std::uint64_t seed) {
  sim::digest sound{true, 0};
  sim::digest throwing{true, 23};
  workshop shop{0};
  shop.stage.behaviours.push_back(
      {.name = "order", .kind = "anomaly", .logic = &sound, .inputs = {}});
  shop.stage.behaviours.push_back(
      {.name = "throws", .kind = "anomaly", .logic = &throwing, .inputs = {}});
  shop.stage.max_failures = 9;
  driven on{make, shop.stage};
  std::mt19937_64 chance{seed};
  std::int64_t now = 0;
  for (std::int64_t i = 0; i < 4'000; ++i) {
    now += static_cast<std::int64_t>(chance() % 2'000);
    on.happen({.key = "k" + std::to_string(chance() % 30), .at_ms = now, .offset = i});
  }
  on.fire_until(base::end_of_time);
  life lived{.by_key = {}, .counts = on.host().counts()};
  for (const auto& line : on.all()) {
    lived.by_key[key_in(line)].push_back(line);
  }
  return lived;
}

inline void law_wakes_with_the_state_it_slept_with(const host_maker& make) {
  const host_maker plain = [](const stage& of) { return std::make_unique<actor_host>(of); };
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const auto wanted = life_in(plain, seed);
    REQUIRE(wanted.by_key.size() > 20);
    CHECK((life_in(make, seed) == wanted));
  }
}

inline void check_actor_laws(const host_maker& make) {
  law_one_thread_at_a_time(make);
  law_mailbox_order(make);
  law_a_throw_stops_one_actor_only(make);
  law_wakes_with_the_state_it_slept_with(make);
}

}  // namespace aisle::entity
