// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kv/node_state.hpp"

namespace aisle::checkpoint {

/// One actor that is not the same in two states.
struct changed_actor {
  std::string key;
  /// As it is kept; nothing where it is not there.
  std::optional<std::string> before;
  std::optional<std::string> after;
};

struct stage_difference {
  std::uint64_t added = 0;
  std::uint64_t gone = 0;
  std::uint64_t changed = 0;
  std::uint64_t same = 0;
  /// The first of those that differ, in the order of the hashes of their keys.
  std::vector<changed_actor> first;

  [[nodiscard]] bool differs() const { return added + gone + changed > 0; }
};

/// Where a partition stood; nothing in the state that does not know it.
struct position_difference {
  control::partition_name partition;
  std::optional<control::source_state> before;
  std::optional<control::source_state> after;
};

/// What is different between two states, each at its last complete attempt.
struct state_difference {
  control::attempt before;
  control::attempt after;
  std::map<std::string, stage_difference> stages;
  /// Those that differ.
  std::vector<position_difference> positions;

  [[nodiscard]] bool differs() const;
};

/// Compares the actors of all stages, byte by byte, whatever their shards are, and the positions of
/// the sources. Reads both states once, in the order of the keys' hashes, and holds some thousand
/// actors of each at a time. Of each stage the first `show_max` differences are kept whole.
[[nodiscard]] kv::result<state_difference> compare_states(kv::node_state& before,
                                                          kv::node_state& after,
                                                          std::size_t show_max);

}  // namespace aisle::checkpoint
