// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/records.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace aisle::control {

std::string to_text(const shard_name& shard) {
  return fmt::format("{}/{}", shard.of, shard.number);
}

std::optional<member_index> assign_record::find(const node_name& node,
                                                control::incarnation of) const {
  const auto found = std::ranges::find_if(
      members, [&](const member& m) { return m.node == node && m.incarnation == of; });
  if (found == members.end()) {
    return std::nullopt;
  }
  return member_index{static_cast<std::uint32_t>(found - members.begin())};
}

const shard_placement* assign_record::find(const shard_name& shard) const {
  const auto found = std::ranges::find(shards, shard, &shard_placement::shard);
  return found == shards.end() ? nullptr : &*found;
}

std::string_view key_of(const record& what) {
  static constexpr std::array<std::string_view, 5> keys{"log", "claim", "assign", "complete",
                                                        "assign"};
  return keys.at(what.index());
}

std::string_view name_of(const record& what) {
  static constexpr std::array<std::string_view, 5> names{"Log", "Claim", "Assign", "Complete",
                                                         "Reset"};
  return names.at(what.index());
}

const assign_record* assign_of(const record& what) {
  if (const auto* const reset = std::get_if<reset_record>(&what)) {
    return &reset->assign;
  }
  return std::get_if<assign_record>(&what);
}

}  // namespace aisle::control
