// SPDX-License-Identifier: Apache-2.0
// Worlds that are thrown away at a random moment and begin again from what their epochs kept: what
// comes out is what comes out of a run that nothing happens to.
#include <algorithm>

#include <doctest/doctest.h>

#include "tests/sim/oracle.hpp"
#include "tests/sim/plans.hpp"
#include "tests/sim/seeds.hpp"
#include "tests/sim/simulation.hpp"

namespace aisle::sim {
namespace {

/// Lines of a sink that delivers at once may come twice: what a crash interrupts goes out again.
bool is_immediate(const topology::plan& plan, const std::string& sink) {
  return std::ranges::any_of(plan.sinks,
                             [&](const auto& one) { return one.name == sink && one.immediate; });
}

std::vector<std::string> once(std::vector<std::string> sorted) {
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  return sorted;
}

/// What differs, as a text; empty when nothing does.
std::string difference(const topology::plan& plan, const outcome& got, const outcome& wanted) {
  for (const auto& [sink, lines] : wanted.lines) {
    const auto& others = got.lines.at(sink);
    const bool same = is_immediate(plan, sink) ? once(others) == once(lines) : others == lines;
    if (!same) {
      return sink + ": " + std::to_string(others.size()) + " lines, not " +
             std::to_string(lines.size()) + ", or others";
    }
  }
  if (got.sources != wanted.sources) {
    return "counts of sources";
  }
  if (got.stages != wanted.stages) {
    return "counts of stages";
  }
  if (got.late_records != wanted.late_records) {
    return "counts of what is late for one";
  }
  return got.quarantined_actors == wanted.quarantined_actors ? "" : "actors in quarantine";
}

struct totals {
  std::uint64_t crashes = 0;
  std::uint64_t pages = 0;
  std::uint64_t actors = 0;
  std::uint64_t cut_waits = 0;

  void add(const outcome& of) {
    crashes += of.crashes;
    pages += of.pages_found;
    actors += of.actors_found;
    cut_waits += of.cut_waits;
  }
  void tell() const {
    MESSAGE(crashes, " crashes; found again: ", pages, " pages of rows, ", actors, " actors; ",
            cut_waits, " waits for a cut");
  }
};

run_options crashing(std::uint64_t seed) {
  return {.seed = seed * 1'000 + 17,
          .shards = static_cast<std::uint32_t>(1 + seed % 4),
          .ticks = 0.02,
          .crashes = static_cast<std::uint32_t>(1 + seed % 6)};
}

TEST_CASE("a world thrown away at any moment, several times, brings out the same bytes") {
  totals all;
  for_seeds(200, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    const auto got = run(plan, from.feeds, crashing(seed));
    CHECK(difference(plan, got, wanted) == "");
    CHECK(got.stalls == 0);
    all.add(got);
  });
  all.tell();
  CHECK(all.crashes > 100);
  CHECK(all.pages > 100);
}

TEST_CASE("the same with an actor for every key, and at the bound of keys") {
  totals all;
  for_seeds(60, [&](std::uint64_t seed) {
    auto shape = any_shape(seed);
    auto plan = make_plan(shape);
    for (auto& stage : plan.stages) {
      stage.keys_max = seed % 3 == 0 ? 5 : 1'000;
    }
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    auto options = crashing(seed);
    if (seed % 2 == 1) {
      options.memory = 20'000;
    }
    const auto got = run(plan, from.feeds, options);
    CHECK(difference(plan, got, wanted) == "");
    all.add(got);
  });
  all.tell();
}

TEST_CASE("the same when memory is short: nobody leaves before a cut has him") {
  totals all;
  for_seeds(80, [&](std::uint64_t seed) {
    const auto shape = any_shape(seed);
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    auto options = crashing(seed);
    options.memory = seed % 2 == 0 ? 1 : 12'000;
    const auto got = run(plan, from.feeds, options);
    CHECK(difference(plan, got, wanted) == "");
    CHECK(got.stalls == 0);
    all.add(got);
  });
  all.tell();
  CHECK(all.cut_waits > 100);
}

TEST_CASE("in the order of arrival nothing is lost or counted twice, and sums are the same") {
  totals all;
  for_seeds(100, [&](std::uint64_t seed) {
    auto shape = any_shape(seed);
    shape.order = topology::order::arrival;
    shape.throws_at = 0;
    shape.immediate = 0;
    const auto plan = make_plan(shape);
    const auto from = make_input(shape, seed);
    const auto wanted = expect_of(shape, from);
    const auto got = run(plan, from.feeds, crashing(seed));
    check_sums(got);
    CHECK(got.sources == wanted.sources);
    for (std::size_t s = 0; s < wanted.in.size(); ++s) {
      CHECK(got.stages[s].in == wanted.in[s]);
      CHECK(got.stages[s].late == wanted.late[s]);
    }
    CHECK((minutes_of(got) == wanted.minutes));
    all.add(got);
  });
  all.tell();
}

TEST_CASE("partitions that were idle at a cut are idle again, and nothing is lost") {
  std::uint64_t declared = 0;
  totals all;
  for_seeds(40, [&](std::uint64_t seed) {
    auto shape = any_shape(seed);
    shape.immediate = 0;
    auto plan = make_plan(shape);
    for (auto& source : plan.sources) {
      source.idle = base::duration{100};
    }
    const auto from = make_input(shape, seed);
    const auto wanted = run(plan, from.feeds, {.seed = seed});
    auto options = crashing(seed);
    options.arrivals = 0.05;
    const auto got = run(plan, from.feeds, options);
    CHECK(got.sources == wanted.sources);
    for (std::size_t s = 0; s < got.stages.size(); ++s) {
      CHECK(got.stages[s].in == wanted.stages[s].in);
    }
    check_sums(got);
    declared += got.declared_idle;
    all.add(got);
  });
  all.tell();
  CHECK(declared > 20);
}

TEST_CASE("whoever forgets a part of what is kept is noticed") {
  for (const auto forgotten :
       {mutation::forget_rows, mutation::forget_actor, mutation::forget_repeats,
        mutation::forget_highest, mutation::forget_watermark, mutation::forget_counts,
        mutation::forget_timers}) {
    std::size_t noticed = 0;
    std::uint64_t tries = 0;
    for (; tries < 60 && noticed == 0; ++tries) {
      const auto shape = any_shape(tries);
      const auto plan = make_plan(shape);
      const auto from = make_input(shape, tries);
      const auto wanted = run(plan, from.feeds, {.seed = tries});
      auto options = crashing(tries);
      options.leaves_out = forgotten;
      try {
        const auto got = run(plan, from.feeds, options);
        noticed += difference(plan, got, wanted).empty() ? 0U : 1U;
      } catch (const broken&) {
        ++noticed;
      }
    }
    CAPTURE(static_cast<int>(forgotten));
    CHECK(noticed == 1);
    MESSAGE("left out ", static_cast<int>(forgotten), ": noticed at seed ", tries - 1);
  }
}

}  // namespace
}  // namespace aisle::sim
