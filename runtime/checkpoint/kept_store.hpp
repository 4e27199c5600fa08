// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/entity/actor_store.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::checkpoint {

/// The actors of one shard as the node's state has them. Looks at the state as it was at the last
/// `refresh`, so that every answer is of one moment; called from one thread at a time.
///
/// A look keeps pages of the file from being used again, and the file grows meanwhile: refresh it
/// with every epoch.
class kept_store final : public entity::actor_store {
 public:
  /// Called when a row is damaged or cannot be read: must not return. Nothing damaged is served.
  using on_damage = std::function<void(const std::string& why)>;

  /// `state` must outlive it. Looks at the state as it is now.
  kept_store(const kv::node_state& state, kv::copy_id copy, on_damage damaged);

  /// From now on the answers are those of the state as it is now.
  void refresh();

  [[nodiscard]] std::optional<std::string_view> get(std::uint64_t key_hash,
                                                    std::string_view key) const override;
  void each_of(std::uint64_t key_hash, const visitor& visit) const override;
  std::uint64_t each(std::uint64_t cursor, const visitor& visit) const override;
  /// Exact when the copy's chain is folded; otherwise it looks through all.
  [[nodiscard]] std::size_t size() const override;
  [[nodiscard]] std::vector<entity::timer_entry> timers(const entity::timer_entry& after,
                                                        std::size_t most) const override;

 private:
  template <class Value>
  Value hold(kv::result<Value> looked) const;

  const kv::node_state& state_;
  kv::copy_id copy_;
  on_damage damaged_;
  std::optional<kv::snapshot> view_;
  mutable std::optional<kv::copy_reader> reader_;
};

}  // namespace aisle::checkpoint
