// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include "runtime/base/fault.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/kv/verify.hpp"
#include "tests/kv/child.hpp"
#include "tests/kv/failing_disk.hpp"
#include "tests/kv/folder.hpp"
#include "tests/kv/model.hpp"

namespace aisle::kv {
namespace {

constexpr int steps = 40;

/// What a run that is not disturbed says after so many steps.
std::vector<std::uint64_t> undisturbed(std::uint64_t seed) {
  const test_folder in;
  model_run run{in.path(), seed};
  std::vector<std::uint64_t> after{model_run::digest(run.state())};
  for (int i = 0; i < steps; ++i) {
    run.step();
    after.push_back(model_run::digest(run.state()));
  }
  return after;
}

std::unique_ptr<node_state> reopened(const test_folder& in) {
  auto opened = node_state::open({.folder = in.path(),
                                  .when_absent = open_options::absent::make,
                                  .new_id = {.high = 1, .low = 2},
                                  .map_bytes = std::size_t{1} << 20});
  REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().message));
  return std::move(*opened);
}

/// Runs the same steps in a child that `doom` lets die somewhere, and looks at what is left: it is
/// the state after the steps that were done, or one more. Answers whether the child died.
bool dies_well(std::uint64_t seed, const std::vector<std::uint64_t>& wanted,
               const std::function<void()>& doom) {
  const test_folder in;
  const auto end = run_in_child([&](const std::function<void()>& progress) {
    model_run run{in.path(), seed};
    progress();
    doom();
    for (int i = 0; i < steps; ++i) {
      run.step();
      progress();
    }
    return 0;
  });
  if (end.exit_code == 0) return false;
  REQUIRE_MESSAGE(end.signal == SIGKILL, end.said);
  REQUIRE(end.steps >= 1);
  {
    const auto state = reopened(in);
    const auto found = model_run::digest(*state);
    const bool known = found == wanted[end.steps - 1] || found == wanted[end.steps];
    CHECK_MESSAGE(known, "after ", end.steps, " steps");
    REQUIRE(state->begin_generation(generation{1000}, {}, log_offset{0}).has_value());
    REQUIRE(state->sweep_step().has_value());
  }
  const auto sound = verify(in.path());
  REQUIRE(sound.has_value());
  CHECK_MESSAGE(sound->sound(), (sound->sound() ? "" : sound->findings[0].what));
  return true;
}

TEST_CASE("killed at any fault point, a node holds what it acknowledged, and nothing by half") {
  std::size_t deaths = 0;
  for (const std::string_view name :
       {"kv.part_written", "kv.prepared", "kv.generation_begun", "kv.fold_written",
        "kv.fold_synced", "kv.swept", "kv.outbox_trimmed"}) {
    const auto before = deaths;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const auto wanted = undisturbed(seed);
      for (const auto* const pass : {"1", "2", "5"}) {
        INFO(std::string{name}, ":", pass, ", seed ", seed);
        deaths += dies_well(seed, wanted, [&] { base::arm_fault(std::string{name} + ":" + pass); });
      }
    }
    CHECK_MESSAGE(deaths > before, std::string{name});
  }
  MESSAGE(deaths, " deaths");
}

TEST_CASE("killed while it is made, a state is made at the next try") {
  std::size_t deaths = 0;
  const auto dies_in_making = [&](const std::function<void()>& doom) {
    const test_folder in;
    const auto end = run_in_child([&](const std::function<void()>&) {
      doom();
      static_cast<void>(reopened(in));
      return 0;
    });
    if (end.exit_code == 0) return false;
    REQUIRE_MESSAGE(end.signal == SIGKILL, end.said);
    const auto state = reopened(in);
    CHECK(state->id() == control::kv_id{.high = 1, .low = 2});
    CHECK(state->read()->copies()->empty());
    ++deaths;
    return true;
  };
  CHECK(dies_in_making([] { base::arm_fault("kv.file_made"); }));
  CHECK(dies_in_making([] { base::arm_fault("kv.identified"); }));
  for (std::uint64_t at = 1;
       dies_in_making([&] { arm_disk({.does = disk_fault::effect::kill, .at = at}); }); ++at) {
  }
  MESSAGE(deaths, " deaths");
  CHECK(deaths > 8);
}

