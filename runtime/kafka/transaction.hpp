// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/base/edges.hpp"

namespace aisle::kafka {

/// Where a transactional producer is. Nobody aborts: after whatever is not retriable the producer
/// is destroyed, because what it sent may still arrive, and a commit that does would commit the
/// next transaction half made. The next producer's `init_transactions` ends what was under way.
///
///                created               initialised          begun            sealed
///       ┌──▶ none ──────▶ initialising ───────────▶ ready ────────▶ open ─────────▶ committing
///       │                  │  ▲ retriable          │  ▲           │  ▲ retriable     │  │  ▲
///       retriable │                  │  └───┘                │  │           │  └───┘           │
///       │  └───┘ │                  │                       │  └───────────┼──── committed ───┘  │
///       └──────────────────┴───────────────────────┴──────────────┴─────────────────────┘
///         dismissed, abortable, fatal, fenced, hopeless, overdue
enum class txn_state : std::uint8_t {
  /// There is no producer.
  none,
  /// `init_transactions` was called. It may time out, and has to be called again until it answers:
  /// any other call is refused meanwhile.
  initialising,
  /// Whoever had the transactional id before is powerless; no transaction is open.
  ready,
  /// Records are being produced.
  open,
  /// Everything is produced and the commit is on its way: it has happened, or will, or not.
  committing,
};

/// How a call ended. Those from `retriable` on are the classes of errors.
enum class txn_event : std::uint8_t {
  created,
  initialised,
  begun,
  /// The last record is produced; the commit goes out.
  sealed,
  committed,
  /// The owner wants the producer no longer.
  dismissed,
  /// The same call again may succeed.
  retriable,
  /// This transaction cannot be committed any more; another one can.
  abortable,
  /// The producer is broken; another one is not.
  fatal,
  /// Another producer has the transactional id.
  fenced,
  /// The same will fail for ever: not allowed, not supported, not configured.
  hopeless,
  /// It was retried for as long as there is patience. A commit that is overdue is in doubt.
  overdue,
};

/// What is to be done about an error.
enum class verdict : std::uint8_t {
  /// Make the same call again.
  again,
  /// The producer is destroyed; a new one has to take over and look what is out.
  take_over,
  /// The producer is destroyed, and another process has its place.
  lost,
  /// The producer is destroyed; a person has to look.
  refused,
};

struct txn_table {
  using state = txn_state;
  using event = txn_event;
  static constexpr std::size_t states = 5;
  static constexpr std::size_t events = 12;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto bug = base::unexpected::bug;

  static constexpr std::array edges{
      edge{state::none, event::created, state::initialising},
      edge{state::none, event::dismissed, state::none},
      edge{state::initialising, event::initialised, state::ready},
      edge{state::initialising, event::dismissed, state::none},
      edge{state::initialising, event::retriable, state::initialising},
      edge{state::initialising, event::abortable, state::none},
      edge{state::initialising, event::fatal, state::none},
      edge{state::initialising, event::fenced, state::none},
      edge{state::initialising, event::hopeless, state::none},
      edge{state::initialising, event::overdue, state::none},
      edge{state::ready, event::begun, state::open},
      edge{state::ready, event::dismissed, state::none},
      edge{state::ready, event::retriable, state::ready},
      edge{state::ready, event::abortable, state::none},
      edge{state::ready, event::fatal, state::none},
      edge{state::ready, event::fenced, state::none},
      edge{state::ready, event::hopeless, state::none},
      edge{state::ready, event::overdue, state::none},
      edge{state::open, event::sealed, state::committing},
      edge{state::open, event::dismissed, state::none},
      edge{state::open, event::retriable, state::open},
      edge{state::open, event::abortable, state::none},
      edge{state::open, event::fatal, state::none},
      edge{state::open, event::fenced, state::none},
      edge{state::open, event::hopeless, state::none},
      edge{state::open, event::overdue, state::none},
      edge{state::committing, event::committed, state::ready},
      edge{state::committing, event::dismissed, state::none},
      edge{state::committing, event::retriable, state::committing},
      edge{state::committing, event::abortable, state::none},
      edge{state::committing, event::fatal, state::none},
      edge{state::committing, event::fenced, state::none},
      edge{state::committing, event::hopeless, state::none},
      edge{state::committing, event::overdue, state::none},
  };
  /// One thread makes one call after the other and waits for each, so no answer can be late.
  static constexpr std::array oddities{
      odd{state::none, event::initialised, bug, "no call is made without a producer"},
      odd{state::none, event::begun, bug, "no call is made without a producer"},
      odd{state::none, event::sealed, bug, "no call is made without a producer"},
      odd{state::none, event::committed, bug, "no call is made without a producer"},
      odd{state::none, event::retriable, bug, "no call is made without a producer"},
      odd{state::none, event::abortable, bug, "no call is made without a producer"},
      odd{state::none, event::fatal, bug, "no call is made without a producer"},
      odd{state::none, event::fenced, bug, "no call is made without a producer"},
      odd{state::none, event::hopeless, bug, "no call is made without a producer"},
      odd{state::none, event::overdue, bug, "no call is made without a producer"},
      odd{state::initialising, event::created, bug, "a producer is destroyed before the next one"},
      odd{state::initialising, event::begun, bug, "nothing is written before all else is fenced"},
      odd{state::initialising, event::sealed, bug, "nothing is written before all else is fenced"},
      odd{state::initialising, event::committed, bug, "nothing was written"},
      odd{state::ready, event::created, bug, "a producer is destroyed before the next one"},
      odd{state::ready, event::initialised, bug, "a producer is initialised once"},
      odd{state::ready, event::sealed, bug, "no transaction is open"},
      odd{state::ready, event::committed, bug, "no transaction is open"},
      odd{state::open, event::created, bug, "a producer is destroyed before the next one"},
      odd{state::open, event::initialised, bug, "a producer is initialised once"},
      odd{state::open, event::begun, bug, "one transaction at a time"},
      odd{state::open, event::committed, bug, "no commit was asked for"},
      odd{state::committing, event::created, bug, "a producer is destroyed before the next one"},
      odd{state::committing, event::initialised, bug, "a producer is initialised once"},
      odd{state::committing, event::begun, bug, "one transaction at a time"},
      odd{state::committing, event::sealed, bug, "the commit is on its way"},
  };
};

/// The page above, followed: what one transactional producer may do next, and what an error means.
class transaction {
 public:
  /// A call has succeeded, or the owner wants the producer no longer.
  void go(txn_event done);
  /// A call has not: the error's class. Behind anything but `verdict::again` there is no producer.
  [[nodiscard]] verdict meet(txn_event error);

  [[nodiscard]] txn_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<txn_table>& edges() const { return machine_; }

 private:
  base::machine<txn_table> machine_;
};

}  // namespace aisle::kafka
