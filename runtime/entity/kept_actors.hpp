// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <memory>

#include "runtime/entity/actor_store.hpp"
#include "runtime/entity/hash_places.hpp"
#include "runtime/entity/shard_delta.hpp"

namespace aisle::entity {

/// The actors of one shard as its cuts left them: deltas that the store does not have yet, newest
/// first, then the store. So an actor may leave memory as soon as a cut has it.
///
/// Nothing is put down here but by a cut, and nothing is taken away by waking: of an actor that is
/// awake, what is kept is its past.
class kept_actors final : public durable_state {
 public:
  /// Null: there is nothing yet, and there will be no store.
  explicit kept_actors(std::shared_ptr<const actor_store> store = {}) : store_{std::move(store)} {}

  /// A cut's delta, which the store does not have yet.
  void add(std::shared_ptr<const shard_delta> delta);
  /// The store answers for this epoch and those before it.
  void stored(base::epoch n);
  /// Deltas that only memory has.
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }
  /// Timers of the store alone; see actor_store::timers.
  [[nodiscard]] std::vector<timer_entry> timers(const timer_entry& after, std::size_t most) const;

  /// Never: only a cut keeps anything.
  std::expected<void, std::string> put(std::uint64_t key_hash, std::string_view key,
                                       std::string_view bytes) override;
  std::optional<std::string_view> get(std::uint64_t key_hash, std::string_view key) const override;
  /// Nothing: see above.
  void erase(std::uint64_t /*key_hash*/, std::string_view /*key*/) override {}
  void each_of(std::uint64_t key_hash, const visitor& visit) const override;
  std::uint64_t each(std::uint64_t cursor, const visitor& visit) const override;
  /// Looks through what is pending.
  std::size_t size() const override;
  /// What is pending.
  std::size_t memory() const override { return bytes_; }

 private:
  struct layer {
    std::shared_ptr<const shard_delta> delta;
    /// By the hash of the key: the place in the delta, and one.
    hash_places places;

    [[nodiscard]] std::size_t bytes() const { return delta->actors.bytes() + places.bytes(); }
    [[nodiscard]] std::optional<actor_changes::change> find(std::uint64_t key_hash,
                                                            std::string_view key) const;
  };

  /// A layer newer than the first `below` ones has it.
  [[nodiscard]] bool is_newer_above(std::size_t below, std::uint64_t key_hash,
                                    std::string_view key) const;

  std::shared_ptr<const actor_store> store_;
  /// Oldest first.
  std::deque<layer> pending_;
  std::size_t bytes_ = 0;
};

}  // namespace aisle::entity
