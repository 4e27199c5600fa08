// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "runtime/checkpoint/messages.hpp"

namespace aisle::checkpoint {

/// What is done while some shard has only one copy although backups are configured.
enum class single_copy : std::uint8_t {
  /// No epoch starts until a backup is filled.
  stop,
  /// Epochs go on, and the Assign says that it is degraded.
  go_on,
};

/// What a leader has to place, and how.
struct cluster_shape {
  std::vector<shard_name> shards;
  std::vector<control::partition_name> partitions;
  /// Names of the nodes that are waited for, for a while, before work goes on without them.
  std::vector<control::node_name> nodes;
  /// Copies beside the owner's.
  std::size_t backups = 1;
  single_copy on_single_copy = single_copy::go_on;
  base::hash128 topology;
};

/// The last complete attempt, and of which contents its shards are.
struct foundation {
  attempt from;
  control::cut_state state;
  /// Of the Complete; none at the beginning and behind a Reset.
  std::map<shard_name, checksum> checksums;
};

/// Who should own a shard, above all other wishes.
using owner_wishes = std::map<shard_name, control::node_name>;

/// True when the node holds the shard at `on.from`, with the contents of its Complete. The
/// beginning is held by everybody who holds nothing else.
[[nodiscard]] bool is_holder(const inventory& of, const shard_name& shard, const foundation& on);

/// The next Assign: every shard is owned by a holder, at best the one that owned it before
/// (`previous` may be null); holders are required, up to the number of copies that is wanted.
/// Otherwise the shards that nobody holds.
[[nodiscard]] std::expected<control::assign_record, std::vector<shard_name>> place(
    const cluster_shape& shape, const foundation& on, const std::vector<inventory>& present,
    const control::assign_record* previous, const owner_wishes& wishes);

/// A member to fill with a further copy of the shard: the one with the fewest copies. Nothing when
/// there are enough, or nobody is left.
[[nodiscard]] std::optional<member_index> fill_target(const cluster_shape& shape,
                                                      const control::assign_record& assign,
                                                      const control::shard_placement& shard);

}  // namespace aisle::checkpoint
