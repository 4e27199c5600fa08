// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/entity/output.hpp"
#include "runtime/entity/shard_delta.hpp"
#include "runtime/entity/stage.hpp"

namespace aisle::entity {

/// What a list of actors says of one.
struct actor_view {
  std::string_view key;
  bool awake = true;
  bool quarantined = false;
  std::uint16_t failures = 0;
  /// In memory when awake, in the file when asleep.
  std::size_t bytes = 0;
  base::event_time last;
  /// end_of_time when no timer is armed.
  base::event_time due;
};

/// The actors of one shard, as the shard drives them; it decides which event comes next and when a
/// timer is due. Two kinds: actor_host works at once, key_hosts hands out and settles.
class hosting {
 public:
  hosting() = default;
  hosting(const hosting&) = delete;
  hosting& operator=(const hosting&) = delete;
  virtual ~hosting() = default;

  /// Brings one event to its actor. Whatever the behaviours do, the event is counted and, when it
  /// failed, is a dead letter among the outputs. The actor's own timers due at or before `after`
  /// have fired, or fire first.
  virtual void apply(stream_index by, record::event_ref event, base::event_time after,
                     outputs& out) = 0;
  /// Counts events of streams that no behaviour reads, so that they were not brought here.
  virtual void count_unread(std::uint64_t events) = 0;
  /// Asks the memory for the place in the table of the actor with this hash, and for the actor
  /// itself once that is there: hints, which change nothing.
  virtual void fetch_place(std::uint64_t /*key_hash*/) const {}
  virtual void fetch_actor(std::uint64_t /*key_hash*/) const {}
  /// When the earliest timer known of is due; end_of_time when none is.
  [[nodiscard]] virtual base::event_time next_timer() const = 0;
  /// Fires everything one actor has due at next_timer(), which must not be end_of_time.
  virtual void fire_next(outputs& out) = 0;
  /// Waits for what was handed out: its outputs are there, its timers and counts known. False when
  /// there was nothing.
  virtual bool settle(outputs& /*out*/) { return false; }
  /// Bounded input has ended with this highest event time, and every timer up to it has fired: from
  /// now on only behaviours that close at the end are woken, so that what is still open is closed.
  virtual void begin_closing(base::event_time highest) = 0;
  /// From the next event on the tables are these, by the same contracts as before. The rows of
  /// every actor that is awake are looked up anew, so it costs a moment per actor.
  virtual void know(const known_tables& tables) = 0;
  /// Now and then, between events.
  virtual void rest(base::event_time /*watermark*/) {}

  /// At a cut: adds every actor that changed since the last one. Costs by those.
  virtual void freeze(actor_changes& to) = 0;
  /// An empty host goes on from here; `ended_at` when what is open was being closed.
  virtual void begin(const host_facts& from, std::optional<base::event_time> ended_at) = 0;
  /// Memory is short, and everybody in it has changed since the last cut, so that nobody may leave:
  /// no more work until there is one. Until then a host exceeds the budget by resting::changes_max
  /// and what one more row or timer makes, at most.
  [[nodiscard]] virtual bool waits_for_cut() const = 0;

  [[nodiscard]] virtual const stage_counts& counts() const = 0;
  /// Events each behaviour that judges lateness refused, by behaviour index.
  [[nodiscard]] virtual const std::vector<std::uint64_t>& late_by_behaviour() const = 0;
  [[nodiscard]] virtual std::size_t actors() const = 0;
  [[nodiscard]] virtual std::size_t asleep() const = 0;
  [[nodiscard]] virtual std::size_t quarantined_actors() const = 0;
  /// All that counts against the node's budget.
  [[nodiscard]] virtual std::size_t memory() const = 0;
  /// Why the shard cannot go on.
  [[nodiscard]] virtual const std::optional<std::string>& trouble() const = 0;

  /// Lets a quarantined actor take events again, with its failures forgotten; its timers that were
  /// due meanwhile fire next. False when there is no such actor, or it is not quarantined.
  virtual bool release(std::string_view key) = 0;
  /// Visits at most `most` actors from `cursor` (0: the first); the answer is the cursor to go on
  /// from, 0 at the end. An actor that wakes or goes to sleep in between may be missed or come
  /// twice.
  virtual std::uint64_t list(std::uint64_t cursor, std::size_t most,
                             const std::function<void(const actor_view&)>& visit) const = 0;
  [[nodiscard]] virtual std::optional<actor_view> find(std::string_view key) const = 0;
  /// The state of one actor as `{"behaviour": …}`, without waking it; nothing when there is none.
  [[nodiscard]] virtual std::optional<std::string> describe(std::string_view key) const = 0;
};

}  // namespace aisle::entity
