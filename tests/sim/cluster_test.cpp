// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cluster.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>

#include "tests/sim/seeds.hpp"

namespace aisle::cluster_sim {
namespace {

/// Runs it; a failure is run again to show its last steps.
run_counts play(const scenario& of, all_coverage* covered = nullptr) {
  try {
    cluster run{of};
    const auto counts = run.run();
    if (covered != nullptr) {
      run.count(*covered);
    }
    return counts;
  } catch (const violation& what) {
    cluster again{of};
    again.trace_to_end();
    try {
      again.run();
    } catch (const violation&) {
    }
    std::string text = fmt::format("seed {}: {}\n", of.seed, what.what());
    for (const auto& line : again.trace()) {
      text += "  " + line + "\n";
    }
    FAIL(text);
    return {};
  }
}

void say(const run_counts& all) {
  MESSAGE(fmt::format(
      "{} turns, {} epochs, {} generations, {} crashes, {} zombies, {} disks lost, {} messages "
      "lost, {} unknown appends, {} unknown writes, {} fills, {} moves",
      all.steps, all.epochs, all.generations, all.crashes, all.pauses, all.disks_lost,
      all.messages_lost, all.unknown_appends, all.unknown_writes, all.fills, all.moves));
}

TEST_CASE("cluster: without faults one generation does it all") {
  sim::for_seeds(10, [](std::uint64_t seed) {
    auto quiet = several_nodes(seed);
    quiet.faults = false;
    CHECK(play(quiet).generations == 1);
  });
}

TEST_CASE("cluster: one node, any schedule, any faults: the output of an uninterrupted run") {
  run_counts all;
  sim::for_seeds(50, [&](std::uint64_t seed) { add(all, play(one_node(seed))); });
  say(all);
}

struct share {
  std::size_t taken = 0;
  std::size_t of = 0;
  template <class Table>
  void add(const coverage<Table>& edges) {
    of += edges.taken.size();
    for (const auto count : edges.taken) {
      taken += count > 0 ? 1 : 0;
    }
  }
};

share edges_taken(const all_coverage& covered) {
  share all;
  all.add(covered.leader);
  all.add(covered.node);
  all.add(covered.copy);
  all.add(covered.lane);
  all.add(covered.reader);
  all.add(covered.channels);
  return all;
}

TEST_CASE("cluster: several nodes, any schedule, any faults: the output of an uninterrupted run") {
  run_counts all;
  all_coverage covered;
  std::size_t runs = 0;
  sim::for_seeds(150, [&](std::uint64_t seed) {
    add(all, play(several_nodes(seed), &covered));
    ++runs;
  });
  say(all);
  const auto edges = edges_taken(covered);
  MESSAGE(fmt::format("{} of {} edges taken", edges.taken, edges.of));
  if (runs >= 150) {
    CHECK_MESSAGE(edges.taken * 4 > edges.of * 3, "the rest is left to tests/checkpoint");
  }
}

}  // namespace
}  // namespace aisle::cluster_sim
