// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/pack.hpp"
#include "runtime/entity/actor_table.hpp"
#include "runtime/entity/durable_state.hpp"
#include "runtime/entity/hosting.hpp"
#include "runtime/entity/kept_actors.hpp"
#include "runtime/entity/memory_budget.hpp"
#include "runtime/entity/output.hpp"
#include "runtime/entity/past_layout.hpp"
#include "runtime/entity/stage.hpp"

namespace aisle::entity {

/// Where and when the actors of a host sleep. None of it ever changes an output.
struct resting {
  /// Where their states lie meanwhile; null: nobody ever sleeps.
  std::shared_ptr<durable_state> beds{};
  /// What all hosts of the node may hold in memory; null: without limit. Needs beds.
  memory_budget* budget = nullptr;
  /// Event time without an event after which an actor goes to sleep, where there are beds.
  std::optional<base::duration> after{};
  /// What the cuts of this shard keep; then `beds` is not looked at. An actor sleeps by leaving
  /// memory, which it may as soon as a cut has kept it as it is.
  std::shared_ptr<kept_actors> kept{};
  /// Bytes of actors that changed since the last cut, which a host may hold although the budget is
  /// exceeded.
  std::size_t changes_max = 64 << 10;
  /// Under which numbers there may be something of the stage; null: all of it is of now.
  std::shared_ptr<const kept_layouts> layouts{};
};

/// Hosts the actors of one shard: activates them, calls their behaviours one at a time, keeps their
/// timers, puts them to sleep, and keeps the failures of one from all others.
class actor_host final : public hosting {
 public:
  /// `of` must outlive the host.
  explicit actor_host(const stage& of, resting rest = {});
  ~actor_host() override;

  [[nodiscard]] const stage& of() const { return stage_; }

  /// `after` is the shard's affair here: it fires timers in their place.
  void apply(stream_index by, record::event_ref event, base::event_time after,
             outputs& out) override;
  [[nodiscard]] base::event_time next_timer() const override;
  void fire_next(outputs& out) override;
  void begin_closing(base::event_time highest) override;
  /// Looks at a few actors and puts to sleep who was idle for long, or was not used while the node
  /// is short of memory.
  void rest(base::event_time watermark) override;
  void count_unread(std::uint64_t events) override {
    counts_.in += events;
    counts_.applied += events;
  }
  void fetch_place(std::uint64_t key_hash) const override { actors_.fetch_place(key_hash); }
  void fetch_actor(std::uint64_t key_hash) const override;

  void know(const known_tables& tables) override;

  [[nodiscard]] const stage_counts& counts() const override { return counts_; }
  [[nodiscard]] const std::vector<std::uint64_t>& late_by_behaviour() const override {
    return late_;
  }
  [[nodiscard]] std::size_t actors() const override { return awake() + asleep(); }
  [[nodiscard]] std::size_t awake() const { return actors_.size(); }
  [[nodiscard]] std::size_t asleep() const override {
    return rest_.kept ? asleep_ : rest_.beds ? rest_.beds->size() : 0;
  }
  [[nodiscard]] std::size_t quarantined_actors() const override { return quarantined_actors_; }
  /// What the awake actors occupy: their blocks and what their states own besides.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t memory() const override;
  /// How often an actor went to sleep, and woke.
  [[nodiscard]] std::uint64_t slept() const { return slept_; }
  [[nodiscard]] std::uint64_t woken() const { return woken_; }
  /// States cannot be put down, or not be taken up again.
  [[nodiscard]] const std::optional<std::string>& trouble() const override { return trouble_; }

