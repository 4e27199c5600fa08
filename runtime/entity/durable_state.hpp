// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace aisle::entity {

/// One sleeping actor as it is kept.
struct kept_state {
  std::uint64_t key_hash = 0;
  std::string_view key;
  std::string_view bytes;
};

/// Where the states of actors lie that are not in memory. One per shard, called from one thread at
/// a time. What `put` took is what `get` answers, byte for byte, or the process ends.
class durable_state {
 public:
  using visitor = std::function<bool(const kept_state&)>;

  durable_state() = default;
  durable_state(const durable_state&) = delete;
  durable_state& operator=(const durable_state&) = delete;
  virtual ~durable_state() = default;

  /// Keeps `bytes` under the key, in place of what was there. When there is no room for them
  /// nothing has changed, and the text says where room is missing.
  [[nodiscard]] virtual std::expected<void, std::string> put(std::uint64_t key_hash,
                                                             std::string_view key,
                                                             std::string_view bytes) = 0;
  /// Valid until the next call.
  [[nodiscard]] virtual std::optional<std::string_view> get(std::uint64_t key_hash,
                                                            std::string_view key) const = 0;
  virtual void erase(std::uint64_t key_hash, std::string_view key) = 0;
  /// Visits the keys with this hash until one visit answers false. A visit calls nothing here.
  virtual void each_of(std::uint64_t key_hash, const visitor& visit) const = 0;
  /// Visits all from `cursor` (0: the first) until one visit answers false; the answer is the
  /// cursor behind it, 0 when that was the last. After a change a cursor may skip or repeat some.
  virtual std::uint64_t each(std::uint64_t cursor, const visitor& visit) const = 0;

  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Memory that it occupies itself, for the budget.
  [[nodiscard]] virtual std::size_t memory() const = 0;
};

}  // namespace aisle::entity
