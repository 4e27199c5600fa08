// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/checkpoint/lane.hpp"
#include "runtime/entity/actor_store.hpp"
#include "runtime/entity/shard_delta.hpp"
#include "runtime/io/source_delta.hpp"

// What outlives a simulated world: everything that checkpoints keep, in memory.
namespace aisle::sim {

/// A step that is left out, to see that somebody notices.
enum class mutation : std::uint8_t {
  none,
  /// A shard begins without the rows that waited.
  forget_rows,
  /// Of every delta, one actor is not stored.
  forget_actor,
  /// A source begins without the keys it has seen.
  forget_repeats,
  /// A source begins without the highest event time of its partitions.
  forget_highest,
  /// A shard begins without its watermarks.
  forget_watermark,
  /// A shard begins without its counts.
  forget_counts,
  /// The index of timers is empty.
  forget_timers,
};

/// One shard: a base, and deltas that name what they changed; by place, as a store on disk does.
class shard_store final : public entity::actor_store {
 public:
  void prepare(std::shared_ptr<const entity::shard_delta> delta, mutation leaves_out);
  /// Brings the oldest delta into the base when it is complete.
  void fold(base::epoch complete);
  /// What is not complete is gone.
  void crash(base::epoch complete);
  [[nodiscard]] entity::shard_beginning beginning(const entity::stage& of,
                                                  mutation leaves_out) const;

  [[nodiscard]] std::optional<std::string_view> get(std::uint64_t key_hash,
                                                    std::string_view key) const override;
  void each_of(std::uint64_t key_hash, const visitor& visit) const override;
  std::uint64_t each(std::uint64_t cursor, const visitor& visit) const override;
  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] std::vector<entity::timer_entry> timers(const entity::timer_entry& after,
                                                        std::size_t most) const override;
  bool has_no_timers = false;
  /// The same again.
  [[nodiscard]] std::unique_ptr<shard_store> copy() const;

 private:
  using place = std::pair<std::uint64_t, std::string>;
  struct row {
    std::string state;
    base::event_time due;
  };
  struct rows {
    std::map<place, row> actors;
    std::map<std::uint64_t, std::string> pages;
  };
  struct delta {
    base::epoch epoch;
    std::string facts;
    rows changed;
    std::vector<std::uint64_t> pages_gone;
  };
  [[nodiscard]] std::map<place, const row*> all() const;

  rows base_;
  std::string facts_;
  std::deque<delta> chain_;
};

/// One source.
class source_store {
 public:
  void prepare(const io::source_delta& delta);
  void crash(base::epoch complete);
  [[nodiscard]] io::source_beginning beginning(mutation leaves_out) const;

 private:
  struct delta {
    base::epoch epoch;
    std::string facts;
    /// By partition.
    std::vector<std::vector<std::string>> pages;
    std::vector<std::vector<flow::dedup_delta::forgotten>> gone;
  };
  std::vector<delta> chain_;
};

/// A sink's lane: its file, and what was to be written into it.
struct lane_store {
  std::string file;
  std::deque<checkpoint::outbox> outboxes;
  std::int64_t begins_at = 0;

  /// Writes the complete outboxes once more, by position; those after them are gone.
  void recover(base::epoch complete);
};

struct kept_world {
  base::epoch complete{};
  std::vector<std::unique_ptr<shard_store>> shards{};
  std::vector<source_store> sources{};
  std::vector<lane_store> lanes{};
  std::vector<std::shared_ptr<std::size_t>> arrived{};
  std::uint32_t crashes_left = 0;
  std::uint32_t crashes = 0;
  std::uint64_t pages = 0;
  std::uint64_t pages_found = 0;
  std::uint64_t actors_found = 0;
};

}  // namespace aisle::sim
