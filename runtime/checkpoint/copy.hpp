// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/edges.hpp"
#include "runtime/checkpoint/messages.hpp"

namespace aisle::checkpoint {

/// What one node durably has of one shard.
///
///                      assigned, from is the beginning
///        ┌─────────────────────────────────────────────────┐
///        │                     delta           stored      ▼
///      none ◀─dropped── holds ───────▶ storing ───────▶  holds
///        │  ▲             │ ▲ ▲           │ ▲ delta, store_failed
///   fill │  │ assigned    │ │ │ assigned  │ └─┘
///        ▼  │             │ │ └───────────┘ (what is under way is abandoned)
///      filling ──────▶ sealing ──sealed──▶ holds or storing, and Filled is said
///        ▲   fill, the last
///        └──fill── stale ◀──assigned, from is not in the chain── holds, storing
enum class copy_state : std::uint8_t {
  /// Nothing of the shard is here.
  none,
  /// The chain is whole; whether its tip is complete, the log knows.
  holds,
  /// The same, and deltas wait to be committed behind it.
  storing,
  /// The last Assign stands on something that is not in the chain. Kept until it is filled, or
  /// dropped: what looks useless now may be all there is when an operator has to choose.
  stale,
  /// Emptied; values of a fill come in, and deltas behind them.
  filling,
  /// All values have come; the commit that makes them a copy is under way.
  sealing,
};

enum class copy_event : std::uint8_t {
  /// An Assign was read.
  assigned,
  /// The last chunk of a delta came.
  delta,
  /// The oldest delta that waited is in a synced commit.
  stored,
  /// Its commit failed and the environment is sound.
  store_failed,
  /// A Complete was read.
  completed,
  /// A fold is in a synced commit.
  folded,
  /// A chunk of a fill came.
  fill,
  /// The fill is in a synced commit.
  sealed,
};

struct copy_table {
  using state = copy_state;
  using event = copy_event;
  static constexpr std::size_t states = 6;
  static constexpr std::size_t events = 8;
  using edge = base::edge<state, event>;
  using odd = base::oddity<state, event>;
  static constexpr auto bug = base::unexpected::bug;
  static constexpr auto late = base::unexpected::straggler;

  static constexpr std::array edges{
      edge{state::none, event::assigned, state::none},
      edge{state::none, event::assigned, state::holds},
      edge{state::none, event::completed, state::none},
      edge{state::none, event::fill, state::filling},
      edge{state::holds, event::assigned, state::holds},
      edge{state::holds, event::assigned, state::stale},
      edge{state::holds, event::delta, state::storing},
      edge{state::holds, event::delta, state::holds},
      edge{state::holds, event::completed, state::holds},
      edge{state::holds, event::completed, state::none},
      edge{state::holds, event::folded, state::holds},
      edge{state::holds, event::fill, state::holds},
      edge{state::holds, event::fill, state::filling},
      edge{state::storing, event::fill, state::storing},
      edge{state::storing, event::assigned, state::holds},
      edge{state::storing, event::assigned, state::stale},
      edge{state::storing, event::delta, state::storing},
      edge{state::storing, event::stored, state::storing},
      edge{state::storing, event::stored, state::holds},
      edge{state::storing, event::store_failed, state::storing},
      edge{state::storing, event::completed, state::storing},
      edge{state::storing, event::folded, state::storing},
      edge{state::stale, event::assigned, state::stale},
      edge{state::stale, event::assigned, state::holds},
      edge{state::stale, event::completed, state::stale},
      edge{state::stale, event::completed, state::none},
      edge{state::stale, event::folded, state::stale},
      edge{state::stale, event::fill, state::filling},
      edge{state::filling, event::assigned, state::none},
      edge{state::filling, event::assigned, state::holds},
      edge{state::filling, event::delta, state::filling},
      edge{state::filling, event::stored, state::filling},
      edge{state::filling, event::store_failed, state::filling},
      edge{state::filling, event::completed, state::filling},
      edge{state::filling, event::fill, state::filling},
      edge{state::filling, event::fill, state::sealing},
      edge{state::sealing, event::assigned, state::none},
      edge{state::sealing, event::assigned, state::holds},
      edge{state::sealing, event::delta, state::sealing},
      edge{state::sealing, event::stored, state::sealing},
      edge{state::sealing, event::store_failed, state::sealing},
      edge{state::sealing, event::completed, state::sealing},
      edge{state::sealing, event::sealed, state::sealing},
      edge{state::sealing, event::sealed, state::holds},
      edge{state::sealing, event::sealed, state::storing},
  };
  static constexpr std::array oddities{
      odd{state::none, event::delta, late, "the fill that it belongs behind was given up"},
      odd{state::none, event::stored, late, "committed for a generation that has ended"},
      odd{state::none, event::store_failed, late, "of a generation that has ended"},
      odd{state::none, event::folded, late, "the copy was dropped meanwhile"},
      odd{state::none, event::sealed, late, "committed for a generation that has ended"},
      odd{state::holds, event::stored, late, "committed for a generation that has ended"},
      odd{state::holds, event::store_failed, late, "of a generation that has ended"},
      odd{state::holds, event::sealed, late, "of a fill of a generation that has ended"},
      odd{state::storing, event::sealed, late, "of a fill of a generation that has ended"},
      odd{state::stale, event::delta, late, "an owner of this generation does not know that yet"},
      odd{state::stale, event::stored, late, "committed for a generation that has ended"},
      odd{state::stale, event::store_failed, late, "of a generation that has ended"},
      odd{state::stale, event::sealed, late, "of a fill of a generation that has ended"},
      odd{state::filling, event::folded, late, "of what was here before the fill"},
      odd{state::filling, event::sealed, late, "of a fill of a generation that has ended"},
      odd{state::sealing, event::folded, late, "of what was here before the fill"},
      odd{state::sealing, event::fill, bug, "an owner sends nothing behind the last chunk"},
  };
};

/// What is on the disk. A fill that was not sealed leaves none.
struct copy_image {
  /// Empty, or the base and then the chain, oldest first.
  std::vector<version> versions;
  friend bool operator==(const copy_image&, const copy_image&) = default;
};

/// A copy in an Assign.
enum class copy_role : std::uint8_t {
  /// Not listed: what is here is kept until something newer is complete.
  unlisted,
  /// An epoch needs it; also the owner's.
  required,
};

// Effects, to be carried out in order. Those of the disk go to the node's one writer, which keeps
// the order and syncs each.

/// Make an empty copy, at the beginning. No answer.
struct create_copy {};
/// Commit this behind the tip; the answer is `stored` or `store_failed`.
struct store_version {
  version is;
  shared_bytes bytes;
};
/// Bring everything up to this into the base; the answer is `folded`.
struct fold_to {
  attempt to;
};
/// Delete versions of generations before `before` with a number above `above`. No answer.
struct erase_abandoned {
  generation before;
  base::epoch above;
};
/// Delete the copy, all of it. No answer.
struct empty_copy {};
/// Keep these values, not yet part of any copy. No answer.
struct store_fill {
  shared_bytes bytes;
};
/// Make a copy of what was filled: fold the deltas up to `base` into it, which is its base then.
/// The answer is `sealed`, with the generation: a base can be the same in two fills.
struct seal_fill {
  version base;
  generation by;
};
struct say_prepared {
  version is;
};
struct say_filled {
  version tip;
};
struct say_gone {
  std::string why;
};
using copy_effect = std::variant<create_copy, store_version, fold_to, erase_abandoned, empty_copy,
                                 store_fill, seal_fill, say_prepared, say_filled, say_gone>;
using copy_effects = std::vector<copy_effect>;

class copy {
 public:
  /// As found on the disk at start.
  explicit copy(copy_image found);

