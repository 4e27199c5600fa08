// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/sim/invariants.hpp"

namespace aisle::sim {

/// Says which seed it was when a check of the runtime ends the process.
class seed_on_abort {
 public:
  explicit seed_on_abort(std::uint64_t seed) : before_{std::signal(SIGABRT, say)} {
    text() = "the seed was " + std::to_string(seed) + "\n";
  }
  seed_on_abort(const seed_on_abort&) = delete;
  seed_on_abort& operator=(const seed_on_abort&) = delete;
  ~seed_on_abort() { std::signal(SIGABRT, before_); }

 private:
  static std::string& text() {
    static std::string said;
    return said;
  }
  static void say(int) {
    const auto written = write(STDERR_FILENO, text().data(), text().size());
    static_cast<void>(written);
    std::signal(SIGABRT, SIG_DFL);
  }

  void (*before_)(int);
};

/// Calls `check(seed)` for the first `normally` seeds; AISLE_SEEDS says another number of them, and
/// AISLE_SEED=n takes that one alone, to see again what failed.
template <class Check>
void for_seeds(std::uint64_t normally, Check&& check) {
  const auto* const many = std::getenv("AISLE_SEEDS");
  const auto* const one = std::getenv("AISLE_SEED");
  const auto first = one != nullptr ? std::strtoull(one, nullptr, 10) : 0;
  const auto count = one != nullptr    ? 1
                     : many != nullptr ? std::strtoull(many, nullptr, 10)
                                       : normally;
  for (auto seed = first; seed < first + count; ++seed) {
    CAPTURE(seed);
    const seed_on_abort said{seed};
    try {
      check(seed);
    } catch (const broken& what) {
      FAIL("seed ", seed, ": ", std::string{what.what()});
    }
  }
}

}  // namespace aisle::sim
