// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/edges.hpp"
#include "runtime/base/time.hpp"
#include "runtime/checkpoint/messages.hpp"
#include "runtime/checkpoint/placement.hpp"
#include "runtime/control/log_follower.hpp"

namespace aisle::checkpoint {

/// Who leads, and how far it is. All it knows for good is in the log: it may be forgotten at any
/// moment.
///
///     follower ──won──▶ claiming ──appended──▶ gathering ──inventory, settled──▶ assigning
///        ▲                                      ▲  ▲                                │
///        │ append_failed, superseded:            │  │ gone, tick              appended
///        │                                      │  │                                ▼
///        └─ from anywhere                       │  └───────────────────────────── steady ◀─┐
///                                          gone, tick                     want_epoch │     │
///                                               │                                    ▼     │
///                                               ├──────────────────────────────── running  │
///                                               │                last cut or prepared│     │
///                                               │                                    ▼     │
///                                               └──────────── (a move) ───────── completing┘
enum class leader_state : std::uint8_t {
  /// Somebody else leads, or nobody.
  follower,
  /// The log is fenced and read to its end; our Claim is being appended.
  claiming,
  /// The nodes are asked what they hold.
  gathering,
  /// An Assign is being appended.
  assigning,
  /// A generation is at work, between two epochs.
  steady,
  /// Barrier n is under way.
  running,
  /// A Complete is being appended.
  completing,
};

enum class leader_event : std::uint8_t {
  /// The election was won, the log fenced, and only then read to its end.
  won,
  appended,
  /// Fenced, or nobody knows.
  append_failed,
  /// A later Claim of another process was read.
  superseded,
  inventory,
  /// Time has passed.
  tick,
  /// An epoch should begin.
  want_epoch,
  cut,
  prepared,
  filled,
  /// Somebody cannot go on in this generation: a gap, a node that is down, another incarnation.
  gone,
  delivered,
  /// The operator wants a shard to be owned by another node.
  move,
};

struct leader_table {
  using state = leader_state;
  using event = leader_event;
  static constexpr std::size_t states = 7;
  static constexpr std::size_t events = 13;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto bug = base::unexpected::bug;
  static constexpr auto late = base::unexpected::straggler;