  /// From now on it is noted who changes, for `freeze`. A host with resting::kept does from the
  /// beginning.
  void keep_track() { tracks_ = true; }
  void freeze(actor_changes& to) override;
  void begin(const host_facts& from, std::optional<base::event_time> ended_at) override;
  [[nodiscard]] bool waits_for_cut() const override { return waits_for_cut_; }
  /// Takes up one actor as a cut kept it; with it, its failures and whether it is quarantined.
  /// False when that cannot be.
  bool take_up(std::string_view key, std::uint64_t hash, std::string_view kept);
  /// When an actor that was kept so is due.
  [[nodiscard]] base::event_time due_of_kept(const kept_state& kept) const;
  [[nodiscard]] static bool quarantined_in_kept(std::string_view kept);
  /// What a list says of an actor that was kept so, and that nobody hosts; nothing when the bytes
  /// are no actor of this program's.
  [[nodiscard]] static std::optional<actor_view> view_of_kept(const kept_state& kept);
  /// The states of an actor that was kept so, as `describe` shows them; he is in nobody's way. The
  /// text says why they cannot be read.
  [[nodiscard]] std::expected<std::string, std::string> describe_kept(std::string_view key,
                                                                      std::string_view kept) const;
  /// The same where nobody knows the stage: `{"version":…,"values":[…]}`, one for each state.
  [[nodiscard]] static std::expected<std::vector<std::string>, std::string> values_of_kept(
      std::string_view kept);

  bool release(std::string_view key) override;
  std::uint64_t list(std::uint64_t cursor, std::size_t most,
                     const std::function<void(const actor_view&)>& visit) const override;
  [[nodiscard]] std::optional<std::string> describe(std::string_view key) const override;
  [[nodiscard]] std::optional<actor_view> find(std::string_view key) const override;

  /// Everything the host holds, in an order that depends on nothing but the keys.
  void save(base::packer& to) const;
  /// Into an empty host of the same stage. A misfit shows in `from.ok()`.
  void load(base::unpacker& from);

 private:
  class call;
  /// What stands before the states of a sleeping actor.
  struct sleeping_head;
  static constexpr std::size_t sleeping_head_bytes = 32;

  actor& activate(std::string_view key, std::uint64_t hash);
  actor* make(std::string_view key, std::uint64_t hash);
  /// A new actor that nobody finds yet.
  [[nodiscard]] actor* create(std::string_view key) const;
  void destroy(actor* a) const noexcept;
  void look_up_tables(actor& a) const;
  struct destroyer {
    const actor_host* host;
    void operator()(actor* a) const noexcept { host->destroy(a); }
  };
  /// A sleeper to look at, who stays asleep; null when he cannot be read.
  [[nodiscard]] std::unique_ptr<actor, destroyer> glance(std::string_view key,
                                                         std::string_view kept) const;

  /// Before anything of an actor changes that a cut keeps.
  void touch(actor& a, std::uint64_t hash) {
    if (!a.changed) {
      note_change(a, hash);
    }
  }
  void note_change(actor& a, std::uint64_t hash);
  /// Writes an actor as it sleeps.
  void pack_actor(const actor& a, std::string& to) const;
  /// Fills a new actor by it; false when it does not fit.
  bool unpack_actor(actor& a, std::string_view bytes) const;
  /// How the stage was when an actor was packed so; null when it was as it is.
  [[nodiscard]] const past_layout* past_of(const sleeping_head& head) const;
  /// His timer may be another than the one he was packed with: the stage has changed since.
  [[nodiscard]] bool is_of_past(std::string_view kept) const;
  [[nodiscard]] bool is_awake(const kept_state& kept) const;
  /// Calls `visit` for everybody who sleeps.
  void each_sleeper(const std::function<void(const kept_state&)>& visit) const;
  /// Takes entries of the store's index of timers over, as far as they are due then.
  void load_timers(base::event_time until);

  /// Puts an actor down; false, with the trouble noted, when that cannot be. An actor that has to
  /// stay for a cut stays.
  bool sleep(actor& a, std::uint64_t hash);
  /// Takes an actor up; null when none sleeps under this key.
  actor* wake(std::string_view key, std::uint64_t hash);
  /// The actor with this hash that is armed for `at`, woken if need be; null for nobody.
  actor* armed_actor(std::uint64_t hash, base::event_time at);
  [[nodiscard]] base::event_time armed_of(const sleeping_head& head) const;
  void pack_states(const actor& a, base::packer& to) const;
  bool unpack_states(actor& a, base::unpacker& from, const past_layout* past = nullptr) const;
  /// A misfit shows in `from.ok()`, and in misfit_.
  void load_state(actor& a, std::size_t behaviour, std::int64_t version, std::string_view bytes,
                  base::unpacker& from) const;
  void arm_sleeper(const kept_state& kept);
  /// Arms those who were kept before the stage changed, whom no index knows rightly.
  void arm_past();
  [[nodiscard]] std::string show(const actor& a) const;
  [[nodiscard]] actor_view view_of(const actor& a) const;
  [[nodiscard]] actor_view view_of(const kept_state& kept) const;

