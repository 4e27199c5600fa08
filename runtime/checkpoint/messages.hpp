// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/hash.hpp"
#include "runtime/control/records.hpp"

namespace aisle::checkpoint {

using control::attempt;
using control::checksum;
using control::generation;
using control::member;
using control::member_index;
using control::shard_name;

/// Bytes that several hold and nobody changes.
using shared_bytes = std::shared_ptr<const std::string>;

/// Every message between nodes of one cluster carries this: under which Assign it was sent, and by
/// which process.
struct stamp {
  control::generation generation;
  control::incarnation sender;
  friend bool operator==(const stamp&, const stamp&) = default;
};

/// A state of a shard, by name and contents.
struct version {
  control::attempt attempt;
  control::checksum checksum;
  friend bool operator==(const version&, const version&) = default;
};

/// The checksum of the state that `bytes` make of the one with the checksum `before`. It covers the
/// whole history: equal checksums are equal states.
[[nodiscard]] inline checksum chained(checksum before, const std::string& bytes) {
  return checksum{base::hash64(bytes, before.get())};
}

/// What a node durably has of one shard: the base, then the chain, oldest first.
struct held_copy {
  shard_name shard;
  std::vector<version> versions;
  friend bool operator==(const held_copy&, const held_copy&) = default;
};

/// Leader to nodes: say what you hold, again. A Claim asks the same of everybody who reads it.
struct inventory_question {
  control::term term;
  /// Counts the questions of a term; the Claim is 0.
  std::uint64_t round = 0;
};

/// Node to leader, in answer to a Claim or a question.
struct inventory {
  member who;
  control::term term;
  std::uint64_t round = 0;
  std::vector<held_copy> copies;
};

/// Leader to readers.
struct start_epoch {
  base::epoch n;
  std::vector<control::table_state> tables;
};

/// Reader to leader: barrier n is in every channel.
struct cut {
  base::epoch n;
  control::source_state at;
};

/// Owner to each required copy, and to one that is being filled: a piece of what the epoch changed.
struct delta_chunk {
  shard_name shard;
  control::attempt attempt;
  /// What it changes: the attempt before it in the chain.
  control::attempt base;
  /// Of the state behind it.
  control::checksum checksum;
  std::uint32_t index = 0;
  std::uint32_t count = 1;
  shared_bytes bytes;
};

/// Copy to leader: the attempt is in a synced commit.
struct prepared {
  shard_name shard;
  control::attempt attempt;
  control::checksum checksum;
};

/// Leader to owner.
struct fill_order {
  shard_name shard;
  member_index target;
};

/// Owner to a copy that is being made: values of complete versions only.
struct fill_chunk {
  shard_name shard;
  /// Deltas are sent to the target from the one behind this on.
  version start;
  std::uint32_t index = 0;
  /// Values, each with its epoch.
  shared_bytes bytes;
  /// In the last chunk: the newest version that a value of the fill can be of.
  std::optional<version> end;
};

/// Filled copy to leader: it is whole, up to its tip, in a synced commit.
struct filled {
  shard_name shard;
  version tip;
};

/// Anybody to leader: under this generation it cannot go on here.
struct gone {
  std::string what;
  std::string why;
};

/// Lane owner to leader: for people and for back-pressure; never a truth.
struct delivered {
  shard_name lane;
  /// Nothing of this epoch or before is left to be delivered.
  base::epoch to;
};

}  // namespace aisle::checkpoint
