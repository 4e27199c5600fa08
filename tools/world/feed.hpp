// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/world/calendar.hpp"
#include "tools/world/garble.hpp"
#include "tools/world/options.hpp"
#include "tools/world/random.hpp"
#include "tools/world/topic_writer.hpp"

namespace aisle::world {

/// How the records of one topic travel.
struct feed_habits {
  std::string_view topic;
  milliseconds disorder;     ///< no record but a straggler comes later than this
  milliseconds usual_delay;  ///< mean of an exponential, cut at the disorder
  damage ways;
};

/// How many lines a topic got, and of which kind: lines = records + duplicates + bad.
struct feed_counts {
  std::uint64_t lines = 0;
  std::uint64_t records = 0;  ///< good, each once; stragglers among them
  std::uint64_t duplicates = 0;
  std::uint64_t bad = 0;
  std::uint64_t stragglers = 0;
  std::uint64_t bytes = 0;
};

/// The way to one topic. Every record reaches it a while after it happened, so it is in the order
/// of arrival, and nearly in that of event time. Records on their way are all it holds in memory.
class feed {
 public:
  feed(const world_options& options, const feed_habits& habits, std::unique_ptr<topic_writer> to);

  /// Sends a good record on its way, and what goes wrong with it.
  void send(instant happened, std::string_view key, std::string_view line);
  /// Writes what arrives before `until`. Nothing that happened before it may be sent any more.
  void write_until(instant until);
  /// Hands what is written to whoever follows the topic.
  void flush() { to_->flush(); }
  /// Writes all that is still on its way and completes the topic.
  std::expected<void, world_error> finish();

  const feed_counts& counts() const { return counts_; }
  bool failed() const { return to_->failed(); }

 private:
  struct travelling {
    instant arrives;
    instant sent;       ///< the order among those that arrive together
    std::size_t begin;  ///< of the key; the line follows it
    std::size_t key_size;
    std::size_t line_size;
  };

  void put(instant arrives, std::string_view key, std::string_view line);
  instant held_back(instant arrives) const;
  milliseconds usual_delay();
  milliseconds straggler_delay();
  void repeat(instant happened, instant arrived, std::string_view key, std::string_view line);

  std::uint64_t seed_;
  double bursts_;
  fault_rates faults_;
  feed_habits habits_;
  std::unique_ptr<topic_writer> to_;
  random_stream random_;
  feed_counts counts_;
  std::string text_;  ///< keys and lines on their way, one after the other
  std::vector<travelling> on_the_way_;
  std::string kept_text_;
};

}  // namespace aisle::world
