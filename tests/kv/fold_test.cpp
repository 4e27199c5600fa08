// SPDX-License-Identifier: Apache-2.0
// Folds of several attempts at once.
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/hash.hpp"
#include "runtime/base/pack.hpp"
#include "runtime/kv/folder.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/kv/folder.hpp"
#include "tests/kv/model.hpp"

namespace aisle::kv {
namespace {

void check_sound(const test_folder& in) {
  const auto found = verify(in.path());
  REQUIRE(found.has_value());
  CHECK_MESSAGE(found->sound(), (found->sound() ? "" : found->findings[0].what));
}

copy_row row_of(model_run& run, copy_id copy) { return run.state().read()->copy(copy)->row; }
std::size_t chain_of(model_run& run, copy_id copy) {
  return run.state().read()->copy(copy)->chain.size();
}

/// So many attempts, all complete, none folded: few keys, so that most places have several rows.
void gather(model_run& run, int attempts, std::size_t rows = 20, std::size_t bytes_max = 40) {
  for (int i = 0; i < attempts; ++i) {
    REQUIRE(run.prepare(rows, bytes_max).has_value());
    run.complete();
  }
}

TEST_CASE("all complete attempts of a chain are folded in one pass, and end together") {
  const test_folder in;
  model_run run{in.path(), 1};
  gather(run, 6);
  REQUIRE(run.prepare(5, 40).has_value());
  const auto before = model_run::digest(run.state());
  CHECK(chain_of(run, run.shard(0)) == 7);
  run.fold_step();
  CHECK(chain_of(run, run.shard(0)) == 1);
  CHECK((row_of(run, run.shard(0)).base == run.last_complete()));
  CHECK(model_run::digest(run.state()) == before);
  run.compare();
  run.close();
  check_sound(in);
}

/// Bytes that this process has handed to the system.
std::uint64_t written() {
  std::ifstream io{"/proc/self/io"};
  for (std::string line; std::getline(io, line);) {
    if (line.starts_with("wchar:")) return std::stoull(line.substr(line.find(' ')));
  }
  return 0;
}

TEST_CASE("lone actors that change in each of eight attempts cost the base their pages once") {
  constexpr std::size_t actors = 8000;
  constexpr std::uint64_t attempts = 8;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < actors; ++i) {
    keys.push_back(std::to_string(i));
  }
  const std::string bytes(900, 's');
  const auto bytes_of = [&](std::uint64_t at_once) {
    const test_folder in;
    const auto state = *node_state::open({.folder = in.path(),
                                          .when_absent = open_options::absent::make,
                                          .new_id = {.high = 1, .low = 1},
                                          .map_bytes = std::size_t{1} << 28});
    const auto copy = *state->make_copy(
        {.kind = control::shard_kind::stage, .of = "s", .number = 0}, range_of(0, 1));
    attempt tip;
    const auto prepare = [&](std::size_t stride) {
      delta d{.copy = copy, .base = tip, .schema = 1, .actors = {}, .notes = {}, .outbox = {}};
      for (std::size_t i = 0; i < actors; i += stride) {
        d.actors.push_back({.key_hash = base::hash64(keys[i]), .key = keys[i], .state = bytes});
      }
      tip = {.generation = generation{1}, .epoch = tip.epoch.next()};
      preparation p{tip, {d}};
      REQUIRE(state->prepare(p).has_value());
    };
    const auto fold = [&] {
      const auto before = written();
      while (*state->fold_step(tip, log_offset{0})) {
      }
      return written() - before;
    };
    prepare(1);
    fold();
    std::uint64_t all = 0;
    for (std::uint64_t i = 1; i <= attempts; ++i) {
      prepare(10);
      if (i % at_once == 0) all += fold();
    }
    return all;
  };
  CHECK(bytes_of(attempts) * 4 < bytes_of(1));
}

TEST_CASE("amid a fold of several attempts its end and all above are read as they were") {
  for (const std::size_t chunks : {1U, 2U, 7U}) {
    CAPTURE(chunks);
    const test_folder in;
    model_run run{in.path(), 10 + chunks};
    gather(run, 4, 20, 3000);
    const auto to = run.last_complete();
    REQUIRE(run.prepare(5, 40).has_value());
    const auto before = model_run::digest(run.state());
    const auto held = run.state().read()->copy(run.shard(0));
    int steps = 0;
    for (bool more = true; more; ++steps) {
      more = run.fold_some(chunks).value();
      REQUIRE(model_run::digest(run.state()) == before);
      const auto facts = *run.state().read()->copy(run.shard(0));
      CHECK(facts.holds(to));
      CHECK(facts.holds(facts.row.tip));
      for (const auto& link : held->chain) {
        if (link.of < to && facts.row.is_half_folded()) CHECK_FALSE(facts.holds(link.of));
      }
      run.compare();
      if (steps % 16 == 0) {
        run.close();
        check_sound(in);
        run.open();
      }
    }
    CHECK(steps > 8);
    CHECK((row_of(run, run.shard(0)).base == to));
  }
}

TEST_CASE("a fold goes to where it began to go; what completes meanwhile is folded behind it") {
  const test_folder in;
  model_run run{in.path(), 4};
  gather(run, 3);
  const auto first = run.last_complete();
  REQUIRE(run.fold_some(4).value());
  CHECK((row_of(run, run.shard(0)).folds_to == first));
  gather(run, 2);
  REQUIRE(run.fold_some(4).value());
  CHECK((row_of(run, run.shard(0)).folds_to == first));
  const auto before = model_run::digest(run.state());
  for (bool ended = false; !ended;) {
    REQUIRE(run.fold_some(1).value());
    ended = row_of(run, run.shard(0)).base == first;
  }
  CHECK(chain_of(run, run.shard(0)) == 2);
  CHECK_FALSE(row_of(run, run.shard(0)).is_half_folded());
  run.fold_all();
  CHECK(chain_of(run, run.shard(0)) == 0);
  CHECK(model_run::digest(run.state()) == before);
  run.close();
  check_sound(in);
}

TEST_CASE("an Assign amid a fold leaves it to be ended; one that stands below it finds it stale") {
  const test_folder in;
  model_run run{in.path(), 5};
  gather(run, 3);
  const auto complete = run.last_complete();
  REQUIRE(run.fold_some(5).value());
  REQUIRE(run.prepare(5, 40).has_value());
  run.assign();
  run.compare();
  CHECK(chain_of(run, run.shard(0)) == 3);
  // As an operator's Reset may order it.
  const attempt below{.generation = complete.generation, .epoch = base::epoch{1}};
  const auto stands = run.state().begin_generation(generation{9}, below, log_offset{9});
  REQUIRE(stands.has_value());
  CHECK_FALSE((*stands)[0].holds);
  CHECK((*stands)[1].holds);
  run.fold_all();
  CHECK((row_of(run, run.shard(0)).base == complete));
  run.close();
  check_sound(in);
}

/// A row of a copy as format 1 has it.
std::string in_format_1(std::string_view key, const copy_row& row) {
  std::string body;
  base::packer to{body};
  const auto number = [&](std::uint64_t n) { to.integer(static_cast<std::int64_t>(n)); };
  const auto name = [&](attempt a) {
    to.integer(a.generation.get());
    number(a.epoch.get());
  };
  number(static_cast<std::uint64_t>(row.state));
  number(row.hashes.first);
  number(row.hashes.last);
  name(row.base);
  name(row.tip);
  for (const auto& sum : {row.folded, row.in_base}) {
    number(sum.chunks);
    number(sum.sum);
  }
  number(row.actors);
  number(row.timers);
  return sealed(key, body);
}

TEST_CASE(
    "a state of format 1, left amid a fold, is sound, is folded on, and is of format 2 then") {
  const test_folder in;
  model_run run{in.path(), 6};
  gather(run, 1, 25);
  REQUIRE(run.fold_some(5).value());
  REQUIRE(run.prepare(20, 40).has_value());
  const auto before = model_run::digest(run.state());
  REQUIRE(run.state()
              .env()
              .write([&](txn& to) {
                for (const auto& copy : {run.shard(0), run.shard(1), run.lane()}) {
                  const auto key = ledger_key::copy(copy);
                  to.put(table::ledger, key, in_format_1(key, *to.row<copy_row>(key)));
                }
                auto identity = *to.row<identity_row>(ledger_key::identity());
                identity.format = 1;
                to.put_row(ledger_key::identity(), identity);
              })
              .has_value());
  run.close();
  check_sound(in);
  run.open();
  const auto format = run.state().reading(
      [](const txn& of) { return of.row<identity_row>(ledger_key::identity())->format; });
  CHECK(*format == 2);
  CHECK(model_run::digest(run.state()) == before);
  const auto facts = *run.state().read()->copy(run.shard(0));
  CHECK(facts.row.is_half_folded());
  CHECK_FALSE(facts.holds(attempt{}));
  CHECK(facts.holds(run.last_complete()));
  run.complete();
  for (bool more = true; more;) {
    more = run.fold_some(3).value();
    CHECK(model_run::digest(run.state()) == before);
  }
  CHECK(chain_of(run, run.shard(0)) == 0);
  run.close();
  check_sound(in);
}

/// Whether a fold of several attempts, in small steps, leaves anything else to be read than before.
bool is_noticed(fold_mistake mistake, std::uint64_t seed) {
  const test_folder in;
  model_run run{in.path(), seed};
  gather(run, 4);
  const auto before = model_run::digest(run.state());
  while (true) {
    const auto moved = run.fold_some(3, mistake);
    if (!moved || model_run::digest(run.state()) != before) return true;
    if (!*moved) return false;
  }
}

TEST_CASE("a fold in which the older row wins, or a tombstone below a newer row, is noticed") {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    CAPTURE(seed);
    CHECK_FALSE(is_noticed(fold_mistake::none, seed));
    CHECK(is_noticed(fold_mistake::older_row_wins, seed));
    CHECK(is_noticed(fold_mistake::tombstone_wins, seed));
    CHECK(is_noticed(fold_mistake::newest_leaves_first, seed));
  }
}

}  // namespace
}  // namespace aisle::kv
