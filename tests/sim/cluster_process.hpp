// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/edges.hpp"
#include "runtime/checkpoint/copy.hpp"
#include "runtime/checkpoint/delivery_sink.hpp"
#include "runtime/checkpoint/lane_owner.hpp"
#include "runtime/checkpoint/leader.hpp"
#include "runtime/checkpoint/node_protocol.hpp"
#include "runtime/checkpoint/reader_protocol.hpp"
#include "runtime/checkpoint/shard_channels.hpp"
#include "tests/sim/cluster_world.hpp"

namespace aisle::cluster_sim {

/// Counts of edges and oddities, over all machines of a protocol.
template <class Table>
struct coverage {
  std::array<std::uint64_t, Table::edges.size()> taken{};
  std::array<std::uint64_t, Table::oddities.size()> ignored{};
  void add(const base::machine<Table>& of) {
    for (std::size_t i = 0; i < taken.size(); ++i) {
      taken[i] += of.taken()[i];
    }
    for (std::size_t i = 0; i < ignored.size(); ++i) {
      ignored[i] += of.ignored()[i];
    }
  }
};
struct all_coverage {
  coverage<checkpoint::leader_table> leader;
  coverage<checkpoint::node_table> node;
  coverage<checkpoint::copy_table> copy;
  coverage<checkpoint::lane_table> lane;
  coverage<checkpoint::reader_table> reader;
  coverage<checkpoint::channels_table> channels;
};

/// One process of the cluster: the protocol classes, and what a node has to do to carry out what
/// they ask for. It decides nothing. Each public function is one step, between which the process
/// may die, stand still, or be overtaken.
class process {
 public:
  process(world& in, std::size_t node, control::incarnation who);

  void take(const envelope& message);
  /// False when it has to stay in its queue: the log has to be read first.
  [[nodiscard]] bool is_ready_for(const envelope& message) const;
  void read_log();
  void write_disk();
  void answer_disk();
  void read_source();
  void go_on_filling();
  void step_lanes();
  void step_leader();
  void want_epoch();
  void elect();
  void suspect(std::size_t node);
  void remind();
  void lapse();
  void move_something();

  [[nodiscard]] bool leads() const {
    return leader_.state() != checkpoint::leader_state::follower || fenced_;
  }
  [[nodiscard]] std::size_t node() const { return node_; }
  [[nodiscard]] control::log_offset log_read() const { return node_protocol_.log().last(); }
  [[nodiscard]] bool is_reading() const {
    return node_protocol_.state() == checkpoint::node_state::reading;
  }
  void count(all_coverage& to) const;
  /// The states of its protocols, by their numbers, for who looks for a standstill.
  [[nodiscard]] std::string describe() const;

 private:
  struct source_reader {
    checkpoint::reader_protocol protocol{epoch_events_max};
    std::int64_t next = 0;
    std::map<std::uint32_t, base::sequence> numbers;
  };
  struct sent_delta {
    checkpoint::version is;
    attempt base;
    std::string bytes;
  };
  struct fill {
    std::size_t target = 0;
    std::uint32_t next = 0;
    checkpoint::version start;
  };
  struct owned_shard {
    owned_shard(std::size_t channels, base::epoch from) : channels{channels, from} {}
    checkpoint::shard_channels channels;
    std::map<std::uint32_t, std::deque<data_message>> parked;
    checkpoint::version last;
    /// Stages.
    std::optional<sums> state;
    std::map<std::uint32_t, std::string> lines;
    std::map<std::uint32_t, base::sequence> numbers;
    /// Lanes.
    rows lane_rows;
    std::string running;
    std::set<std::size_t> targets;
    std::vector<sent_delta> deltas;
    std::deque<fill> fills;
    /// By channel: numbers that a lie puts in place of those that came.
    std::map<std::uint32_t, base::sequence> pretended;
  };
  struct lane_work {
    checkpoint::lane_owner protocol;
    std::unique_ptr<checkpoint::delivery_sink> sink;
    std::deque<checkpoint::lane_owner_effect> todo;
    std::optional<control::log_offset> reading_to;
    std::optional<std::optional<marker>> marker_too_early;
  };
  struct disk_write {
    shard_name shard;
    checkpoint::copy_effect what;
    control::log_offset applied;
    control::generation generation;
  };
  static constexpr std::size_t epoch_events_max = 6;

