// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>

#include "tests/fault/job.hpp"

namespace aisle::fault {

/// What was done to a job, and what it was worth.
struct kill_counts {
  /// Runs from an empty state to the end.
  std::uint64_t trials = 0;
  /// kill -9 at a moment of chance, each after an epoch that was completed since the kill before.
  std::uint64_t kills = 0;
  /// Deaths at the fault point.
  std::uint64_t deaths = 0;
  /// Brokers that were stopped as an administrator does, and by kill -9, and begun anew.
  std::uint64_t broker_stops = 0;
  std::uint64_t broker_kills = 0;
  std::uint64_t epochs = 0;
  std::uint64_t generations = 0;
  /// Lines that the verifier read while a run was under way, and looks it took.
  std::uint64_t lines = 0;
  std::uint64_t looks = 0;

  kill_counts& operator+=(const kill_counts& more);
  [[nodiscard]] std::string text() const;
};

/// Does a job again and again, kills it on its way, begins it anew, and compares.
class kill_harness {
 public:
  /// `of` must outlive it. The same seed draws the same moments; what a machine does meanwhile is
  /// not the same.
  kill_harness(const job& of, std::uint64_t seed) : job_{of}, seed_{seed}, chance_{seed} {}

  /// Kills until so many are done, and each trial has come to its end.
  kill_counts kill_at_random(std::uint64_t kills);

  /// Dies at the point until it has died there so often; between two such deaths an epoch
  /// completes, and a kill -9 follows it; or, when the point is reached only behind another death,
  /// it dies at `before`. Fewer deaths when a whole run does not come there.
  kill_counts die_at(std::string_view point, std::uint64_t deaths, std::string_view before = {});

  /// As `kill_at_random`, and among the kills the broker is hurt so often: stopped and killed by
  /// turns, behind an epoch. Every other time the process is killed while the broker is away, and
  /// the next one finds it so or coming back.
  kill_counts kill_with_bounces(std::uint64_t kills, std::uint64_t bounces);

  /// Dies at each of the points so often, one death behind the other, in as few runs as it takes.
  /// Behind every other death the broker is killed as well, and begins anew with the next process.
  /// Fewer deaths when three whole runs do not come to a point.
  kill_counts die_at_each(std::span<const std::string_view> points, std::uint64_t deaths);

 private:
  enum class life_end : std::uint8_t { done, killed, died, failed };

  /// One process: it is killed a moment after `lives_after` epochs are complete.
  life_end live_until_killed(const trial& in, const verifier& watching);
  /// One process, behind an epoch of which the broker goes and comes.
  life_end live_through_bounce(const trial& in, const verifier& watching);
  void take_broker_away(bool at_once);
  /// Where it is away: with a process that waits for it.
  void raise_broker();
  /// How the process ended before it completed one more epoch; nothing when it did.
  [[nodiscard]] std::optional<life_end> end_before_epoch(e2e::running& process,
                                                         const verifier& watching,
                                                         std::uint64_t epochs) const;
  /// A while that chance says: some epochs.
  void live_on();
  life_end kill(e2e::running& process);
  /// One process that may die at a point by itself.
  life_end live_with(const trial& in, const std::string& fault);
  [[nodiscard]] life_end judge(const e2e::finished& end, std::string_view how) const;
  [[nodiscard]] bool still_right(verifier& watching, std::string_view after) const;
  void check_end(const trial& in, verifier& watching, life_end last);
  void count(const verifier& watching);
  [[nodiscard]] std::uint64_t draw(std::uint64_t least, std::uint64_t most);

  const job& job_;
  std::uint64_t seed_;
  std::mt19937_64 chance_;
  kill_counts counts_;
  bool broker_is_away_ = false;
};

/// How many kills a test makes: `AISLE_KILLS`, or so many.
[[nodiscard]] std::uint64_t kills_wanted(std::uint64_t unless_said);
/// The seed to begin with: `AISLE_SEED`, or 1.
[[nodiscard]] std::uint64_t first_seed();

}  // namespace aisle::fault
