// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/kept_run.hpp"

#include "tests/sim/seeds.hpp"

namespace aisle::sim {
namespace {

TEST_CASE("whenever a node with a state dies, its lanes have each line once, and in order") {
  kept_run::counts all;
  for_seeds(400, [&](std::uint64_t seed) {
    kept_run run{seed};
    run.run(static_cast<int>(seed % 8));
    const auto& done = run.done();
    all.epochs += done.epochs;
    all.failed_writes += done.failed_writes;
    all.torn_writes += done.torn_writes;
    all.from_store += done.from_store;
  });
  // What the seeds are for has happened.
  if (std::getenv("AISLE_SEED") == nullptr) {
    CHECK(all.epochs > 2'000);
    CHECK(all.failed_writes > 500);
    CHECK(all.torn_writes > 100);
    CHECK(all.from_store > 50);
  }
}

}  // namespace
}  // namespace aisle::sim
