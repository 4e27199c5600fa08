// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/control/records.hpp"
#include "runtime/kv/crash_guard.hpp"
#include "runtime/kv/environment.hpp"
#include "runtime/kv/preparation.hpp"
#include "runtime/kv/snapshot.hpp"

namespace aisle::kv {

/// Beside the data file: so that one which is gone, emptied or another node's is told from one that
/// was never made.
inline constexpr const char* id_file_name = "id";

/// A file up to this size is read whole in about a second: a start need not trust its leaves. One
/// that is larger is for `aisle checkpoint verify`.
inline constexpr std::uintmax_t whole_check_bytes_max = std::uintmax_t{1} << 30;

struct open_options {
  /// Has the data file and the locks.
  std::filesystem::path folder;
  enum class absent : std::uint8_t { refuse, make };
  /// What is done when there is no state in the folder, or no folder.
  absent when_absent = absent::refuse;
  enum class checks : std::uint8_t {
    /// Heads, free pages and branches: some thousandths of the file. A damaged leaf shows when it
    /// is read: as an error, or, rarely, as a row that seems absent.
    branches,
    /// All of it, as `verify` does: nothing damaged is served, and the start takes as long as it
    /// takes to read the file.
    whole_file,
    /// `whole_file` for a file of at most `whole_check_bytes_max`, `branches` for a larger one.
    as_size_allows,
  };
  checks check = checks::branches;
  /// Random: the id of a file that is made.
  control::kv_id new_id;
  /// Address space to begin with, not memory and not disk.
  std::size_t map_bytes = std::size_t{256} << 30;
};

/// A copy to be made.
struct new_copy {
  control::shard_name shard;
  /// range_of for a shard of a stage, no_hashes for others.
  hash_range hashes;
};

/// How a copy stands under a new Assign.
struct standing {
  copy_id copy;
  /// The copy holds the attempt that the Assign stands on; otherwise it is stale, to be filled.
  bool holds = false;
};

/// How far a lane's outboxes are out.
struct delivered_lane {
  copy_id lane;
  attempt to;
};

/// In the folder of an export: what it is. A state is not gone on from beside it.
inline constexpr const char* export_file_name = "export.json";

/// How a copy of a whole state begins to go on by itself.
struct new_life {
  control::kv_id id;
  /// Names its control log: the old one when it takes the place of what it was copied from.
  control::log_record log;
  /// Stands on what is complete; its offset is the generation.
  control::reset_record order;
  /// Offsets of the control log that are left out: random, so that no generation and no attempt of
  /// this life bears the name of one that the state it was copied from makes, or another copy.
  std::uint64_t skip = 0;
};

/// A note that a shard begins with.
struct shard_note {
  std::uint32_t shard = 0;
  std::string name;
  std::uint32_t schema = 0;
  std::string bytes;
};

/// The durable state of a node: copies of shards and lanes, each a base and a chain of prepared
/// attempts, and what the node knows of the control log. PROTOCOL terms are in README.md.
///
/// One thread at a time writes (others wait); any number reads. Every call that changes something
/// is one or more synced commits: when it returns, it is on disk. An error with `may_retry` has
/// changed nothing; after one with `is_fatal` the process ends.
class node_state {
 public:
  [[nodiscard]] static result<std::unique_ptr<node_state>> open(const open_options& options);

  /// Made with the file.
  [[nodiscard]] control::kv_id id() const { return id_; }
  /// Why nothing can be written any more; empty while all is well.
  [[nodiscard]] std::string broken() const { return env_->broken(); }

  // The control log, as far as the node has followed it.

  [[nodiscard]] result<progress_row> progress() const;
  /// Remembers which log is followed. `foreign` when it is another one than before.
  [[nodiscard]] result<void> follow(control::log_id log);
  /// An Assign was read: what is of an older generation and above `from` is abandoned, and from
  /// here on refused. Answers how each copy stands. The same call may be made again.
  [[nodiscard]] result<std::vector<standing>> begin_generation(generation g, attempt from,
                                                               log_offset applied);

  // Schemas.

  /// Keeps what the writer of states is from now on, and answers the number that its rows carry.
  /// The same bytes as the newest have its number; any others the next one, counted from 1.
  [[nodiscard]] result<std::uint32_t> keep_schema(std::string_view bytes);

