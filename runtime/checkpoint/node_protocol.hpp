// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/edges.hpp"
#include "runtime/checkpoint/messages.hpp"
#include "runtime/control/log_follower.hpp"

namespace aisle::checkpoint {

/// Whether this process may take part in anything: it may when the last Assign names it.
///
///     reading ──reached_end──▶ waiting ──assigned, named──▶ acting ─┐
///                                ▲ ▲                         │  ▲   │ assigned, named
///                                │ └── assigned, not named ──┘  └───┘
///                                └──── lapsed ───────────────┘
enum class node_state : std::uint8_t {
  /// Reads what the log says of the time before this process. Folds what is complete, deletes
  /// nothing: what it holds may become complete yet.
  reading,
  /// Has said what it holds, and waits to be named.
  waiting,
  /// Named by the last Assign it has read.
  acting,
};

enum class node_event : std::uint8_t {
  /// An Assign or a Reset was read.
  assigned,
  completed,
  /// A Claim was read, or the leader asked.
  asked,
  /// Everything that was in the log when its end was fetched has been read.
  reached_end,
  /// Neither the leader nor the log was reached for too long.
  lapsed,
};

struct node_table {
  using state = node_state;
  using event = node_event;
  static constexpr std::size_t states = 3;
  static constexpr std::size_t events = 5;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto bug = base::unexpected::bug;
  static constexpr auto late = base::unexpected::straggler;

  static constexpr std::array edges{
      edge{state::reading, event::assigned, state::reading},
      edge{state::reading, event::completed, state::reading},
      edge{state::reading, event::asked, state::reading},
      edge{state::reading, event::reached_end, state::waiting},
      edge{state::waiting, event::assigned, state::waiting},
      edge{state::waiting, event::assigned, state::acting},
      edge{state::waiting, event::completed, state::waiting},
      edge{state::waiting, event::asked, state::waiting},
      edge{state::waiting, event::reached_end, state::waiting},
      edge{state::acting, event::assigned, state::acting},
      edge{state::acting, event::assigned, state::waiting},
      edge{state::acting, event::completed, state::acting},
      edge{state::acting, event::asked, state::acting},
      edge{state::acting, event::reached_end, state::acting},
      edge{state::acting, event::lapsed, state::waiting},
  };
  static constexpr std::array oddities{
      odd{state::reading, event::lapsed, late, "it takes part in nothing yet"},
      odd{state::waiting, event::lapsed, late, "it takes part in nothing"},
  };
};

/// A generation begins: every copy is told, whoever is named.
struct enter_generation {
  control::generation generation;
  control::assign_record assign;
  /// This process among the members; nothing when it has to stand aside.
  std::optional<member_index> me;
};
/// What is volatile of the generation ends; nothing takes its place yet. Deliveries of what is
/// known to be complete may go on.
struct leave_generation {};
/// The attempt is complete: fold, deliver.
struct epoch_completed {
  control::attempt attempt;
};
/// Say what is held, by the copies as they are now. `to` leads.
struct send_inventory {
  control::claim_record to;
  inventory_question question;
};
/// Somebody leads from here on: whoever else did has been fenced.
struct leadership_claimed {
  control::claim_record by;
};
/// End the process: exit 3, with the reason.
struct stop_process {
  control::error why;
};
using node_effect = std::variant<enter_generation, leave_generation, epoch_completed,
                                 send_inventory, leadership_claimed, stop_process>;
using node_effects = std::vector<node_effect>;

class node_protocol {
 public:
  node_protocol(member self, control::log_follower log)
      : self_{std::move(self)}, log_{std::move(log)} {}

  void read(const control::log_entry& entry, node_effects& effects);
  /// `end` was fetched after this process started, and everything before it was read.
  void reached_end(control::log_offset end, node_effects& effects);
  void asked(const inventory_question& question, node_effects& effects);
  /// Asks to be heard again: for a timer, while it is not named.
  void remind(node_effects& effects);
  void lapsed(node_effects& effects);

  enum class verdict : std::uint8_t {
    take,
    /// The log has to be read up to the message's generation first.
    read_first,
    /// Of an older generation, of a process that it does not name, or for one.
    drop,
  };
  /// What to do with a message from another node.
  [[nodiscard]] verdict judge(const stamp& of) const;

  [[nodiscard]] node_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<node_table>& edges() const { return machine_; }
  [[nodiscard]] const control::log_follower& log() const { return log_; }
  [[nodiscard]] const member& self() const { return self_; }
  /// What this process stamps its messages with.
  [[nodiscard]] stamp own_stamp() const {
    return {.generation = log_.generation(), .sender = self_.incarnation};
  }

 private:
  void take(const control::log_entry& entry, node_effects& effects);
  void enter(const control::assign_record& assign, node_effects& effects);
  void answer(const inventory_question& question, node_effects& effects) const;

  member self_;
  control::log_follower log_;
  base::machine<node_table> machine_;
  /// A rule was broken: nothing more is taken.
  bool stopped_ = false;
};

}  // namespace aisle::checkpoint
