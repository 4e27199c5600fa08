// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "bench/epochs/cost.hpp"
#include "runtime/node/kept_state.hpp"

namespace aisle::bench {

/// What a node does with what its shard cut, by the node's own classes: the protocol, the state on
/// the disk and its log. The reader and the lane beside the shard keep nothing.
class keeper {
 public:
  /// `kept` is durable, of one shard and one reader, and outlives this.
  explicit keeper(node::kept_state& kept) : kept_{kept} {}

  struct costs {
    /// Starts the epoch, and checks what the shard cut.
    cost take;
    /// Into the chain: the epoch is prepared.
    cost store;
    /// Its Complete into the log: the epoch is complete.
    cost complete;
  };
  /// One epoch from its start to its end, with `bytes` for the shard.
  costs keep(checkpoint::shared_bytes bytes);

  /// Of the newest epoch kept.
  [[nodiscard]] base::epoch newest() const { return kept_.member().newest(); }
  /// One step of what is put off: folding, sweeping. False: nothing is left, but for what gathers.
  bool tidy();
  /// What has gathered is work for `tidy`, too, until the next epoch.
  void rest() { kept_.writer()->rest(); }

 private:
  void carry_out(checkpoint::sole_effects& effects);
  /// Works until the answer is there.
  template <class Answer>
  Answer wait_for(std::optional<Answer> checkpoint::state_writer::answers::* what, cost& into);
  void note(const checkpoint::state_writer::answers& done);

  node::kept_state& kept_;
};

}  // namespace aisle::bench
