// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/edges.hpp"
#include "runtime/flow/alignment.hpp"
#include "runtime/flow/message.hpp"

namespace aisle::checkpoint {

/// The incoming channels of a shard or a lane in one generation.
///
///     restored ──rows──▶ working ◀──rows──┐
///        │                 │ ▲  └─────────┘
///        │ barrier         │ │ barrier, the last: the epoch is cut
///        └──────────────▶ aligning ─┐
///     any ──lost──▶ gone     ▲──────┘ rows (taken or parked), barrier
enum class channels_state : std::uint8_t {
  /// As the attempt the generation stands on; nothing has come yet.
  restored,
  /// Something has come since the last barrier.
  working,
  /// Some channels have the barrier: what they bring belongs to the next epoch and is parked.
  aligning,
  /// Something is missing. Nothing more is taken in this generation.
  gone,
};

enum class channels_event : std::uint8_t {
  rows,
  barrier,
  /// A gap, a barrier out of order, or a sender that is down.
  lost,
};

struct channels_table {
  using state = channels_state;
  using event = channels_event;
  static constexpr std::size_t states = 4;
  static constexpr std::size_t events = 3;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto late = base::unexpected::straggler;

  static constexpr std::array edges{
      edge{state::restored, event::rows, state::working},
      edge{state::restored, event::barrier, state::aligning},
      edge{state::restored, event::barrier, state::working},
      edge{state::restored, event::lost, state::gone},
      edge{state::working, event::rows, state::working},
      edge{state::working, event::barrier, state::aligning},
      edge{state::working, event::barrier, state::working},
      edge{state::working, event::lost, state::gone},
      edge{state::aligning, event::rows, state::aligning},
      edge{state::aligning, event::barrier, state::aligning},
      edge{state::aligning, event::barrier, state::working},
      edge{state::aligning, event::lost, state::gone},
  };
  static constexpr std::array oddities{
      odd{state::gone, event::rows, late, "the generation is over for this shard"},
      odd{state::gone, event::barrier, late, "the generation is over for this shard"},
      odd{state::gone, event::lost, late, "the leader knows already"},
  };
};

/// What to do with what has come.
enum class arrival : std::uint8_t {
  take,
  /// It belongs behind the barrier that others still owe: keep it until the cut, then hand it in
  /// again with `unparked`.
  park,
  /// A barrier, and others are to come.
  align,
  /// The last barrier: freeze, send the delta, pass the barrier on, take what was parked.
  cut,
  /// Tell the leader that the channel is gone.
  say_gone,
  /// Somebody has told the leader.
  ignore,
};

class shard_channels {
 public:
  /// `from`: the number of the attempt the generation stands on.
  shard_channels(std::size_t channels, base::epoch from)
      : alignment_{channels, from}, last_(channels) {}

  /// A message with this number has come over the network.
  [[nodiscard]] arrival arrived(flow::channel on, base::sequence number) {
    if (!machine_.expects(channels_event::rows)) {
      return arrival::ignore;
    }
    if (number != last_[on.get()].next()) {
      return lost();
    }
    last_[on.get()] = number;
    return rows(on);
  }
  /// The same for one that was parked: its number was right.
  [[nodiscard]] arrival unparked(flow::channel on) {
    return machine_.expects(channels_event::rows) ? rows(on) : arrival::ignore;
  }
  /// The message brought a barrier and was to be taken.
  [[nodiscard]] arrival barrier(flow::channel on, base::epoch n) {
    if (!machine_.expects(channels_event::barrier)) {
      return arrival::ignore;
    }
    switch (alignment_.barrier(on, n)) {
      case flow::alignment::outcome::waiting:
        machine_.go(channels_event::barrier, channels_state::aligning);
        return arrival::align;
      case flow::alignment::outcome::aligned:
        machine_.go(channels_event::barrier, channels_state::working);
        return arrival::cut;
      case flow::alignment::outcome::out_of_order:
        break;
    }
    return lost();
  }
  /// The sender of a channel is down, or is another process.
  [[nodiscard]] arrival lost() {
    if (!machine_.expects(channels_event::lost)) {
      return arrival::ignore;
    }
    machine_.go(channels_event::lost, channels_state::gone);
    return arrival::say_gone;
  }

  [[nodiscard]] channels_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<channels_table>& edges() const { return machine_; }

 private:
  [[nodiscard]] arrival rows(flow::channel on) {
    const bool aligning = state() == channels_state::aligning;
    machine_.go(channels_event::rows,
                aligning ? channels_state::aligning : channels_state::working);
    return alignment_.holds(on) ? arrival::park : arrival::take;
  }

  base::machine<channels_table> machine_;
  flow::alignment alignment_;
  std::vector<base::sequence> last_;
};

}  // namespace aisle::checkpoint