  /// Looks anew at what an actor's states own outside its block.
  void weigh(actor& a);
  /// After every call: while the budget is exceeded, others than `in_use` go to sleep.
  void keep_budget(const actor& in_use);
  void settle_charge();
  [[nodiscard]] bool over_budget() const;

  [[nodiscard]] void* state(actor& a, std::size_t behaviour) const;
  [[nodiscard]] const void* state(const actor& a, std::size_t behaviour) const;
  [[nodiscard]] base::event_time due(const actor& a, bool closing) const;
  void arm(actor& a, std::uint64_t hash);
  void arm(std::uint64_t hash, base::event_time at);
  /// A bit for every behaviour to which the event is late.
  [[nodiscard]] std::uint64_t late_for(stream_index by, const record::event_head& head) const;
  void hand_out(actor& a, stream_index by, record::event_ref event, std::uint64_t late,
                outputs& out);
  [[nodiscard]] output late_output(stream_index by, record::event_ref event,
                                   std::string_view window) const;
  void fire(actor& a, std::uint64_t hash, base::event_time at, outputs& out);
  /// What stays open for ever in a quarantined actor is told as dead letters.
  void tell_left_open(const actor& a, std::uint64_t hash, base::event_time at, outputs& out) const;
  void failed(actor& a);
  void quarantine(actor& a);
  void refuse(stream_index by, record::event_ref event, std::string_view reason,
              std::string_view field, std::string_view message, outputs& out) const;
  void refuse_timer(const actor& a, std::uint64_t hash, base::event_time at,
                    std::string_view reason, std::string_view field, std::string_view message,
                    outputs& out) const;
  [[nodiscard]] speaker voice() const { return speaker_of(stage_); }

  const stage& stage_;
  /// Where each behaviour's state begins in an actor's block, and where the key does.
  std::vector<std::size_t> state_at_;
  std::size_t key_at_ = 0;
  std::size_t block_align_ = 1;
  /// By stream: a bit for every behaviour that reads it, and for those of them that judge lateness.
  std::vector<std::uint64_t> readers_;
  std::vector<std::uint64_t> judges_;

  resting rest_;
  /// In force; by stage::tables.
  known_tables tables_;
  actor_table actors_;
  /// Hashes of the keys of those that are armed, awake or asleep. An index only: who is not armed
  /// for that moment any more is passed over.
  std::map<base::event_time, std::vector<std::uint64_t>> timers_;
  /// What the entries of all moments take.
  std::size_t timer_bytes_ = 0;
  /// Set while what is still open is being closed.
  std::optional<base::event_time> ended_at_;
  stage_counts counts_;
  std::vector<std::uint64_t> late_;
  std::size_t quarantined_actors_ = 0;
  std::size_t bytes_ = 0;
  /// What the budget was told last.
  std::size_t charged_ = 0;
  std::uint64_t pressure_seen_ = 0;
  std::uint64_t slept_ = 0;
  std::uint64_t woken_ = 0;
  std::optional<std::string> trouble_;
  bool tracks_ = false;
  bool waits_for_cut_ = false;
  struct changed_actor {
    std::uint64_t hash = 0;
    actor* who = nullptr;
  };
  /// Since the last cut; none of them leaves memory before the next.
  std::vector<changed_actor> changed_;
  /// Of each of them packed, as the last cut had them.
  std::size_t change_bytes_ = 0;
  /// Those that are kept and not awake, where cuts keep them.
  std::size_t asleep_ = 0;
  /// Of the store's index of timers, what was taken over last. No entry before it is missing in
  /// timers_; none: all were taken over.
  std::optional<timer_entry> timers_left_;
  /// Scratch: kept so that an event costs no allocation.
  std::string key_;
  std::string event_json_;
  std::string packed_;
  mutable std::string state_bytes_;
  /// What was wrong with the state that was read last, if it can be told.
  mutable std::string misfit_;
  std::vector<expr::row_ref> rows_;
};

}  // namespace aisle::entity