  void assigned(generation g, const attempt& from, copy_role role, copy_effects& effects);
  void delta(const delta_chunk& chunk, copy_effects& effects);
  void stored(attempt is, copy_effects& effects);
  void store_failed(attempt is, copy_effects& effects);
  void completed(attempt is, copy_effects& effects);
  void folded(attempt to);
  void fill(const fill_chunk& chunk, copy_effects& effects);
  void sealed(generation by, copy_effects& effects);

  [[nodiscard]] copy_state state() const { return machine_.state(); }
  [[nodiscard]] const base::machine<copy_table>& edges() const { return machine_; }
  /// What is synced, for an inventory: base and chain; none while it is filled.
  [[nodiscard]] std::vector<version> held() const;
  [[nodiscard]] bool holds(attempt is) const;
  /// Attempts of the chain: prepared, and not in the base yet.
  [[nodiscard]] std::size_t unfolded() const {
    return versions_.empty() ? 0 : versions_.size() - 1;
  }
  /// What the next delta has to be based on, also when it is not synced yet. Nothing when there is
  /// no copy to write behind.
  [[nodiscard]] std::optional<version> tip() const;

 private:
  struct waiting {
    version is;
    shared_bytes bytes;
  };
  /// A delta of which not all chunks have come.
  struct gathering {
    delta_chunk of;
    std::string bytes;
    std::uint32_t next = 0;

    void add(const delta_chunk& chunk);
    /// Of all its chunks; one that came alone is not copied.
    [[nodiscard]] shared_bytes whole() &&;
  };

  [[nodiscard]] bool is_filling() const;
  void abandon(const attempt& from, copy_effects& effects);
  void stand_on(const attempt& from, copy_effects& effects);
  void refuse(const delta_chunk& chunk, copy_effects& effects);
  void append(gathering whole, copy_effects& effects);
  void begin_fill(const fill_chunk& first, copy_effects& effects);
  void fold_what_is_complete(copy_effects& effects);
  void seal_when_stored(copy_effects& effects);
  void store_front(copy_effects& effects) const;

  base::machine<copy_table> machine_;
  control::generation generation_;
  /// Until an Assign says otherwise: a restart drops nothing.
  copy_role role_ = copy_role::required;
  /// Synced: base and chain. While a fill comes in: what the fill starts from and what is stored
  /// behind it.
  std::vector<version> versions_;
  /// Deltas behind those; the first is being committed.
  std::deque<waiting> waiting_;
  std::optional<gathering> gathering_;
  attempt complete_;
  std::uint32_t fill_next_ = 0;
  /// The base that the fill will have; it has not been ordered while deltas below it wait.
  std::optional<version> seal_;
  bool seal_ordered_ = false;
};

}  // namespace aisle::checkpoint
