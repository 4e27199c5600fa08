// SPDX-License-Identifier: Apache-2.0
#include "tests/fault/kill_harness.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace aisle::fault {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int killed_code = 128 + SIGKILL;
/// After a completed epoch a process lives on for as long as this: some epochs. With Kafka an epoch
/// takes some transactions of each lane.
constexpr std::uint64_t lives_on_us_max = 30'000;
constexpr std::uint64_t lives_on_with_kafka_us_max = 400'000;
/// A process that does so little in this time hangs; it waits for a broker that waits for the
/// session of its former life to end.
constexpr std::chrono::minutes patience{5};

/// What is left half done to be found by the next life is a result, and no first marker of one of
/// the 16 lanes: a run that has nothing to bring out by a lane may end before it has opened it.
constexpr std::uint64_t behind_markers = 20;
constexpr std::uint64_t most_written = 24;

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
  broker_stops += more.broker_stops;
  broker_kills += more.broker_kills;
  epochs += more.epochs;
  generations += more.generations;
  lines += more.lines;
  looks += more.looks;
  return *this;
}

std::string kill_counts::text() const {
  const auto brokers =
      fmt::format("{} brokers stopped and {} killed, ", broker_stops, broker_kills);
  return fmt::format(
      "{} runs to the end, {} kills at random, {} deaths at a point, {}{} starts, {} epochs; "
      "the verifier read {} lines in {} looks",
      trials, kills, deaths, broker_stops + broker_kills > 0 ? brokers : "", generations, epochs,
      lines, looks);
}

std::uint64_t kill_harness::draw(std::uint64_t least, std::uint64_t most) {
  return std::uniform_int_distribution{least, most}(chance_);
}

kill_harness::life_end kill_harness::judge(const e2e::finished& end, std::string_view how) const {
  if (end.code == 0) return life_end::done;
  if (end.code == killed_code) return life_end::killed;
  FAIL_CHECK("seed ", seed_, ": ", how, " ended with ", end.code, ": ", end.err);
  return life_end::failed;
}

std::optional<kill_harness::life_end> kill_harness::end_before_epoch(e2e::running& process,
                                                                     const verifier& watching,
                                                                     std::uint64_t epochs) const {
  const auto deadline = steady_clock::now() + patience;
  while (watching.epochs() <= epochs) {
    if (const auto end = process.ended()) return judge(*end, "a run");
    if (steady_clock::now() > deadline) {
      FAIL_CHECK("seed ", seed_, ": no epoch and no end for five minutes: ", process.said());
      return life_end::failed;
    }
    std::this_thread::sleep_for(microseconds{200});
  }
  return std::nullopt;
}

void kill_harness::live_on() {
  const bool kafka = job_.cluster() != nullptr;
  std::this_thread::sleep_for(
      microseconds{draw(0, kafka ? lives_on_with_kafka_us_max : lives_on_us_max)});
}

kill_harness::life_end kill_harness::kill(e2e::running& process) {
  process.send(SIGKILL);
  const auto end = judge(process.wait(), "a run that was killed");
  counts_.kills += end == life_end::killed ? 1 : 0;
  return end;
}

kill_harness::life_end kill_harness::live_until_killed(const trial& in, const verifier& watching) {
  const auto epochs = watching.epochs();
  e2e::running process{in.command()};
  raise_broker();
  if (const auto end = end_before_epoch(process, watching, epochs)) return *end;
  live_on();
  return kill(process);
}

kill_harness::life_end kill_harness::live_through_bounce(const trial& in,
                                                         const verifier& watching) {
  const auto epochs = watching.epochs();
  e2e::running process{in.command()};
  raise_broker();
  if (const auto end = end_before_epoch(process, watching, epochs)) return *end;
  live_on();
  take_broker_away(counts_.broker_stops > counts_.broker_kills);
  live_on();
  if (draw(0, 1) == 0) return kill(process);
  raise_broker();
  live_on();
  return kill(process);
}

void kill_harness::take_broker_away(bool at_once) {
  at_once ? job_.cluster()->kill() : job_.cluster()->stop();
  ++(at_once ? counts_.broker_kills : counts_.broker_stops);
  broker_is_away_ = true;
}

