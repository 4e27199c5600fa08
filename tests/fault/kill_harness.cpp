// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/kill_harness.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace aisle::fault {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int killed_code = 128 + SIGKILL;
/// After a completed epoch a process lives on for as long as this: some epochs.
constexpr std::uint64_t lives_on_us_max = 30'000;
/// A process that does so little in this time hangs.
constexpr std::chrono::seconds patience{60};

std::uint64_t number_of(const char* name, std::uint64_t unless_said) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? unless_said : std::strtoull(text, nullptr, 10);
}

}  // namespace

std::uint64_t kills_wanted(std::uint64_t unless_said) {
  return number_of("AISLE_KILLS", unless_said);
}

std::uint64_t first_seed() { return number_of("AISLE_SEED", 1); }

kill_counts& kill_counts::operator+=(const kill_counts& more) {
  trials += more.trials;
  kills += more.kills;
  deaths += more.deaths;
  epochs += more.epochs;
  generations += more.generations;
  lines += more.lines;
  looks += more.looks;
  return *this;
}

std::string kill_counts::text() const {
  return fmt::format(
      "{} runs to the end, {} kills at random, {} deaths at a point, {} starts, {} epochs; "
      "the verifier read {} lines in {} looks",
      trials, kills, deaths, generations, epochs, lines, looks);
}

std::uint64_t kill_harness::draw(std::uint64_t least, std::uint64_t most) {
  return std::uniform_int_distribution{least, most}(chance_);
}

kill_harness::life_end kill_harness::judge(const e2e::finished& end, std::string_view how) {
  if (end.code == 0) return life_end::done;
  if (end.code == killed_code) return life_end::killed;
  FAIL_CHECK("seed ", seed_, ": ", how, " ended with ", end.code, ": ", end.err);
  return life_end::failed;
}

kill_harness::life_end kill_harness::live_until_killed(const trial& in, const verifier& watching) {
  const auto epochs = watching.epochs();
  e2e::running process{in.command()};
  const auto deadline = steady_clock::now() + patience;
  std::optional<steady_clock::time_point> kill_at;
  while (steady_clock::now() < deadline) {
    if (const auto end = process.ended()) return judge(*end, "a run");
    if (!kill_at && watching.epochs() > epochs) {
      kill_at = steady_clock::now() + microseconds{draw(0, lives_on_us_max)};
    }
    if (kill_at && steady_clock::now() >= *kill_at) {
      process.send(SIGKILL);
      const auto end = judge(process.wait(), "a run that was killed");
      counts_.kills += end == life_end::killed ? 1 : 0;
      return end;
    }
    std::this_thread::sleep_for(microseconds{200});
  }
  FAIL_CHECK("seed ", seed_, ": no epoch and no end for a minute: ", process.said());
  return life_end::failed;
}

kill_harness::life_end kill_harness::live_with(const trial& in, const std::string& fault) {
  e2e::running process{in.command(), {.environment = {"AISLE_FAULT=" + fault}}};
  const auto deadline = steady_clock::now() + patience;
  while (steady_clock::now() < deadline) {
    if (const auto end = process.ended()) {
      const auto how = judge(*end, "a run to die at " + fault);
      return how == life_end::killed ? life_end::died : how;
    }
    std::this_thread::sleep_for(milliseconds{1});
  }
  FAIL_CHECK("seed ", seed_, ": with ", fault, " no end for a minute: ", process.said());
  return life_end::failed;
}

void kill_harness::check_end(const trial& in, verifier& watching, life_end last) {
  const auto wrong = watching.look_back();
  CHECK_MESSAGE(wrong.empty(), "seed ", seed_, ": the verifier found: ", wrong);
  count(watching);
  if (last != life_end::done) return;
  const auto difference = in.difference();
  CHECK_MESSAGE(difference.empty(), "seed ", seed_, ": ", difference);
}

void kill_harness::count(const verifier& watching) {
  ++counts_.trials;
  counts_.epochs += watching.epochs();
  counts_.generations += watching.generations();
  counts_.lines += watching.lines();
  counts_.looks += watching.looks();
}

kill_counts kill_harness::kill_at_random(std::uint64_t kills) {
  constexpr int vain_max = 10;
  int vain = 0;
  counts_ = {};
  while (counts_.kills < kills) {
    const auto before = counts_.kills;
    const trial once{job_};
    const auto watching = once.verify();
    auto last = life_end::killed;
    while (last == life_end::killed) {
      last = counts_.kills < kills ? live_until_killed(once, *watching) : live_with(once, "");
      const auto wrong = watching->look_back();
      CHECK_MESSAGE(wrong.empty(), "seed ", seed_, ", after a kill: ", wrong);
      if (!wrong.empty()) last = life_end::failed;
    }
    check_end(once, *watching, last);
    if (last != life_end::done) return counts_;
    vain = counts_.kills > before ? 0 : vain + 1;
    REQUIRE_MESSAGE(vain < vain_max, "runs end before their second epoch: a larger job!");
  }
  return counts_;
}

kill_counts kill_harness::die_at(std::string_view point, std::uint64_t deaths,
                                 std::string_view before) {
  counts_ = {};
  // At first anywhere in the life of a process, then sooner, until it dies there at all.
  constexpr std::array<std::uint64_t, 6> passes{8, 4, 2, 2, 1, 1};
  for (std::size_t i = 0; i < passes.size() && counts_.deaths < deaths; ++i) {
    const trial once{job_};
    const auto watching = once.verify();
    bool at_point = before.empty() && (i > 1 || draw(0, 1) == 0);
    auto last = life_end::died;
    for (; last == life_end::died || last == life_end::killed; at_point = !at_point) {
      if (counts_.deaths >= deaths) {
        last = live_with(once, "");
      } else if (at_point) {
        last = live_with(once, fmt::format("{}:{}", point, draw(1, passes[i])));
        counts_.deaths += last == life_end::died ? 1 : 0;
      } else if (!before.empty()) {
        last = live_with(once, fmt::format("{}:{}", before, draw(1, 4)));
      } else {
        last = live_until_killed(once, *watching);
      }
      const auto wrong = watching->look_back();
      CHECK_MESSAGE(wrong.empty(), "seed ", seed_, ", after ", point, ": ", wrong);
      if (!wrong.empty()) last = life_end::failed;
    }
    check_end(once, *watching, last);
    if (last == life_end::failed) return counts_;
  }
  return counts_;
}

}  // namespace aisle::fault
