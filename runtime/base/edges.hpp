// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <fmt/core.h>

#include "runtime/base/check.hpp"

namespace aisle::base {

/// From one state to another, or back to the same, because of an event.
template <class State, class Event>
struct edge {
  State from{};
  Event on{};
  State to{};
};

/// What is done about an event that a state does not expect.
enum class unexpected : std::uint8_t {
  /// Only a bug of ours can bring it: the process ends.
  bug,
  /// Something that was under way when the state changed: counted and ignored.
  straggler,
};

template <class State, class Event>
struct oddity {
  State in{};
  Event on{};
  unexpected is{};
  std::string_view why;
};

/// A protocol's page: `Table` has `state` and `event` (enums that count from 0), `states` and
/// `events` (how many there are), `edges` and `oddities`. Every pair of a state and an event is in
/// exactly one of the two, which `is_total` shows at compile time.
template <class Table>
constexpr bool is_total() {
  for (std::size_t s = 0; s < Table::states; ++s) {
    for (std::size_t e = 0; e < Table::events; ++e) {
      bool expected = false;
      for (const auto& edge : Table::edges) {
        expected |=
            static_cast<std::size_t>(edge.from) == s && static_cast<std::size_t>(edge.on) == e;
      }
      std::size_t odd = 0;
      for (const auto& row : Table::oddities) {
        odd += static_cast<std::size_t>(row.in) == s && static_cast<std::size_t>(row.on) == e;
      }
      if ((expected ? 1U : 0U) + odd != 1) {
        return false;
      }
    }
  }
  return true;
}

/// Where a protocol is, and how often it took each of its edges: the counters are what status pages
/// show and what tests ask for.
template <class Table>
class machine {
 public:
  using state_type = typename Table::state;
  using event_type = typename Table::event;

  constexpr machine() { static_assert(is_total<Table>()); }
  constexpr explicit machine(state_type first) : state_{first} {}

  [[nodiscard]] state_type state() const { return state_; }

  /// False when the event does not belong here: a straggler, which has been counted.
  [[nodiscard]] bool expects(event_type on) {
    for (std::size_t i = 0; i < Table::oddities.size(); ++i) {
      const auto& row = Table::oddities[i];
      if (row.in == state_ && row.on == on) {
        check(row.is == unexpected::straggler, row.why);
        ++ignored_[i];
        return false;
      }
    }
    return true;
  }

  void go(event_type on, state_type to) {
    for (std::size_t i = 0; i < Table::edges.size(); ++i) {
      const auto& edge = Table::edges[i];
      if (edge.from == state_ && edge.on == on && edge.to == to) {
        ++taken_[i];
        state_ = to;
        return;
      }
    }
    die(fmt::format("a protocol leaves its table: from state {} on event {} to state {}",
                    static_cast<int>(state_), static_cast<int>(on), static_cast<int>(to)));
  }

  /// One count for each of `Table::edges`, and for each of `Table::oddities`.
  [[nodiscard]] const auto& taken() const { return taken_; }
  [[nodiscard]] const auto& ignored() const { return ignored_; }

 private:
  state_type state_{};
  std::array<std::uint64_t, Table::edges.size()> taken_{};
  std::array<std::uint64_t, Table::oddities.size()> ignored_{};
};

}  // namespace aisle::base