void kill_harness::raise_broker() {
  if (broker_is_away_) job_.cluster()->start();
  broker_is_away_ = false;
}

kill_harness::life_end kill_harness::live_with(const trial& in, const std::string& fault) {
  e2e::running process{in.command(), {.environment = {"AISLE_FAULT=" + fault}}};
  raise_broker();
  const auto deadline = steady_clock::now() + patience;
  while (steady_clock::now() < deadline) {
    if (const auto end = process.ended()) {
      const auto how = judge(*end, "a run to die at " + fault);
      return how == life_end::killed ? life_end::died : how;
    }
    std::this_thread::sleep_for(milliseconds{1});
  }
  FAIL_CHECK("seed ", seed_, ": with ", fault, " no end for five minutes: ", process.said());
  return life_end::failed;
}

bool kill_harness::still_right(verifier& watching, std::string_view after) const {
  // A broker that is away shows nothing; it is looked at behind the next life.
  if (broker_is_away_) return true;
  const auto wrong = watching.look_back();
  CHECK_MESSAGE(wrong.empty(), "seed ", seed_, ", after ", after, ": ", wrong);
  return wrong.empty();
}

void kill_harness::check_end(const trial& in, verifier& watching, life_end last) {
  raise_broker();
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
  return kill_with_bounces(kills, 0);
}

kill_counts kill_harness::kill_with_bounces(std::uint64_t kills, std::uint64_t bounces) {
  constexpr int vain_max = 10;
  int vain = 0;
  counts_ = {};
  const auto live = [&](const trial& in, const verifier& watching) {
    if (counts_.kills >= kills) return live_with(in, "");
    const auto done = counts_.broker_stops + counts_.broker_kills;
    const bool due = done < bounces && counts_.kills * bounces >= done * kills;
    return due ? live_through_bounce(in, watching) : live_until_killed(in, watching);
  };
  while (counts_.kills < kills) {
    const auto before = counts_.kills;
    const trial once{job_};
    const auto watching = once.verify();
    auto last = life_end::killed;
    while (last == life_end::killed) {
      last = live(once, *watching);
      if (!still_right(*watching, "a kill")) last = life_end::failed;
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
        last = live_with(once, fmt::format("{}:{}", before, draw(behind_markers, most_written)));
      } else {
        last = live_until_killed(once, *watching);
      }
      if (!still_right(*watching, point)) last = life_end::failed;
    }
    check_end(once, *watching, last);
    if (last == life_end::failed) return counts_;
  }
  return counts_;
}

kill_counts kill_harness::die_at_each(std::span<const std::string_view> points,
                                      std::uint64_t deaths) {
  constexpr std::uint64_t passes = 3;
  constexpr std::uint64_t vain_max = 6;
  counts_ = {};
  std::vector<std::string_view> left;
  for (std::uint64_t i = 0; i < deaths; ++i)
    left.insert(left.end(), points.begin(), points.end());
  std::ranges::shuffle(left, chance_);
  for (std::uint64_t vain = 0; !left.empty() && vain < vain_max;) {
    const auto before = left.size();
    const trial once{job_};
    const auto watching = once.verify();
    auto last = life_end::died;
    while (last == life_end::died) {
      const auto point = left.empty() ? std::string_view{} : left.back();
      // A run that ends before it has passed the point so often has to die there sooner.
      const auto pass = draw(1, passes - std::min(vain, passes - 1));
      last = live_with(once, point.empty() ? "" : fmt::format("{}:{}", point, pass));
      if (last == life_end::died) {
        left.pop_back();
        if (++counts_.deaths % 2 == 0 && job_.cluster() != nullptr) take_broker_away(true);
      }
      if (!still_right(*watching, point)) last = life_end::failed;
    }
    check_end(once, *watching, last);
    if (last == life_end::failed) return counts_;
    vain = left.size() < before ? 0 : vain + 1;
    std::ranges::shuffle(left, chance_);
  }
  return counts_;
}

}  // namespace aisle::fault
