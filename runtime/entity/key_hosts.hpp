// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/entity/actor_host.hpp"
#include "runtime/entity/hosting.hpp"
#include "runtime/entity/key_cell.hpp"

namespace aisle::entity {

/// Has mailboxes worked off, each by its key's own actor, and returns when all are.
class crew {
 public:
  crew() = default;
  crew(const crew&) = delete;
  crew& operator=(const crew&) = delete;
  virtual ~crew() = default;
  virtual void work_off(std::span<key_cell* const> cells) = 0;
  /// What an actor of this crew occupies besides its cell.
  [[nodiscard]] virtual std::size_t bytes_each() const { return 0; }
};

/// One after the other, on the calling thread.
class lone_crew final : public crew {
 public:
  void work_off(std::span<key_cell* const> cells) override {
    for (auto* const cell : cells) {
      cell->work_off();
    }
  }
};

/// A shard's actors when every key has an actor of its own (`shards: per_key`). Events are handed
/// out into the keys' mailboxes, up to a window; then all are worked off and their outputs taken in
/// the order in which the keys came into the window. So nothing is under way when a barrier or a
/// watermark is passed on, and the flow protocol knows nothing of it.
///
/// Between two windows nobody is at work: then those that were not used lately may go to sleep, by
/// the node's budget or after a time without an event. What stays of one is its cell and its crew's
/// actor.
class key_hosts final : public hosting {
 public:
  /// Rows and timers handed out before the shard waits for them.
  static constexpr std::size_t window = 1'024;

  /// Events of keys beyond the first `keys_max` are refused. `of` and `workers` outlive it.
  key_hosts(const stage& of, std::size_t keys_max, std::shared_ptr<crew> workers,
            resting rest = {});
  ~key_hosts() override;

  void apply(stream_index by, record::event_ref event, base::event_time after,
             outputs& out) override;
  void count_unread(std::uint64_t events) override {
    counts_.in += events;
    counts_.applied += events;
  }
  [[nodiscard]] base::event_time next_timer() const override;
  void fire_next(outputs& out) override;
  bool settle(outputs& out) override;
  void begin_closing(base::event_time highest) override;
  void know(const known_tables& tables) override;
  void rest(base::event_time watermark) override;
  void freeze(actor_changes& to) override;
  void begin(const host_facts& from, std::optional<base::event_time> ended_at) override;
  [[nodiscard]] bool waits_for_cut() const override { return waits_for_cut_; }

  [[nodiscard]] const stage_counts& counts() const override { return counts_; }
  [[nodiscard]] const std::vector<std::uint64_t>& late_by_behaviour() const override {
    return late_;
  }
  [[nodiscard]] std::size_t actors() const override;
  [[nodiscard]] std::size_t asleep() const override;
  [[nodiscard]] std::size_t quarantined_actors() const override { return quarantined_; }
  [[nodiscard]] std::size_t memory() const override;
  [[nodiscard]] const std::optional<std::string>& trouble() const override { return trouble_; }
  bool release(std::string_view key) override;
  std::uint64_t list(std::uint64_t cursor, std::size_t most,
                     const std::function<void(const actor_view&)>& visit) const override;
  [[nodiscard]] std::optional<actor_view> find(std::string_view key) const override;
  [[nodiscard]] std::optional<std::string> describe(std::string_view key) const override;

 private:
  [[nodiscard]] key_cell* cell_of(std::string_view key);
  key_cell& make_cell(const std::string& key, std::uint64_t hash);
  void touch(key_cell& cell);
  [[nodiscard]] std::unique_ptr<actor_host> fresh_host() const;
  /// A host with the state that a sleeping cell went to sleep with.
  [[nodiscard]] std::unique_ptr<actor_host> host_of_sleeper(const key_cell& cell) const;
  [[nodiscard]] const key_cell* known(std::string_view key) const;
  [[nodiscard]] actor_view view_of(const key_cell& cell, actor_view seen) const;
  void wake(key_cell& cell);
  /// False, with the trouble noted, when that cannot be.
  bool sleep(key_cell& cell);
  /// Moves the hand over at most `steps` cells and puts to sleep who was not used for a round and
  /// whom `wanted` names, until one call of `enough` answers true.
  template <class Wanted, class Enough>
  void go_round(std::size_t steps, const Wanted& wanted, const Enough& enough);
  void keep_budget();
  [[nodiscard]] bool over_budget() const;
  void settle_charge();
  void take_account(key_cell& cell);
  void hand_out(key_cell& cell, outputs& out);
  void know_timer(key_cell& cell);
  void refuse(stream_index by, record::event_ref event, outputs& out);

  const stage& stage_;
  std::size_t keys_max_;
  std::shared_ptr<crew> workers_;
  resting rest_;
  /// When they are no longer the stage's.
  std::optional<known_tables> tables_;
  std::vector<std::unique_ptr<key_cell>> cells_;
  std::unordered_map<std::string, std::size_t> by_key_;
  std::multimap<base::event_time, key_cell*> timers_;
  std::vector<key_cell*> waiting_;
  /// Since the last cut.
  std::vector<key_cell*> changed_;
  bool waits_for_cut_ = false;
  std::size_t handed_out_ = 0;
  /// Set while what is still open is being closed.
  std::optional<base::event_time> ended_at_;
  stage_counts counts_;
  std::vector<std::uint64_t> late_;
  std::size_t quarantined_ = 0;
  /// Of all cells.
  std::size_t bytes_ = 0;
  /// What the budget was told last.
  std::size_t charged_ = 0;
  std::uint64_t pressure_seen_ = 0;
  std::size_t hand_ = 0;
  std::optional<std::string> trouble_;
  std::string key_;
  std::string packed_;
};

}  // namespace aisle::entity
