// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/checkpoint/coordinator.hpp"
#include "runtime/checkpoint/lane.hpp"
#include "runtime/entity/shard.hpp"
#include "runtime/flow/ingest.hpp"
#include "runtime/node/wiring.hpp"

namespace aisle::sim {

/// What a run did that it must never do. Thrown out of a simulation.
struct broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The most that was ever held at once.
struct peaks {
  /// Rows held back in one shard.
  std::size_t rows_held = 0;
  /// Messages from readers to shards that are under way on one channel, or not given back.
  std::int64_t messages_out = 0;
  /// Bytes held by one lane.
  std::size_t lane_bytes = 0;
  /// Epochs that are complete and not delivered by one lane.
  std::size_t outboxes = 0;
};

/// What must hold after every step of a run, whatever the schedule. Told of each step by the
/// simulation; throws `broken` at the first that does not hold.
///
///   channels     sequences without gap; a watermark never goes back, and no row is seen before it;
///                what is under way never exceeds the credit (and what a barrier takes along)
///   shards       the merged watermark never goes back; in = applied + late + failed + quarantined;
///                states only go forward; nothing is held when finished
///   readers      read = accepted + rejected + duplicate; no count goes back
///   epochs       started one at a time and without gap, complete in order, never more undelivered
///                than the bound
///   lanes        outboxes one behind the other without gap, in epochs and in bytes
///   cuts         what a shard has counted at barrier n was sent to it before barrier n; outbox n
///                holds what was sent to its lane before barrier n, all of it and nothing else;
///                with immediate delivery all of that is out when the lane has prepared n
class invariants {
 public:
  explicit invariants(const node::wiring& of);

  /// Everybody begins behind this epoch; of a shard, where it was.
  void begins_at(base::epoch n);
  void shard_begins(std::size_t shard, const entity::shard_facts& facts, std::size_t rows);

  void event_sent(std::size_t shard, const flow::event_message& message);
  void event_arrived(std::size_t shard, const flow::event_message& message);
  void event_credit_arrived(std::size_t shard, flow::channel on, std::uint32_t messages);
  void line_sent(std::size_t lane, const flow::line_message& message);
  void line_credit_arrived(std::size_t lane, flow::channel on, std::uint32_t messages);

  void reader_stepped(std::size_t reader, const flow::source_counts& now);
  void shard_stepped(std::size_t shard, const entity::shard& now);
  void shard_passed(std::size_t shard, base::epoch n, const entity::stage_counts& counts);
  void lane_stepped(std::size_t lane, const checkpoint::lane& stepped);
  void coordinator_stepped(const checkpoint::coordinator& now);
  /// A lane has said that it is done with its part of epoch n.
  void lane_prepared(std::size_t lane, base::epoch n) const;
  void outbox_written(std::size_t lane, const checkpoint::outbox& box, std::size_t bytes_before);

  [[nodiscard]] const sim::peaks& peaks() const { return peaks_; }

 private:
  struct event_channel {
    base::sequence sent;
    base::epoch barrier;
    base::event_time watermark = base::beginning_of_time;
    std::int64_t out = 0;
  };
  struct line_channel {
    base::sequence sent;
    base::epoch barrier;
    std::int64_t out = 0;
  };
  struct shard_state {
    base::event_time watermark = base::beginning_of_time;
    entity::shard_state state = entity::shard_state::working;
    entity::stage_counts counts;
    std::vector<event_channel> channels;
    /// By epoch: rows sent in it, over all channels.
    std::map<base::epoch, std::uint64_t> rows;
  };
  struct lane_state {
    checkpoint::delivery delivery{};
    base::epoch closed;
    base::epoch written;
    std::uint64_t records_written = 0;
    std::vector<line_channel> channels;
    /// By epoch: records sent in it, over all channels.
    std::map<base::epoch, std::uint64_t> records;
  };

  std::vector<flow::source_counts> readers_;
  std::vector<shard_state> shards_;
  std::vector<lane_state> lanes_;
  base::epoch newest_;
  base::epoch complete_;
  sim::peaks peaks_;
};

}  // namespace aisle::sim