  static constexpr std::array edges{
      edge{state::follower, event::won, state::claiming},
      edge{state::follower, event::tick, state::follower},
      edge{state::claiming, event::appended, state::gathering},
      edge{state::claiming, event::append_failed, state::follower},
      edge{state::claiming, event::superseded, state::follower},
      edge{state::claiming, event::tick, state::claiming},
      edge{state::gathering, event::inventory, state::gathering},
      edge{state::gathering, event::inventory, state::assigning},
      edge{state::gathering, event::superseded, state::follower},
      edge{state::gathering, event::tick, state::gathering},
      edge{state::gathering, event::tick, state::assigning},
      edge{state::gathering, event::gone, state::gathering},
      edge{state::gathering, event::move, state::gathering},
      edge{state::assigning, event::appended, state::steady},
      edge{state::assigning, event::appended, state::gathering},
      edge{state::assigning, event::inventory, state::assigning},
      edge{state::assigning, event::append_failed, state::follower},
      edge{state::assigning, event::superseded, state::follower},
      edge{state::assigning, event::tick, state::assigning},
      edge{state::assigning, event::gone, state::assigning},
      edge{state::assigning, event::move, state::assigning},
      edge{state::steady, event::superseded, state::follower},
      edge{state::steady, event::tick, state::steady},
      edge{state::steady, event::inventory, state::steady},
      edge{state::steady, event::inventory, state::gathering},
      edge{state::steady, event::want_epoch, state::steady},
      edge{state::steady, event::want_epoch, state::running},
      edge{state::steady, event::filled, state::steady},
      edge{state::steady, event::gone, state::steady},
      edge{state::steady, event::gone, state::gathering},
      edge{state::steady, event::delivered, state::steady},
      edge{state::steady, event::move, state::steady},
      edge{state::steady, event::move, state::gathering},
      edge{state::running, event::superseded, state::follower},
      edge{state::running, event::tick, state::running},
      edge{state::running, event::tick, state::gathering},
      edge{state::running, event::inventory, state::running},
      edge{state::running, event::inventory, state::gathering},
      edge{state::running, event::want_epoch, state::running},
      edge{state::running, event::cut, state::running},
      edge{state::running, event::cut, state::completing},
      edge{state::running, event::prepared, state::running},
      edge{state::running, event::prepared, state::completing},
      edge{state::running, event::prepared, state::gathering},
      edge{state::running, event::filled, state::running},
      edge{state::running, event::gone, state::running},
      edge{state::running, event::gone, state::gathering},
      edge{state::running, event::delivered, state::running},
      edge{state::running, event::move, state::running},
      edge{state::completing, event::appended, state::steady},
      edge{state::completing, event::appended, state::gathering},
      edge{state::completing, event::append_failed, state::follower},
      edge{state::completing, event::superseded, state::follower},
      edge{state::completing, event::tick, state::completing},
      edge{state::completing, event::inventory, state::completing},
      edge{state::completing, event::want_epoch, state::completing},
      edge{state::completing, event::filled, state::completing},
      edge{state::completing, event::gone, state::completing},
      edge{state::completing, event::delivered, state::completing},
      edge{state::completing, event::move, state::completing},
  };
  static constexpr std::array oddities{
      odd{state::follower, event::appended, late, "of a term that has ended"},
      odd{state::follower, event::append_failed, late, "of a term that has ended"},
      odd{state::follower, event::superseded, late, "it does not lead"},
      odd{state::follower, event::inventory, late, "sent to the leader that this was"},
      odd{state::follower, event::want_epoch, late, "the timer of a term that has ended"},
      odd{state::follower, event::cut, late, "sent to the leader that this was"},
      odd{state::follower, event::prepared, late, "sent to the leader that this was"},
      odd{state::follower, event::filled, late, "sent to the leader that this was"},
      odd{state::follower, event::gone, late, "sent to the leader that this was"},
      odd{state::follower, event::delivered, late, "sent to the leader that this was"},
      odd{state::follower, event::move, late, "an order to the leader that this was"},
      odd{state::claiming, event::won, bug, "an election is won once in a term"},
      odd{state::claiming, event::inventory, late, "of an earlier term of this process"},
      odd{state::claiming, event::want_epoch, late, "there is no generation yet"},
      odd{state::claiming, event::cut, late, "of a generation before this term"},
      odd{state::claiming, event::prepared, late, "of a generation before this term"},
      odd{state::claiming, event::filled, late, "of a generation before this term"},
      odd{state::claiming, event::gone, late, "the next Assign is on its way in any case"},
      odd{state::claiming, event::delivered, late, "of a generation before this term"},
      odd{state::claiming, event::move, late, "nothing is placed yet; the operator asks again"},
      odd{state::gathering, event::won, bug, "an election is won once in a term"},
      odd{state::gathering, event::appended, bug, "nothing is being appended"},
      odd{state::gathering, event::append_failed, bug, "nothing is being appended"},
      odd{state::gathering, event::want_epoch, late, "the generation has ended"},
      odd{state::gathering, event::cut, late, "the epoch is given up"},
      odd{state::gathering, event::prepared, late, "the epoch is given up"},
      odd{state::gathering, event::filled, late, "the inventory says it too, and says it safely"},
      odd{state::gathering, event::delivered, late, "the generation has ended"},
      odd{state::assigning, event::won, bug, "an election is won once in a term"},
      odd{state::assigning, event::want_epoch, late, "the generation has not begun"},
      odd{state::assigning, event::cut, late, "the epoch is given up"},
      odd{state::assigning, event::prepared, late, "the epoch is given up"},
      odd{state::assigning, event::filled, late, "of the generation that ends here"},
      odd{state::assigning, event::delivered, late, "of the generation that ends here"},
      odd{state::steady, event::won, bug, "an election is won once in a term"},
      odd{state::steady, event::appended, bug, "nothing is being appended"},
      odd{state::steady, event::append_failed, bug, "nothing is being appended"},
      odd{state::steady, event::cut, late, "of an epoch that was given up"},
      odd{state::steady, event::prepared, late, "by a copy that the Complete did not wait for"},
      odd{state::running, event::won, bug, "an election is won once in a term"},
      odd{state::running, event::appended, bug, "nothing is being appended"},
      odd{state::running, event::append_failed, bug, "nothing is being appended"},
      odd{state::completing, event::won, bug, "an election is won once in a term"},
      odd{state::completing, event::cut, late, "of an epoch that was given up"},
      odd{state::completing, event::prepared, late, "by a copy that is filled, not required yet"},
  };
};

/// Append this to the log; the answer is `appended` or `append_failed`.
struct append_record {
  control::record what;
  control::log_offset after;
};
/// To every node.
struct ask_inventory {
  inventory_question question;
};
/// To every reader of the generation.
struct send_start {
  start_epoch start;
};
/// To the shard's owner.
struct order_fill {
  member_index owner;
  fill_order order;
};
/// For people: no present node holds these, and who held them last. Said once per round.
struct waits_for {
  std::vector<shard_name> shards;
};
/// Destroy the log's producer, and give no answer of its any more. To lead again: a new election,
/// a new producer, fence, read to the end.
struct step_down {
  std::string_view why;
};
using leader_effect =
    std::variant<append_record, ask_inventory, send_start, order_fill, waits_for, step_down>;
using leader_effects = std::vector<leader_effect>;

struct leader_times {
  /// How long nodes are waited for that are expected and do not answer.
  base::duration settle{2000};
  /// An epoch that takes longer is given up.
  base::duration epoch_max{60000};
};

class leader {
 public:
  /// Epochs that are complete and not delivered by some lane: then none starts.
  static constexpr std::size_t max_undelivered = 2;

