// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include <doctest/doctest.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sim/cluster.hpp"

namespace aisle::cluster_sim {
namespace {

/// Written by a child, read when it has ended, however it has.
struct finding {
  std::uint64_t seed = 0;
  bool found = false;
  std::array<char, 400> text{};
};

finding& shared_finding() {
  static auto* const memory =
      mmap(nullptr, sizeof(finding), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return *static_cast<finding*>(memory);
}

[[noreturn]] void look(mutation lie, std::uint64_t first, std::uint64_t seeds, finding& into) {
  // A check of the classes may end the child as well; it need not tell the world.
  static_cast<void>(std::freopen("/dev/null", "w", stderr));
  for (into.seed = first; into.seed < seeds; ++into.seed) {
    auto of = several_nodes(into.seed);
    of.lie = lie;
    try {
      cluster{of}.run();
    } catch (const violation& what) {
      std::strncpy(into.text.data(), what.what(), into.text.size() - 1);
      into.found = true;
      _exit(0);
    }
  }
  _exit(0);
}

/// The first seed at which the lie is seen. A child runs the seeds, because what a lie leads to may
/// end the process.
finding find(mutation lie, std::uint64_t seeds) {
  auto& into = shared_finding();
  into = {};
  const auto child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    look(lie, 0, seeds, into);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!into.found && WIFSIGNALED(status)) {
    into.found = true;
    std::strncpy(into.text.data(), "a check of the protocol classes ends the process",
                 into.text.size() - 1);
  }
  return into;
}

TEST_CASE("cluster: each tempting simplification is seen by an invariant") {
  for (const auto& [lie, name] : all_mutations) {
    CAPTURE(name);
    const auto seen = find(lie, 400);
    CHECK(seen.found);
    MESSAGE(fmt::format("{}: seed {}: {}", name, seen.seed, seen.text.data()));
  }
}

TEST_CASE("cluster: the truth is not taken for a simplification") {
  CHECK_FALSE(find(mutation::none, 20).found);
}

}  // namespace
}  // namespace aisle::cluster_sim
