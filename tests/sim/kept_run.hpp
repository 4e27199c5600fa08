// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/checkpoint/courier.hpp"
#include "runtime/node/kept_state.hpp"
#include "tests/kv/folder.hpp"

namespace aisle::sim {

/// A sink of one lane, which outlives processes: a file, where a crash leaves half of a write, or a
/// topic, where bytes and marker are there together or not at all.
struct kept_sink {
  bool keeps_marker = false;
  std::string out;
  std::optional<checkpoint::marker> marker;
};

/// A node with a state in a real folder, in one thread: the member that leads itself, the state
/// writer and a courier per lane, driven as `node` drives its actors, in an order that chance
/// picks. Two shards count the keys of one source, each by a lane of its own: a line for each
/// record, with the count, so that whatever is lost, done twice or of another state shows.
class kept_run {
 public:
  static constexpr std::size_t lanes = 2;

  explicit kept_run(std::uint64_t seed);
  ~kept_run();
  kept_run(const kept_run&) = delete;
  kept_run& operator=(const kept_run&) = delete;

  /// Drops everything that is in memory at some moment, and begins anew, so many times; then to
  /// the end of the input. Throws sim::broken when something is not as it has to be.
  void run(int crashes);

  /// Of all processes: complete epochs, calls of sinks that failed or were cut short, parts of
  /// outboxes that were read from the state.
  struct counts {
    std::uint64_t epochs = 0;
    std::uint64_t failed_writes = 0;
    std::uint64_t torn_writes = 0;
    std::uint64_t from_store = 0;
  };
  [[nodiscard]] const counts& done() const { return counts_; }

 private:
  class process;
  class sink_of;
  class counted_ids final : public base::identities {
   public:
    std::uint64_t next() override { return ++last_; }

   private:
    std::uint64_t last_ = 0;
  };

  [[nodiscard]] std::uint64_t any(std::uint64_t below) { return chance_() % below; }
  /// The lines of a lane when so many records are counted.
  [[nodiscard]] std::string expected(std::size_t lane, std::size_t records) const;
  void check_prefixes() const;

  std::mt19937_64 chance_;
  kv::test_folder folder_;
  counted_ids ids_;
  topology::plan plan_;
  node::wiring wired_;
  std::vector<std::string> input_;
  std::array<kept_sink, lanes> sinks_;
  /// A write was cut short: the process dies here.
  bool dies_ = false;
  counts counts_;
};

}  // namespace aisle::sim
