// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "runtime/kv/folder.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::kv {

/// What a copy should hold at one attempt.
struct wanted_state {
  struct actor {
    std::string bytes;
    base::event_time due = no_timer;
    friend bool operator==(const actor&, const actor&) = default;
  };
  std::map<std::string, actor> actors;
  std::map<std::string, std::string> notes;
  friend bool operator==(const wanted_state&, const wanted_state&) = default;
};

/// A node with two shards and a lane beside a model of them in memory: random operations on both,
/// then whatever the state answers is compared. One seed, one run.
class model_run {
 public:
  static constexpr std::uint32_t shards = 2;

  model_run(std::filesystem::path folder, std::uint64_t seed);

  /// One random operation.
  void step();
  /// Everything that can be read is what the model says.
  void compare();

  // The operations, for tests that choose them.

  void open();
  void close() { state_.reset(); }
  /// Prepares the next attempt; `rows` of at most `bytes_max` bytes change.
  result<void> prepare(std::size_t rows, std::size_t bytes_max);
  void complete();
  void fold_step();
  void fold_all();
  /// One step that takes so many chunks out of the deltas. False: nothing was left to fold.
  result<bool> fold_some(std::size_t chunks, fold_mistake mistake = fold_mistake::none);
  void sweep();
  /// A new Assign: abandons what is not complete.
  void assign();
  void deliver();

  /// All that the state says of tips, actors, notes, timers and outboxes, as one number: the same
  /// whatever was folded or swept meanwhile.
  [[nodiscard]] static std::uint64_t digest(const node_state& state);

  [[nodiscard]] node_state& state() { return *state_; }
  [[nodiscard]] copy_id shard(std::uint32_t number) const { return copies_[number]; }
  [[nodiscard]] copy_id lane() const { return copies_[shards]; }
  [[nodiscard]] const wanted_state& tip(std::uint32_t number) const {
    return history_[number].rbegin()->second;
  }
  [[nodiscard]] attempt tip() const { return history_[0].rbegin()->first; }
  [[nodiscard]] attempt last_complete() const { return complete_; }

 private:
  using history = std::map<attempt, wanted_state>;

  [[nodiscard]] std::string random_key();
  [[nodiscard]] std::string random_bytes(std::size_t most);
  /// What is there at an attempt of a copy; nothing when it cannot be read.
  [[nodiscard]] std::optional<wanted_state> found(copy_id copy, attempt at);
  void compare_keys(copy_id copy, const wanted_state& wanted);
  void compare_timers(copy_id copy, const wanted_state& wanted);
  void compare_outboxes();

  std::filesystem::path folder_;
  std::mt19937_64 chance_;
  std::unique_ptr<node_state> state_;
  std::vector<copy_id> copies_;
  /// By copy; the lane has only notes.
  std::vector<history> history_;
  struct box {
    attempt prev;
    attempt delivered_to;
    std::vector<std::string> parts;
  };
  std::map<attempt, box> boxes_;
  attempt complete_;
  attempt delivered_;
  generation generation_{1};
};

}  // namespace aisle::kv
