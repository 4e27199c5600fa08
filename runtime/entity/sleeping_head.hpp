// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "runtime/base/check.hpp"
#include "runtime/entity/actor_host.hpp"

namespace aisle::entity {

/// What stands in front of a sleeping actor's states.
struct actor_host::sleeping_head {
  base::event_time armed;
  /// What it will be armed for when what is open is closed.
  base::event_time armed_at_end;
  base::event_time last;
  std::uint16_t failures = 0;
  bool quarantined : 1 = false;
  /// It went to sleep after the end, so that `armed` is what counts.
  bool closing : 1 = false;
  /// Of the head; behaviours' states have versions of their own.
  static constexpr std::uint8_t newest_version = 2;
  std::uint8_t version = newest_version;
  /// The number of the layout under which the states were packed (past_layout.hpp).
  std::uint32_t layout = 0;

  /// On disk as in memory: times as 64 bits, little-endian.
  static sleeping_head of(std::string_view bytes) {
    static_assert(sizeof(sleeping_head) == sleeping_head_bytes);
    static_assert(std::endian::native == std::endian::little);
    sleeping_head head;
    base::check(bytes.size() >= sizeof head, "a sleeping actor has a head");
    std::memcpy(&head, bytes.data(), sizeof head);
    return head;
  }
};

}  // namespace aisle::entity
