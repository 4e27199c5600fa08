// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/pack.hpp"
#include "runtime/entity/actor_table.hpp"
#include "runtime/entity/output.hpp"
#include "runtime/entity/stage.hpp"

namespace aisle::entity {

/// Hosts the actors of one shard: activates them, calls their behaviours one at a time, keeps their
/// timers, and keeps the failures of one from all others. Knows nothing of channels and order: who
/// calls it decides which event comes next and when a timer is due.
class actor_host {
 public:
  /// `of` must outlive the host.
  explicit actor_host(const stage& of);
  actor_host(const actor_host&) = delete;
  actor_host& operator=(const actor_host&) = delete;
  ~actor_host();

  /// Brings one event to its actor. Whatever the behaviours do, the event is counted and, when it
  /// failed, is a dead letter among the outputs.
  void apply(stream_index by, record::event_ref event, outputs& out);

  /// Counts events of streams that no behaviour reads, so that they were not brought here.
  void count_unread(std::uint64_t events) {
    counts_.in += events;
    counts_.applied += events;
  }
  /// Asks the memory for the place in the table of the actor with this hash, and for the actor
  /// itself once that is there: hints, which change nothing.
  void fetch_place(std::uint64_t key_hash) const { actors_.fetch_place(key_hash); }
  void fetch_actor(std::uint64_t key_hash) const;

  /// When the earliest timer is due; end_of_time when none is armed.
  [[nodiscard]] base::event_time next_timer() const;
  /// Fires everything one actor has due at next_timer(), which must not be end_of_time.
  void fire_next(outputs& out);
  /// Bounded input has ended with this highest event time, and every timer up to it has fired: from
  /// now on only behaviours that close at the end are woken, so that what is still open is closed.
  void begin_closing(base::event_time highest);

  [[nodiscard]] const stage_counts& counts() const { return counts_; }
  /// Events each behaviour that judges lateness refused, by behaviour index.
  [[nodiscard]] const std::vector<std::uint64_t>& late_by_behaviour() const { return late_; }
  [[nodiscard]] std::size_t actors() const { return actors_.size(); }
  [[nodiscard]] std::size_t quarantined_actors() const { return quarantined_actors_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

  /// Everything the host holds, in an order that depends on nothing but the keys.
  void save(base::packer& to) const;
  /// Into an empty host of the same stage. A misfit shows in `from.ok()`.
  void load(base::unpacker& from);

 private:
  class call;

  actor& activate(std::string_view key, std::uint64_t hash);
  actor* make(std::string_view key, std::uint64_t hash);
  void destroy(actor* a) noexcept;
  void look_up_tables(actor& a);
  [[nodiscard]] void* state(actor& a, std::size_t behaviour) const;
  [[nodiscard]] const void* state(const actor& a, std::size_t behaviour) const;
  [[nodiscard]] base::event_time due(const actor& a) const;
  void arm(actor& a);
  /// A bit for every behaviour to which the event is late.
  [[nodiscard]] std::uint64_t late_for(stream_index by, const record::event_head& head) const;
  void hand_out(actor& a, stream_index by, record::event_ref event, std::uint64_t late,
                outputs& out);
  void failed(actor* a);
  void refuse(stream_index by, record::event_ref event, std::string_view reason,
              std::string_view field, std::string_view message, outputs& out) const;
  [[nodiscard]] speaker voice() const { return {stage_.topology, stage_.name, stage_.key}; }

  const stage& stage_;
  /// Where each behaviour's state begins in an actor's block, and where the key does.
  std::vector<std::size_t> state_at_;
  std::size_t key_at_ = 0;
  std::size_t block_align_ = 1;
  /// By stream: a bit for every behaviour that reads it, and for those of them that judge lateness.
  std::vector<std::uint64_t> readers_;
  std::vector<std::uint64_t> judges_;

  actor_table actors_;
  std::map<base::event_time, std::vector<actor*>> timers_;
  /// Set while what is still open is being closed.
  std::optional<base::event_time> ended_at_;
  stage_counts counts_;
  std::vector<std::uint64_t> late_;
  std::size_t quarantined_actors_ = 0;
  std::size_t bytes_ = 0;
  /// Scratch: kept so that an event costs no allocation.
  std::string key_;
  std::string event_json_;
  std::vector<expr::row_ref> rows_;
};

}  // namespace aisle::entity