  [[nodiscard]] disk& own_disk() { return world_.disks[node_]; }
  [[nodiscard]] bool lies(mutation how) const { return world_.plan.lie == how; }
  [[nodiscard]] std::size_t node_of(const control::node_name& name) const;
  [[nodiscard]] std::size_t node_of(checkpoint::member_index i) const;
  void post(std::size_t to, std::string channel, payload what);
  void post_copy(const shard_name& shard, std::size_t to, payload what);
  void tell_leader(payload what);

  void carry_out(const checkpoint::node_effects& effects);
  void carry_out(const checkpoint::leader_effects& effects);
  void carry_out(const shard_name& shard, const checkpoint::copy_effects& effects);
  void carry_out(const control::partition_name& partition,
                 const checkpoint::reader_effects& effects);
  void carry_out(const shard_name& lane, const checkpoint::lane_owner_effects& effects);

  void enter(const checkpoint::enter_generation& what);
  void own(const shard_name& shard, attempt from);
  void place_lane(const shard_name& lane, bool ours, attempt from);
  void place_readers(const checkpoint::enter_generation& what);
  void forget_generation();
  void complete(attempt is);
  void answer_inventory(const checkpoint::send_inventory& what);

  void handle(const envelope& from, const data_message& what);
  void handle(const envelope& from, const checkpoint::delta_chunk& what);
  void handle(const envelope& from, const checkpoint::fill_chunk& what);
  void handle(const envelope& from, const checkpoint::fill_order& what);
  void handle(const envelope& from, const checkpoint::start_epoch& what);
  [[nodiscard]] bool is_next_of_copy(const envelope& from, const shard_name& shard);

  void arrive(const shard_name& to, owned_shard& shard, const data_message& message,
              checkpoint::arrival how);
  void use(const shard_name& to, owned_shard& shard, const data_message& message);
  void flush(const shard_name& from, owned_shard& shard, std::optional<base::epoch> barrier);
  void cut(const shard_name& at, owned_shard& shard, base::epoch n);
  [[nodiscard]] changes freeze(const shard_name& at, owned_shard& shard, attempt is);
  void send_delta(const shard_name& shard, std::size_t to, const sent_delta& delta);
  void give_delta(const shard_name& shard, const sent_delta& delta);
  void say_gone(const std::string& what, const std::string& why);
  void send_events(std::uint32_t partition, source_reader& reader, std::int64_t count,
                   std::optional<base::epoch> barrier);

  void apply(const disk_write& write);
  void answer(const disk_write& write);
  [[nodiscard]] checkpoint::lane_memory memory_of(const rows& state) const;
  void do_next(const shard_name& lane, lane_work& work);
  void finish(const shard_name& lane, lane_work& work, checkpoint::lane_session by,
              checkpoint::lane_event done, sink_end how);
  void deliver(const shard_name& lane, lane_work& work, const checkpoint::deliver_part& part);
  void append();
  void claim();

  world& world_;
  std::size_t node_;
  checkpoint::member self_;
  checkpoint::node_protocol node_protocol_;
  checkpoint::leader leader_;
  std::optional<control::memory_control_log> log_;
  bool fenced_ = false;
  std::optional<checkpoint::append_record> appending_;
  std::optional<control::log_offset> end_;
  std::map<shard_name, checkpoint::copy> copies_;
  std::map<shard_name, owned_shard> owned_;
  std::map<shard_name, lane_work> lanes_;
  std::map<control::partition_name, source_reader> readers_;
  std::optional<control::assign_record> assign_;
  std::deque<disk_write> writes_;
  std::deque<disk_write> answers_;
  /// By shard and node: the last number sent, and taken, in channels that copy state.
  std::map<std::pair<shard_name, std::size_t>, std::uint64_t> sent_;
  std::map<std::pair<shard_name, std::size_t>, std::uint64_t> taken_;
  all_coverage finished_;
  /// Checksums that a lie puts in place of those that are.
  std::map<std::pair<shard_name, attempt>, checkpoint::checksum> pretended_;
};

}  // namespace aisle::cluster_sim
