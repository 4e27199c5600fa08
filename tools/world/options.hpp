// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/error.hpp"

namespace aisle::world {

/// How often a record goes wrong on its way into the file, as a share of all good records.
struct fault_rates {
  double duplicates = 0.0005;   ///< the same line comes once more, within the allowed disorder
  double stragglers = 0.0002;   ///< the record comes later than the allowed disorder
  double bad_records = 0.0001;  ///< a damaged copy comes as well; the good record comes too
};

/// How a chain misbehaves as a whole, on demand; nothing of it by default.
struct misbehaviour {
  double bursts = 0.0;  ///< share of the hours whose records reach a file in their last second
  milliseconds clock_skew{};  ///< most that a store's clock may be ahead or behind, each its own
  double partition_skew = 1;  ///< how many times as many customers the first store has
};

/// What a world is made of. The same options give the same bytes, on every machine.
struct world_options {
  std::uint64_t seed = 1;
  int stores = 50;
  int skus = 2000;
  int days = 7;
  /// The first day, in each store's own calendar.
  std::chrono::year_month_day start{std::chrono::year{2026}, std::chrono::month{1},
                                    std::chrono::day{5}};
  /// The folder the files are written to; made if it is not there.
  std::filesystem::path out;
  /// Injected anomalies per basket, all codes together.
  double anomalies = 0.001;
  fault_rates faults;
  misbehaviour bad_days;
  /// Where the events go, `embedded:DIR` or `kafka:HOST:PORT`; empty: into files in `out`.
  std::string log;
  /// The node's file that says how to speak to Kafka; empty: none.
  std::string config;
  /// Of each topic of that log.
  int partitions = 1;
  /// Seconds of the chain that a second of ours takes; then the event files bear their names from
  /// the start and grow as the records come. 0: as fast as can be.
  double speed = 0.0;

  /// Every product in every store draws its demand of a day by itself, so that in two chains that
  /// differ in one price all else is wanted alike. For comparisons; it is another world.
  bool paired = false;

  /// Everything that is wrong with these options; empty if nothing is.
  std::vector<world_error> validate() const;
};

}  // namespace aisle::world
