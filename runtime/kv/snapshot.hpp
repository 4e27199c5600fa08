// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/kv/environment.hpp"
#include "runtime/kv/ids.hpp"
#include "runtime/kv/ledger.hpp"
#include "runtime/kv/value.hpp"

namespace aisle::kv {

/// An actor as it was kept. The views live until the visit returns, or the reader reads again.
struct actor_state {
  std::uint64_t key_hash = 0;
  std::string_view key;
  std::string_view bytes;
  std::uint32_t schema = 0;
  base::event_time due = no_timer;
  /// The attempt that wrote it.
  attempt of;
};

/// A place in the index of timers; the default is before all.
struct timer_position {
  base::event_time due = base::beginning_of_time;
  std::string place;
  friend auto operator<=>(const timer_position&, const timer_position&) = default;
};
struct timer {
  timer_position at;
  std::uint64_t key_hash = 0;
};

/// A copy with its name, and the attempts of its chain, oldest first.
struct copy_facts {
  copy_id id;
  control::shard_name shard;
  copy_row row;
  struct link {
    attempt of;
    link_row row;
  };
  std::vector<link> chain;

  /// The copy's state at this attempt can be read.
  [[nodiscard]] bool holds(attempt of) const;
};

struct outbox_facts {
  attempt of;
  outbox_row row;
};

class copy_reader;
class merged_rows;
struct kept_row;

/// What the writer of states was, as node_state::keep_schema has it.
struct schema {
  std::uint32_t number = 0;
  std::string bytes;
  friend bool operator==(const schema&, const schema&) = default;
};

/// The whole state as it was at one moment. Keep it short: see read_txn. It must not outlive the
/// node_state, and a thread that writes holds none: the map may have to wait for it to grow.
class snapshot {
 public:
  explicit snapshot(read_txn txn) : txn_{std::move(txn)} {}

  [[nodiscard]] result<std::vector<copy_facts>> copies() const;
  [[nodiscard]] result<copy_facts> copy(copy_id id) const;
  /// The copy's state at its tip, or at an older attempt that it holds. The snapshot must outlive
  /// the reader.
  [[nodiscard]] result<copy_reader> open(copy_id id, std::optional<attempt> at = {}) const;

  /// Of a lane, oldest first. The first may be trimmed: its parts are delivered and gone.
  [[nodiscard]] result<std::vector<outbox_facts>> outboxes(copy_id lane) const;
  /// One part, as it was prepared. Checked.
  [[nodiscard]] result<std::string> outbox_part(copy_id lane, attempt of, std::uint32_t part) const;

  /// Oldest first; the numbers are 1, 2, …
  [[nodiscard]] result<std::vector<schema>> schemas() const;

 private:
  template <class Look>
  auto looking(Look&& look) const -> result<std::invoke_result_t<Look, const txn&>>;

  read_txn txn_;
};

/// Reads one copy: deltas newest first, then the base. Every byte is checked before it is served.
class copy_reader {
 public:
  using actor_visitor = std::function<bool(const actor_state&)>;
  using note_visitor = std::function<bool(std::string_view name, std::string_view bytes)>;

  /// The attempt that is read.
  [[nodiscard]] attempt at() const { return at_; }

  /// Nothing when there is no such actor.
  [[nodiscard]] result<std::optional<actor_state>> get(std::uint64_t key_hash,
                                                       std::string_view key);
  /// Visits the actors with this hash until one visit answers false.
  [[nodiscard]] result<void> each_of(std::uint64_t key_hash, const actor_visitor& visit);
  /// Visits the actors in the order of their hashes, from this one on, until one visit answers
  /// false; those with the same hash are visited all the same. The answer is where to go on;
  /// nothing at the end.
  [[nodiscard]] result<std::optional<std::uint64_t>> scan(std::uint64_t from_hash,
                                                          const actor_visitor& visit);

  /// Up to `most` timers behind `after`, due at `until` or before, in order of time. Those of the
  /// base come from the index; the chain is looked through, so fold it first.
  [[nodiscard]] result<std::vector<timer>> timers(const timer_position& after,
                                                  base::event_time until, std::size_t most);

  [[nodiscard]] result<std::optional<std::string>> note(std::string_view name);
  /// In the order of the names' lengths, then of their bytes.
  [[nodiscard]] result<void> each_note(const note_visitor& visit);

 private:
  friend snapshot;
  copy_reader(txn in, copy_facts facts, attempt at) : in_{in}, facts_{std::move(facts)}, at_{at} {}

  template <class Look>
  auto looking(Look&& look) -> result<std::invoke_result_t<Look>>;
  /// Prefixes of the attempts that are read, newest first.
  [[nodiscard]] std::vector<std::string> delta_prefixes() const;
  [[nodiscard]] merged_rows rows() const;
  [[nodiscard]] bool find(std::string_view place, kept_row& into);
  [[nodiscard]] actor_state view_of(const kept_row& row) const;
  [[nodiscard]] std::vector<timer> timers_of_chain(std::vector<std::string>& changed) const;

  txn in_;
  copy_facts facts_;
  attempt at_;
  /// The row read last, whose bytes were handed out.
  std::shared_ptr<kept_row> row_;
};

}  // namespace aisle::kv
