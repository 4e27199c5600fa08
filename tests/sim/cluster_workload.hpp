// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/checkpoint/placement.hpp"
#include "runtime/control/records.hpp"

namespace aisle::cluster_sim {

using control::attempt;
using control::shard_name;

/// The state of a shard: rows by name. What the nodes copy, fold and fill is nothing else.
using rows = std::map<std::string, std::string>;
/// What an epoch did to it; no value: the row is gone.
using changes = std::map<std::string, std::optional<std::string>>;

[[nodiscard]] std::string encode(const changes& what);
[[nodiscard]] changes decode(const std::string& bytes);

/// A small job whose every state and output follows from how far the partitions were read. One
/// stage keeps, for each key, a running sum for each partition and a count for each window of event
/// time; it puts out each new sum, and each window when the merged watermark has passed its end.
struct workload {
  std::uint32_t partitions = 2;
  std::uint32_t shards = 2;
  std::uint32_t lanes = 2;
  std::uint32_t keys = 6;
  std::int64_t events = 40;
  std::uint64_t seed = 0;

  struct event {
    std::uint32_t key = 0;
    std::int64_t value = 0;
    std::int64_t time = 0;
  };
  [[nodiscard]] event at(std::uint32_t partition, std::int64_t offset) const;

  [[nodiscard]] control::partition_name partition(std::uint32_t number) const {
    return {.source = "events", .number = number};
  }
  [[nodiscard]] shard_name shard(std::uint32_t number) const {
    return {.kind = control::shard_kind::stage, .of = "sums", .number = number};
  }
  [[nodiscard]] shard_name lane(std::uint32_t number) const {
    return {.kind = control::shard_kind::sink, .of = "out", .number = number};
  }
  [[nodiscard]] std::uint32_t shard_of(std::uint32_t key) const { return key % shards; }
  [[nodiscard]] std::uint32_t lane_of(std::uint32_t key) const { return key / shards % lanes; }
};

/// Event times lag at most this much behind the highest of their partition.
inline constexpr std::int64_t disorder = 30;
inline constexpr std::int64_t window_size = 100;

/// An output: lines of one stream have an order among each other.
struct line {
  std::uint32_t lane = 0;
  std::string stream;
  std::string text;
  friend bool operator==(const line&, const line&) = default;
};

/// The stage's logic on its rows. Used by the nodes and, from the beginning, by the reference.
class sums {
 public:
  sums(const workload& work, rows state) : work_{&work}, rows_{std::move(state)} {}

  void apply(std::uint32_t partition, const workload::event& event, std::vector<line>& out);
  /// The watermark of one partition; lines of windows that are over.
  void advance(std::uint32_t partition, std::int64_t watermark, std::vector<line>& out);

  [[nodiscard]] std::int64_t merged() const;
  [[nodiscard]] const rows& state() const { return rows_; }
  /// What has changed since the last time.
  [[nodiscard]] changes take_changes() { return std::exchange(changes_, {}); }

 private:
  [[nodiscard]] std::int64_t number(const std::string& row) const;
  void put(const std::string& row, std::optional<std::string> value);

  const workload* work_;
  rows rows_;
  changes changes_;
};

/// The uninterrupted run, as far as the partitions were read.
struct reference_run {
  std::vector<rows> shards;
  /// By lane and stream, in order.
  std::vector<std::map<std::string, std::vector<std::string>>> lanes;
};
[[nodiscard]] reference_run run_reference(const workload& work,
                                          const std::vector<std::int64_t>& positions);

/// Highest event time of a partition before `offset`; the watermark is `disorder` less.
[[nodiscard]] std::int64_t highest_before(const workload& work, std::uint32_t partition,
                                          std::int64_t offset);

}  // namespace aisle::cluster_sim
