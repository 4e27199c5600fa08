// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/entity/durable_state.hpp"

namespace aisle::entity {

/// An entry of the index of timers. The default is before all.
struct timer_entry {
  base::event_time due = base::beginning_of_time;
  std::uint64_t key_hash = 0;
  friend auto operator<=>(const timer_entry&, const timer_entry&) = default;
};

/// What a store answers of the actors of one shard: those of all deltas that it said it has. Called
/// from one thread at a time. What it answers was checked; when it cannot answer, it ends the
/// process or throws.
class actor_store {
 public:
  using visitor = durable_state::visitor;

  actor_store() = default;
  actor_store(const actor_store&) = delete;
  actor_store& operator=(const actor_store&) = delete;
  virtual ~actor_store() = default;

  /// The state as its delta had it. Valid until the next call.
  [[nodiscard]] virtual std::optional<std::string_view> get(std::uint64_t key_hash,
                                                            std::string_view key) const = 0;
  /// As in durable_state.
  virtual void each_of(std::uint64_t key_hash, const visitor& visit) const = 0;
  virtual std::uint64_t each(std::uint64_t cursor, const visitor& visit) const = 0;
  [[nodiscard]] virtual std::size_t size() const = 0;

  /// The next entries behind `after` in their order, about `most` of them; none: there are no more.
  /// Entries that are equal come together, even if that makes more of them.
  [[nodiscard]] virtual std::vector<timer_entry> timers(const timer_entry& after,
                                                        std::size_t most) const = 0;
};

}  // namespace aisle::entity
