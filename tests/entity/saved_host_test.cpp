// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <stdexcept>

#include <doctest/doctest.h>

#include "tests/entity/workshop.hpp"
#include "tests/sim/digest.hpp"

namespace aisle::entity {
namespace {

std::string saved(const actor_host& host) {
  std::string bytes;
  base::packer to{bytes};
  host.save(to);
  return bytes;
}

bool loaded(actor_host& host, std::string_view bytes) {
  base::unpacker from{bytes};
  host.load(from);
  return from.done();
}

/// A stage of behaviours that depend on all they ever saw, one of which throws now and then.
struct busy_stage {
  busy_stage() : shop{0} {
    shop.stage.behaviours.push_back(
        {.name = "order", .kind = "anomaly", .logic = &sound, .inputs = {}});
    shop.stage.behaviours.push_back(
        {.name = "throws", .kind = "anomaly", .logic = &throwing, .inputs = {}});
    shop.stage.max_failures = 4;
  }
  sim::digest sound{true, 0};
  sim::digest throwing{true, 23};
  workshop shop;
};

std::vector<happening> a_life(std::uint64_t seed, std::size_t events) {
  std::mt19937_64 chance{seed};
  std::vector<happening> life;
  std::int64_t now = 0;
  for (std::size_t i = 0; i < events; ++i) {
    now += static_cast<std::int64_t>(chance() % 20'000);
    life.push_back({.key = "k" + std::to_string(chance() % 5),
                    .at_ms = now,
                    .offset = static_cast<std::int64_t>(i)});
  }
  return life;
}

/// As a shard calls it in the order of event time.
void live(actor_host& host, const happening& h, outputs& made) {
  while (host.next_timer() <= at(h.at_ms)) {
    host.fire_next(made);
  }
  const auto batch = batch_of({h});
  host.apply(0, batch[0], batch[0].head->seen, made);
}

std::vector<std::string> sorted(const outputs& made) {
  std::vector<std::string> all;
  for (const auto& output : made) {
    all.push_back(output.json);
  }
  std::ranges::sort(all);
  return all;
}

/// Outputs and last state of a host that lives through all, saved and loaded before every input in
/// `reload`.
template <class Reload>
std::pair<std::vector<std::string>, std::string> outcome_of(const stage& of,
                                                            const std::vector<happening>& life,
                                                            Reload&& reload) {
  outputs made;
  auto host = std::make_unique<actor_host>(of);
  for (std::size_t i = 0; i < life.size(); ++i) {
    if (reload(i)) {
      const auto bytes = saved(*host);
      host = std::make_unique<actor_host>(of);
      REQUIRE(loaded(*host, bytes));
      CHECK((saved(*host) == bytes));
    }
    live(*host, life[i], made);
  }
  while (host->next_timer() != base::end_of_time) {
    host->fire_next(made);
  }
  return {sorted(made), saved(*host)};
}

TEST_CASE("a host saved and loaded between any two inputs goes on as if it had not been") {
  busy_stage of;
  const auto life = a_life(5, 200);
  const auto wanted = outcome_of(of.shop.stage, life, [](std::size_t) { return false; });
  CHECK(wanted.first.size() > 200);
  const auto each = outcome_of(of.shop.stage, life, [](std::size_t) { return true; });
  CHECK((each == wanted));
  for (std::size_t once = 0; once < life.size(); ++once) {
    const auto got = outcome_of(of.shop.stage, life, [&](std::size_t i) { return i == once; });
    REQUIRE((got == wanted));
  }
}

TEST_CASE("what is saved does not depend on the order in which actors came to life") {
  busy_stage of;
  actor_host forward{of.shop.stage};
  actor_host backward{of.shop.stage};
  outputs ignored;
  for (std::int64_t i = 0; i < 100; ++i) {
    const auto batch = batch_of({{.key = std::to_string(i)}, {.key = std::to_string(99 - i)}});
    forward.apply(0, batch[0], batch[0].head->seen, ignored);
    backward.apply(0, batch[1], batch[1].head->seen, ignored);
  }
  CHECK((saved(forward) == saved(backward)));
}

TEST_CASE("counts, quarantine and what an actor occupies are loaded with it") {
  busy_stage of;
  actor_host host{of.shop.stage};
  outputs made;
  for (const auto& h : a_life(9, 400)) {
    live(host, h, made);
  }
  REQUIRE(host.quarantined_actors() > 0);
  actor_host copy{of.shop.stage};
  REQUIRE(loaded(copy, saved(host)));
  CHECK(copy.counts() == host.counts());
  CHECK(copy.quarantined_actors() == host.quarantined_actors());
  CHECK(copy.actors() == host.actors());
  CHECK(copy.bytes() == host.bytes());
  CHECK(copy.late_by_behaviour() == host.late_by_behaviour());
}

TEST_CASE("bytes cut short anywhere are refused") {
  busy_stage of;
  actor_host host{of.shop.stage};
  outputs made;
  for (const auto& h : a_life(3, 40)) {
    live(host, h, made);
  }
  const auto bytes = saved(host);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    actor_host copy{of.shop.stage};
    REQUIRE_FALSE(loaded(copy, std::string_view{bytes}.substr(0, size)));
  }
}

TEST_CASE("the state of another stage is refused") {
  busy_stage of;
  actor_host host{of.shop.stage};
  outputs made;
  live(host, {}, made);
  workshop one{1};
  actor_host other{one.stage};
  CHECK_FALSE(loaded(other, saved(host)));
}

}  // namespace
}  // namespace aisle::entity
