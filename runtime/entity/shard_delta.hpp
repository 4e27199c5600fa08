// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/base/time.hpp"
#include "runtime/entity/actor_changes.hpp"
#include "runtime/entity/stage.hpp"
#include "runtime/flow/waiting_page.hpp"

// What one epoch keeps of a shard, as plain values; whoever stores it decides where and how.
//
//   base + deltas in order = the shard as the last of them cut it:
//     actors   by key: the newest change
//     pages    by number: those that came, without those that are gone
//     facts    the last
namespace aisle::entity {

/// How far a shard has come with what it was given.
enum class shard_state : std::uint8_t {
  /// Takes events as they come. When every channel has ended: works off what was held back, and the
  /// timers up to the highest event time.
  working,
  /// All that is done: what is still open is being closed.
  closing,
  /// Nothing will come out any more, but barriers.
  finished,
};

/// Outputs made, by kind; for people who watch.
struct made_counts {
  std::uint64_t windows = 0;
  std::uint64_t decisions = 0;
  std::uint64_t reports = 0;
  std::uint64_t late = 0;
  std::uint64_t dead_letters = 0;

  made_counts& operator+=(const made_counts& other);
  friend bool operator==(const made_counts&, const made_counts&) = default;
};

/// One channel into a shard.
struct channel_facts {
  base::event_time watermark;
  /// Idle behind the cut.
  bool rests = false;
  bool ended = false;
  friend bool operator==(const channel_facts&, const channel_facts&) = default;
};

/// What the actors of a shard have in common.
struct host_facts {
  stage_counts counts;
  /// By behaviour.
  std::vector<std::uint64_t> late;
  std::uint64_t quarantined_actors = 0;
  friend bool operator==(const host_facts&, const host_facts&) = default;
};

/// The small part of a shard, written anew every epoch.
struct shard_facts {
  /// The epoch that was cut.
  base::epoch epoch;
  /// By channel.
  std::vector<channel_facts> channels;
  /// The merged watermark.
  base::event_time merged;
  flow::waits_from rows;
  shard_state state = shard_state::working;
  /// The highest event time of the channels that have ended.
  base::event_time highest;
  host_facts host;
  /// Since the very beginning.
  made_counts made;
  /// The tables in force are those of the barrier of this epoch; 0: those of the beginning.
  base::epoch tables_since;
  /// The number of the layout they are of (past_layout.hpp).
  std::uint32_t layout = 0;
  friend bool operator==(const shard_facts&, const shard_facts&) = default;
};

/// Appends the facts as versioned msgpack.
void pack(const shard_facts& facts, std::string& to);
/// The text says what is wrong with them.
[[nodiscard]] std::expected<shard_facts, std::string> unpack_facts(std::string_view bytes);

/// A page of waiting rows, packed.
struct packed_page {
  std::uint64_t number = 0;
  std::string bytes;
};

/// Packs these rows of `all` as a page; `page.rows` is not looked at. `layout` is the number under
/// which `of` is kept.
[[nodiscard]] packed_page pack(const flow::waiting_page& page, const record::batch& all,
                               const std::vector<std::uint32_t>& rows, const stage& of,
                               std::uint32_t layout = 0);
/// Of a page that was kept of the stage as it is. The text says what is wrong: damaged, of a newer
/// program, of another contract.
[[nodiscard]] std::expected<flow::waiting_page, std::string> unpack_page(std::string_view bytes,
                                                                         const stage& of);

/// What an epoch changed in a shard.
struct shard_delta {
  shard_facts facts;
  /// Each key at most once, in no order.
  actor_changes actors;
  std::vector<packed_page> pages;
  /// Numbers of pages of earlier deltas. One that nobody has any more may be told again.
  std::vector<std::uint64_t> pages_gone;
};

/// From where a shard goes on; its actors stay where resting::kept finds them.
struct shard_beginning {
  shard_facts facts;
  /// In any order.
  std::vector<flow::waiting_page> pages;
  /// The tables in force; none: those of the stage.
  std::optional<known_tables> tables;
};

}  // namespace aisle::entity