TEST_CASE("an attempt that was cut off between its parts was never prepared, and is swept away") {
  const auto prepare_much = [](node_state& state, attempt of) {
    const auto copy = state.make_copy({.kind = control::shard_kind::stage, .of = "s", .number = 0},
                                      range_of(0, 1));
    const std::string bytes(1000, 'x');
    std::vector<std::string> keys;
    for (int i = 0; i < 80'000; ++i) {
      keys.push_back(std::to_string(i));
    }
    delta d{.copy = *copy, .base = {}, .schema = 1, .actors = {}, .notes = {}, .outbox = {}};
    for (const auto& key : keys) {
      d.actors.push_back({.key_hash = base::hash64(key), .key = key, .state = bytes});
    }
    preparation p{of, {d}};
    REQUIRE(state.prepare(p).has_value());
    CHECK(p.parts() == 3);
    return *copy;
  };
  for (const auto* const fault : {"kv.part_written:1", "kv.part_synced:1", "kv.part_written:2",
                                  "kv.part_synced:2", "kv.part_written:3", "kv.prepared:1"}) {
    INFO(std::string{fault});
    const bool prepared = std::string_view{fault} == "kv.prepared:1";
    const test_folder in;
    const attempt first{.generation = generation{1}, .epoch = base::epoch{1}};
    const auto end = run_in_child([&](const std::function<void()>&) {
      const auto state = reopened(in);
      base::arm_fault(fault);
      static_cast<void>(prepare_much(*state, first));
      return 0;
    });
    REQUIRE(end.signal == SIGKILL);
    const auto state = reopened(in);
    const auto copy =
        state->find_copy({.kind = control::shard_kind::stage, .of = "s", .number = 0});
    REQUIRE(copy->has_value());
    CHECK(state->read()->copy(**copy)->row.tip == (prepared ? first : attempt{}));

    const attempt second{.generation = generation{2}, .epoch = base::epoch{1}};
    REQUIRE(state->begin_generation(second.generation, {}, log_offset{0}).has_value());
    while (*state->sweep_step()) {
    }
    CHECK(state->stats()->tables[3].rows == 0);
    static_cast<void>(prepare_much(*state, second));
    while (*state->fold_step(second, log_offset{0})) {
    }
    CHECK(state->read()->copy(**copy)->row.actors == 80'000);
    CHECK(state->stats()->tables[3].rows == 0);
  }
}

TEST_CASE("killed at any write or sync of LMDB's, a node holds what it acknowledged") {
  std::size_t deaths = 0;
  for (std::uint64_t seed = 100; seed < 103; ++seed) {
    const auto wanted = undisturbed(seed);
    for (std::uint64_t at = 1;; at += fewer) {
      INFO("call ", at, ", seed ", seed);
      if (!dies_well(seed, wanted,
                     [&] { arm_disk({.does = disk_fault::effect::kill, .at = at}); })) {
        break;
      }
      ++deaths;
    }
  }
  MESSAGE(deaths, " deaths");
  CHECK(deaths > 100 / fewer);
}

TEST_CASE("power lost at any write or sync, with any of the unsynced pages lost, loses nothing") {
  std::size_t deaths = 0;
  for (std::uint64_t seed = 200; seed < 204; ++seed) {
    const auto wanted = undisturbed(seed);
    for (std::uint64_t at = 1;; at += fewer) {
      INFO("call ", at, ", seed ", seed);
      if (!dies_well(seed, wanted, [&] {
            arm_disk({.does = disk_fault::effect::power_cut, .at = at, .seed = 1000 * seed + at});
          })) {
        break;
      }
      ++deaths;
    }
  }
  MESSAGE(deaths, " deaths");
  CHECK(deaths > 100 / fewer);
}

}  // namespace
}  // namespace aisle::kv
