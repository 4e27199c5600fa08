// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/ids.hpp"

namespace aisle::checkpoint {

/// Where the newest epoch stands.
///
///     idle ──start──▶ started ──everybody has the barrier──▶ complete
///      ▲                 ▲                                    │   │
///      │                 └──────── start of the next ─────────┘   │
///      └──────────────── every lane has delivered ────────────────┘
enum class epoch_state : std::uint8_t {
  /// No epoch is running; the last one is complete and delivered.
  idle,
  /// Barriers are on their way through readers, shards and lanes.
  started,
  /// Every reader, shard and lane has passed the barrier; lanes deliver.
  complete,
};
[[nodiscard]] std::string_view to_text(epoch_state state);

/// True for the edges of the picture above.
[[nodiscard]] bool is_edge(epoch_state from, epoch_state to);

/// Everybody whose word an epoch needs.
struct members {
  std::size_t readers = 0;
  std::size_t shards = 0;
  std::size_t lanes = 0;
};

/// What the coordinator asks to be done after a step.
struct coordinator_effects {
  /// Readers put this barrier into all their channels.
  std::optional<base::epoch> start;
  /// Lanes deliver the outbox of this epoch.
  std::optional<base::epoch> complete;
  /// Everything that was read is delivered: the run is over.
  bool done = false;
};

/// Starts epochs, one at a time, and says when one is complete. Knows nothing of what they hold.
class coordinator {
 public:
  /// Epochs that may be complete and not delivered by every lane; at the bound no epoch starts, so
  /// that readers pause and outboxes do not pile up behind a slow sink.
  static constexpr std::size_t max_undelivered = 2;

  /// `last`: the complete epoch everybody goes on behind.
  explicit coordinator(members who, base::epoch last = {})
      : who_{who}, newest_{last}, last_complete_{last} {}

  /// It is time for an epoch, or somebody's part of the running one is full. Kept until one can
  /// start.
  void want_epoch(coordinator_effects& effects);
  /// A reader has put barrier n into all its channels.
  void cut(base::epoch n, coordinator_effects& effects);
  /// A shard has passed barrier n on.
  void passed(base::epoch n, coordinator_effects& effects);
  /// A lane has closed its outbox of n.
  void prepared(base::epoch n, coordinator_effects& effects);
  /// A lane's outbox of n is out.
  void delivered(base::epoch n, coordinator_effects& effects);
  /// A reader has come to the end of its bounded source; once for each.
  void reader_ended(coordinator_effects& effects);
  /// Nothing will come out of a shard any more; once for each. When that holds of all shards and
  /// all readers have ended (there may be sources that no stage reads), the run finishes by itself.
  void shard_finished(coordinator_effects& effects);
  /// One more epoch brings out what is left, then the run is over: at the end of all input, or when
  /// asked to stop before.
  void finish(coordinator_effects& effects);
  [[nodiscard]] bool finishing() const { return finishing_; }

  [[nodiscard]] epoch_state state() const { return state_; }
  /// The newest epoch that was started.
  [[nodiscard]] base::epoch newest() const { return newest_; }
  [[nodiscard]] base::epoch last_complete() const { return last_complete_; }

 private:
  void transition_to(epoch_state next);
  void start_if_possible(coordinator_effects& effects);
  void complete_if_ready(coordinator_effects& effects);
  void finish_if_all_ended(coordinator_effects& effects);
  void all_delivered(base::epoch n, coordinator_effects& effects);

  members who_;
  epoch_state state_ = epoch_state::idle;
  base::epoch newest_;
  base::epoch last_complete_;
  std::size_t cuts_ = 0;
  std::size_t passes_ = 0;
  std::size_t prepares_ = 0;
  std::size_t ended_readers_ = 0;
  std::size_t finished_shards_ = 0;
  bool wanted_ = false;
  bool finishing_ = false;
  /// The epoch after which the run is over.
  std::optional<base::epoch> last_;
  /// Complete epochs and how many lanes still deliver them.
  std::map<base::epoch, std::size_t> undelivered_;
};

}  // namespace aisle::checkpoint
