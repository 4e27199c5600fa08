// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "runtime/base/check.hpp"
#include "runtime/base/edges.hpp"
#include "runtime/checkpoint/messages.hpp"

namespace aisle::checkpoint {

/// The reader of one partition, as far as epochs go.
///
///     stopped ──assigned──▶ reading ──full──▶ holding
///        ▲                   ▲   │ ▲             │
///        └── revoked ────────┼───┘ └── start ────┘     start: barrier n, then Cut
///                            └── start ─┘
enum class reader_state : std::uint8_t {
  /// The partition is read by somebody else, or by nobody.
  stopped,
  reading,
  /// As much as one epoch may hold has been read since the last barrier.
  holding,
};

enum class reader_event : std::uint8_t {
  /// An Assign gives the partition to this process: the reader seeks.
  assigned,
  start,
  /// So many records were read.
  read,
  /// The generation ends, and the next one has not begun or gives the partition away.
  revoked,
};

struct reader_table {
  using state = reader_state;
  using event = reader_event;
  static constexpr std::size_t states = 3;
  static constexpr std::size_t events = 4;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto bug = base::unexpected::bug;
  static constexpr auto late = base::unexpected::straggler;

  static constexpr std::array edges{
      edge{state::stopped, event::assigned, state::reading},
      edge{state::stopped, event::revoked, state::stopped},
      edge{state::reading, event::assigned, state::reading},
      edge{state::reading, event::start, state::reading},
      edge{state::reading, event::read, state::reading},
      edge{state::reading, event::read, state::holding},
      edge{state::reading, event::revoked, state::stopped},
      edge{state::holding, event::assigned, state::reading},
      edge{state::holding, event::start, state::reading},
      edge{state::holding, event::revoked, state::stopped},
  };
  static constexpr std::array oddities{
      odd{state::stopped, event::start, late, "sent before the partition was given away"},
      odd{state::stopped, event::read, late, "read before the partition was given away"},
      odd{state::holding, event::read, bug, "a reader that holds reads nothing"},
  };
};

/// Go there: everything is read again from here on.
struct seek_to {
  control::source_state at;
};
/// Into every channel of this reader; then `cut_here` is answered with the position.
struct send_barriers {
  base::epoch n;
};
using reader_effect = std::variant<seek_to, send_barriers>;
using reader_effects = std::vector<reader_effect>;

class reader_protocol {
 public:
  /// `epoch_records_max`: records between two barriers, at which reading pauses.
  explicit reader_protocol(std::size_t epoch_records_max) : records_max_{epoch_records_max} {}

  void assigned(const control::source_state& at, base::epoch from, reader_effects& effects) {
    if (!machine_.expects(reader_event::assigned)) {
      return;
    }
    last_ = from;
    records_ = 0;
    effects.emplace_back(seek_to{at});
    machine_.go(reader_event::assigned, reader_state::reading);
  }

  /// A number that is not the next one is of an epoch that this reader has cut already: leaders
  /// send Start(n + 1) only when Cut(n) has come.
  void start(base::epoch n, reader_effects& effects) {
    if (!machine_.expects(reader_event::start)) {
      return;
    }
    base::check(n == last_.next(), "a leader starts the next epoch when this one is complete");
    last_ = n;
    records_ = 0;
    effects.emplace_back(send_barriers{n});
    machine_.go(reader_event::start, reader_state::reading);
  }

  void read(std::size_t records) {
    if (!machine_.expects(reader_event::read)) {
      return;
    }
    records_ += records;
    machine_.go(reader_event::read,
                records_ < records_max_ ? reader_state::reading : reader_state::holding);
  }

  void revoked() {
    if (machine_.expects(reader_event::revoked)) {
      machine_.go(reader_event::revoked, reader_state::stopped);
    }
  }

  [[nodiscard]] reader_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<reader_table>& edges() const { return machine_; }

 private:
  base::machine<reader_table> machine_;
  std::size_t records_max_;
  std::size_t records_ = 0;
  base::epoch last_;
};

}  // namespace aisle::checkpoint