  /// This state is a copy and goes on as one of its own, in one commit: another id, and a control
  /// log of two records, which is followed from now on. Answers the generation that begins.
  [[nodiscard]] result<generation> begin_life(const new_life& as);

  // Copies.

  /// Makes empty copies, all of them or none, which hold `at`: (0,0), or the attempt that the
  /// others stand on when a topology has something new. One that is there already, with the same
  /// range, is left as it is. The ids are in the order of the copies.
  [[nodiscard]] result<std::vector<copy_id>> make_copies(std::span<const new_copy> copies,
                                                         attempt at = {});
  /// The same of one.
  [[nodiscard]] result<copy_id> make_copy(const control::shard_name& shard, hash_range hashes,
                                          attempt at = {});
  /// A stage, sink or source has another name from now on; its copies stay. Nothing happens when
  /// there is none of the old name, so the call may be made again; `exists` when copies of the new
  /// one are here, too.
  [[nodiscard]] result<void> rename_unit(control::shard_kind kind, std::string_view from,
                                         std::string_view to);
  /// From here on it is not read; `sweep_step` removes its rows.
  [[nodiscard]] result<void> drop_copy(copy_id copy);
  /// Gives a stage another number of shards, in one commit: all its copies have to be here, and
  /// folded to the same attempt, on which the new ones stand. Actors and timers stay; the notes of
  /// the old shards go, and these take their place. Reads the stage's rows once.
  [[nodiscard]] result<std::vector<copy_id>> reshard(std::string_view stage, std::uint32_t shards,
                                                     std::span<const shard_note> notes);
  /// Nothing when no copy of it is here.
  [[nodiscard]] result<std::optional<copy_id>> find_copy(const control::shard_name& shard) const;

  // Epochs.

  /// Brings the preparation to its end. After `no_space` the same call goes on where it stopped.
  [[nodiscard]] result<void> prepare(preparation& what);
  /// Moves some rows of complete attempts into the base, in one commit: all attempts of a chain up
  /// to `up_to` together, the newest row of each place. The caller has read the Complete of
  /// `up_to`; copies whose chains do not have it are left alone. Until it comes to its end, a copy
  /// can be read at `up_to` and above only. False: nothing is left to fold.
  [[nodiscard]] result<bool> fold_step(attempt up_to, log_offset applied);
  /// Removes some rows that nothing leads to any more. False: nothing is left.
  [[nodiscard]] result<bool> sweep_step();
  /// The lanes' markers are where it says beyond doubt: the parts up to there may go, which
  /// `sweep_step` does.
  [[nodiscard]] result<void> trim_outboxes(std::span<const delivered_lane> lanes);
  [[nodiscard]] result<void> trim_outbox(copy_id lane, attempt delivered) {
    const delivered_lane one{.lane = lane, .to = delivered};
    return trim_outboxes({&one, 1});
  }

  // Reading.

  [[nodiscard]] result<snapshot> read() const;

  /// A compact copy of the whole file, into a folder that must not have one. Holds a view of the
  /// file as long as it takes.
  [[nodiscard]] result<void> copy_to(const std::filesystem::path& folder) const;
  [[nodiscard]] result<file_stats> stats() const;

  // For the rest of the room.

  [[nodiscard]] environment& env() { return *env_; }
  /// Runs `look` on a view of its own, and answers what it answers.
  template <class Look>
  [[nodiscard]] auto reading(Look&& look) const -> result<std::invoke_result_t<Look, const txn&>> {
    const inside_lmdb inside{env_->context().path.c_str()};
    try {
      const auto view = env_->read();
      if constexpr (std::is_void_v<std::invoke_result_t<Look, const txn&>>) {
        look(view.view());
        return {};
      } else {
        return look(view.view());
      }
    } catch (const trouble& t) {
      return std::unexpected{t.what_happened()};
    }
  }
  /// The right to append to the embedded log, counted: who took it last has it.
  [[nodiscard]] std::uint64_t next_fence() { return ++fence_; }
  [[nodiscard]] std::uint64_t last_fence() const { return fence_; }

 private:
  explicit node_state(std::unique_ptr<environment> env) : env_{std::move(env)} {}
  [[nodiscard]] result<void> identify(const control::kv_id& new_id);

  std::unique_ptr<environment> env_;
  control::kv_id id_;
  std::atomic<std::uint64_t> fence_ = 0;
};

}  // namespace aisle::kv
