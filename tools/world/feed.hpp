// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/garble.hpp"
#include "tools/world/options.hpp"
#include "tools/world/out_file.hpp"
#include "tools/world/random.hpp"

namespace aisle::world {

/// How the records of one file travel.
struct feed_habits {
  std::string_view name;     ///< of the file, without .ndjson
  milliseconds disorder;     ///< no record but a straggler comes later than this
  milliseconds usual_delay;  ///< mean of an exponential, cut at the disorder
  damage ways;
};

/// How many lines a file got, and of which kind: lines = records + duplicates + bad.
struct feed_counts {
  std::uint64_t lines = 0;
  std::uint64_t records = 0;  ///< good, each once; stragglers among them
  std::uint64_t duplicates = 0;
  std::uint64_t bad = 0;
  std::uint64_t stragglers = 0;
  std::uint64_t bytes = 0;
};

/// One event file. Every record reaches it a while after it happened, so the file is in the order
/// of arrival, and nearly in that of event time. Records on their way are all it holds in memory.
class feed {
 public:
  /// Fails with write_failed.
  static std::expected<feed, world_error> create(const world_options& options,
                                                 const feed_habits& habits);

  /// Sends a good record on its way, and what goes wrong with it.
  void send(instant happened, std::string_view line);
  /// Writes what arrives before `until`. Nothing that happened before it may be sent any more.
  void write_until(instant until);
  /// Hands what is written to whoever follows the file.
  void flush() { file_.flush(); }
  /// Writes all that is still on its way and completes the file.
  std::expected<void, world_error> finish();

  const feed_counts& counts() const { return counts_; }
  bool failed() const { return file_.failed(); }

 private:
  struct travelling {
    instant arrives;
    instant sent;  ///< the order among those that arrive together
    std::size_t begin;
    std::size_t size;
  };

  feed(const world_options& options, const feed_habits& habits, out_file file);
  void put(instant arrives, std::string_view line);
  instant held_back(instant arrives) const;
  milliseconds usual_delay();
  milliseconds straggler_delay();
  void repeat(instant happened, instant arrived, std::string_view line);

  std::uint64_t seed_;
  double bursts_;
  fault_rates faults_;
  feed_habits habits_;
  out_file file_;
  random_stream random_;
  feed_counts counts_;
  std::string text_;  ///< the lines on their way, one after the other
  std::vector<travelling> on_the_way_;
  std::string kept_text_;
};

}  // namespace aisle::world