  leader(member self, std::string address, cluster_shape shape, leader_times times)
      : self_{std::move(self)},
        address_{std::move(address)},
        shape_{std::move(shape)},
        times_{times} {}

  // All times are a monotonic clock of the process.

  /// `at_the_end` has read the log to the end that was fetched behind the fence.
  void won(const control::log_follower& at_the_end, base::duration now, leader_effects& effects);
  void appended(control::log_offset at, base::duration now, leader_effects& effects);
  void append_failed(leader_effects& effects);
  void superseded(leader_effects& effects);
  void take(const inventory& of, base::duration now, leader_effects& effects);
  void tick(base::duration now, leader_effects& effects);
  /// Starts an epoch if nothing stands against it.
  void want_epoch(const std::vector<control::table_state>& tables, base::duration now,
                  leader_effects& effects);
  void take(const stamp& from, const cut& cut, leader_effects& effects);
  void take(const stamp& from, const prepared& prepared, base::duration now,
            leader_effects& effects);
  void take(const stamp& from, const filled& filled);
  void take(const stamp& from, const gone& gone, base::duration now, leader_effects& effects);
  void take(const stamp& from, const delivered& delivered);
  /// The node is down, has another incarnation, wants to join or to leave.
  void changed(const control::node_name& node, base::duration now, leader_effects& effects);
  void move(const shard_name& shard, const control::node_name& to, base::duration now,
            leader_effects& effects);

  [[nodiscard]] leader_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<leader_table>& edges() const { return machine_; }
  [[nodiscard]] control::generation generation() const { return generation_; }
  [[nodiscard]] control::term term() const { return term_; }
  [[nodiscard]] attempt stood_on() const { return on_.from; }
  /// The last Assign of this term: effects number members by it.
  [[nodiscard]] const control::assign_record& assign() const { return assign_; }

 private:
  struct shard_progress {
    std::set<member_index> required;
    /// A fill was ordered in this generation.
    std::set<member_index> filling;
    /// Of the running epoch.
    std::map<member_index, checksum> prepared;
    /// What the lane has out; as old as `from` when nothing is known.
    base::epoch delivered;
  };

  [[nodiscard]] std::optional<member_index> sender(const stamp& from) const;
  [[nodiscard]] bool names(const member& who) const;
  void gather(leader_event because, base::duration now, leader_effects& effects);
  void append(leader_event because, leader_state waiting, control::record what,
              leader_effects& effects);
  void assign_if_possible(leader_event because, bool settled, leader_effects& effects);
  void forget(leader_event because, std::string_view why, leader_effects& effects);
  void begin_generation(control::log_offset at, base::duration now, leader_effects& effects);
  void finish_epoch(base::duration now, leader_effects& effects);
  void order_fill_of(const control::shard_placement& shard, member_index target,
                     leader_effects& effects);
  void order_fill_for_wish(const shard_name& shard, const control::node_name& node,
                           leader_effects& effects);
  void doom(leader_event because, base::duration now, leader_effects& effects);
  void complete_if_ready(leader_event because, leader_effects& effects);
  [[nodiscard]] bool may_start() const;
  [[nodiscard]] bool a_wish_can_be_granted() const;
  [[nodiscard]] bool has_everything() const;
  [[nodiscard]] control::complete_record make_complete() const;

  member self_;
  std::string address_;
  cluster_shape shape_;
  leader_times times_;
  base::machine<leader_table> machine_;

  // From the log.
  control::log_offset last_ = control::before_the_log;
  control::term term_;
  control::generation generation_;
  control::assign_record assign_;
  foundation on_;
  /// What is being appended.
  std::optional<control::record> appending_;

  // Gathering.
  std::uint64_t round_ = 0;
  base::duration since_{};
  std::map<control::node_name, inventory> inventories_;
  /// Whose answers to earlier questions have come in this round.
  std::set<control::incarnation> asked_again_;
  std::vector<shard_name> lacking_;
  owner_wishes wishes_;

  // A generation at work.
  std::map<shard_name, shard_progress> shards_;
  start_epoch running_;
  std::map<control::partition_name, control::source_state> cuts_;
  /// Somebody named is gone: the generation ends as soon as what is being appended is there.
  bool doomed_ = false;
};

}  // namespace aisle::checkpoint
