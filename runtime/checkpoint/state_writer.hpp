// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/checkpoint/messages.hpp"
#include "runtime/kv/embedded_log.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::checkpoint {

/// A delta on its way to the disk.
struct store_delta {
  kv::copy_id copy;
  version is;
  control::attempt base;
  /// As `encode(changes)` makes them.
  shared_bytes bytes;
};

/// The name of the note in which every delta keeps the checksum of what it makes.
inline constexpr std::string_view version_note = "version";

/// Everything that a node writes into its state, by one thread. What epochs wait for is done in the
/// order it was asked for; folding and sweeping in between, in bounded steps, so that it makes
/// nobody wait for longer than one of them takes.
///
/// A fold of several attempts costs little more than one of a single one, so complete attempts
/// gather until there are `gathered` of them, or nothing comes for a while (`rest`). Only when
/// `unfolded_max` are not folded do epochs wait for it: every read pays for a long chain.
///
/// Call `work` while it has some; each call is one commit, or the parts of one preparation.
class state_writer {
 public:
  static constexpr std::size_t gathered = 4;
  static constexpr std::size_t unfolded_max = 8;

  /// Both must outlive it. `schema` is the number of the manifest that states are written under.
  state_writer(kv::node_state& state, kv::embedded_log& log, std::uint32_t schema)
      : state_{state}, log_{log}, schema_{schema} {}

  void append(control::record what, control::log_offset after);
  /// All of what this node keeps of an attempt.
  void store(attempt is, std::vector<store_delta> deltas);
  /// The Complete of `to` stands in the log at `applied`.
  void fold(attempt to, control::log_offset applied);
  void trim(kv::copy_id lane, attempt delivered);
  /// Nothing will be stored for a while: until something is, what is complete is folded at once.
  void rest() { rests_ = true; }

  struct answers {
    std::optional<control::log_entry> appended;
    std::optional<attempt> stored;
    std::optional<attempt> folded;
    /// There is no room: nothing has changed, and the same `work` is to be tried again in a while.
    std::optional<std::string> waits;
    /// The process has to end.
    std::optional<std::string> broken;
  };
  [[nodiscard]] answers work();
  [[nodiscard]] bool has_work() const {
    return !urgent_.empty() || may_fold() || !trims_.empty() || sweeps_;
  }
  /// Something is complete and not folded, which is work for `rest`.
  [[nodiscard]] bool gathers() const { return complete_.has_value(); }

 private:
  struct append_order {
    control::record what;
    control::log_offset after;
  };
  struct store_order {
    attempt is;
    std::vector<store_delta> deltas;
    /// Of each delta: its checksum as a note.
    std::vector<std::string> checksums;
    std::optional<kv::preparation> preparing;
  };
  struct fold_order {
    attempt to;
    control::log_offset applied;
  };

  void work(append_order& order, answers& to);
  void work(store_order& order, answers& to);
  /// A fold is under way, or there is enough for one.
  [[nodiscard]] bool may_fold() const;
  void work_fold(answers& to);
  void work_trim(answers& to);
  void work_sweep(answers& to);
  [[nodiscard]] std::optional<std::string> begin(store_order& order) const;
  static void tell(const kv::error& why, answers& to);

  kv::node_state& state_;
  kv::embedded_log& log_;
  std::uint32_t schema_;
  std::deque<std::variant<append_order, store_order>> urgent_;
  /// What may be folded, unless it is being folded.
  std::optional<fold_order> complete_;
  /// What is being folded.
  std::optional<fold_order> folding_;
  /// Attempts that were stored and are not folded, oldest first.
  std::deque<attempt> unfolded_;
  bool rests_ = false;
  std::vector<kv::delivered_lane> trims_;
  /// What a new generation gave up may lie there.
  bool sweeps_ = true;
};

}  // namespace aisle::checkpoint
