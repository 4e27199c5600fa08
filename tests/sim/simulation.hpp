// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entity/stage.hpp"
#include "runtime/flow/ingest.hpp"
#include "runtime/topology/plan.hpp"
#include "tests/sim/invariants.hpp"
#include "tests/sim/kept_world.hpp"

namespace aisle::sim {

/// The records of one source, as they stand in its file.
using feed = std::vector<std::string>;

struct run_options {
  /// Decides everything that threads and the machine decide otherwise.
  std::uint64_t seed = 0;
  std::uint32_t shards = 1;
  /// How often a party gets its turn when it could have one, 1 being always. By the number of the
  /// source or sink in the plan; 1 for those left out.
  std::vector<double> source_speed{};
  std::vector<double> lane_speed{};
  std::vector<double> writer_speed{};
  /// Most records a reader takes, and rows and timers a shard works off, in one turn.
  std::size_t records_per_turn = 40;
  std::size_t work_per_turn = 30;
  /// How often, of all turns, it is time for an epoch.
  double ticks = 0.005;
  /// How often a reader sends what it has although it could read on.
  double early_flushes = 0.2;
  /// Records come while the run goes on, and readers catch up with them: a reader at its end finds
  /// more with this chance when it looks again; 0: all are there from the beginning.
  double arrivals = 0;
  /// Records that come at once, at most.
  std::size_t burst = 30;
  /// Turns after which the run is asked to stop; none: it goes to the end of its input.
  std::optional<std::uint64_t> stop_after{};
  /// Bytes that all actors may occupy; beyond, they sleep. None: without limit.
  std::optional<std::size_t> memory{};
  /// Every epoch is kept, and so often everything but what is kept is thrown away at a random
  /// moment, and begins again. None: nothing is kept, and actors sleep in a scratch file.
  std::optional<std::uint32_t> crashes{};
  /// Turns between two crashes, at most.
  std::uint64_t life = 600;
  /// resting::changes_max.
  std::size_t changes_max = 2'048;
  mutation leaves_out = mutation::none;
};

/// What came of a run.
struct outcome {
  /// By sink: the lines of all its lanes, sorted.
  std::map<std::string, std::vector<std::string>> lines;
  /// By number of the source, and of the stage.
  std::vector<flow::source_counts> sources;
  std::vector<entity::stage_counts> stages;
  /// Actors in quarantine at the end.
  std::size_t quarantined_actors = 0;
  /// By stage: late for one behaviour, summed over behaviours.
  std::vector<std::uint64_t> late_records;
  sim::peaks peaks;
  std::uint64_t epochs = 0;
  std::uint64_t turns = 0;
  /// How often a partition was declared idle, and how often a source had to wait for slower ones.
  std::uint64_t declared_idle = 0;
  std::uint64_t drift_waits = 0;
  /// How often nobody could do anything until it was time for an epoch. Nothing should ever wait
  /// for the clock: who waits for a barrier asks for one.
  std::uint64_t stalls = 0;
  /// How often everything was thrown away, and how many pages of waiting rows and actors were found
  /// when it began again.
  std::uint64_t crashes = 0;
  std::uint64_t pages_found = 0;
  std::uint64_t actors_found = 0;
  /// How often a shard waited for a cut because nobody could leave its memory.
  std::uint64_t cut_waits = 0;

  [[nodiscard]] std::size_t count(const std::string& sink) const { return lines.at(sink).size(); }
};

/// Runs the plan over these sources (one feed each) to the end, in one thread, with the classes a
/// node runs: io::source, entity::shard, checkpoint::lane, checkpoint::coordinator, wired by
/// node::wire. It carries out the same effects as the actors of runtime/node and decides nothing
/// but whose turn it is: messages between two parties stay in order, everything else is up to the
/// seed. Throws `broken` when an invariant does not hold or the run does not end.
[[nodiscard]] outcome run(const topology::plan& plan, const std::vector<feed>& feeds,
                          const run_options& options);

}  // namespace aisle::sim
