// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime/base/time.hpp"
#include "runtime/control/ids.hpp"

namespace aisle::control {

/// What a shard is a part of.
enum class shard_kind : std::uint8_t {
  /// A range of the slots of a stage.
  stage,
  /// A lane of a sink.
  sink,
  /// What the reader of a source remembers: where it is, and which records it has seen.
  source,
};

/// A shard, a lane or a reader's memory, by names that outlive a change of the topology.
struct shard_name {
  shard_kind kind = shard_kind::stage;
  /// The stage's, sink's or source's name.
  std::string of;
  std::uint32_t number = 0;
  friend auto operator<=>(const shard_name&, const shard_name&) = default;
};
[[nodiscard]] std::string to_text(const shard_name& shard);

struct partition_name {
  std::string source;
  std::uint32_t number = 0;
  friend auto operator<=>(const partition_name&, const partition_name&) = default;
};

/// Where a partition's reader stood at a barrier.
struct source_state {
  partition_name partition;
  /// Of the next record to be read.
  base::offset next{};
  base::event_time highest = base::beginning_of_time;
  bool idle = false;
  friend bool operator==(const source_state&, const source_state&) = default;
};

struct table_state {
  std::string table;
  table_version version;
  friend bool operator==(const table_state&, const table_state&) = default;
};

/// What of an epoch is in no shard: its rows are in the control log itself.
struct cut_state {
  std::vector<source_state> sources;
  std::vector<table_state> tables;
  friend bool operator==(const cut_state&, const cut_state&) = default;
};

/// A process that may act, and the disk it acts with.
struct member {
  node_name node;
  control::incarnation incarnation;
  kv_id kv;
  friend auto operator<=>(const member&, const member&) = default;
};
/// The place of a member in the list of its record.
using member_index = base::named<std::uint32_t, struct member_index_tag>;

/// Names the log. The first record, once.
struct log_record {
  log_id log;
  cluster_id cluster;
  /// Of the records, `record_format` when the log was made.
  std::uint32_t format = 0;
  friend bool operator==(const log_record&, const log_record&) = default;
};

/// A node leads from here on.
struct claim_record {
  node_name node;
  control::incarnation incarnation;
  /// Where Inventory goes.
  std::string address;
  friend bool operator==(const claim_record&, const claim_record&) = default;
};

struct shard_placement {
  shard_name shard;
  member_index owner;
  /// Whose copies an epoch needs; the owner's is one of them.
  std::vector<member_index> required;
  friend bool operator==(const shard_placement&, const shard_placement&) = default;
};

struct reader_placement {
  partition_name partition;
  member_index reader;
  friend bool operator==(const reader_placement&, const reader_placement&) = default;
};

/// Who may act where from here on. Its offset is the generation; everything older that is not
/// complete is abandoned.
struct assign_record {
  /// The last complete attempt, on which everybody stands.
  attempt from;
  /// The sources and tables of `from`.
  cut_state state;
  std::vector<member> members;
  std::vector<shard_placement> shards;
  std::vector<reader_placement> readers;
  /// Some shard has fewer copies than the configuration wants.
  bool degraded = false;
  base::hash128 topology;
  friend bool operator==(const assign_record&, const assign_record&) = default;

  /// The place of this very process among the members; nothing when it may not act.
  [[nodiscard]] std::optional<member_index> find(const node_name& node,
                                                 control::incarnation of) const;
  /// Null when the shard is not placed.
  [[nodiscard]] const shard_placement* find(const shard_name& shard) const;
};

struct shard_holders {
  shard_name shard;
  std::vector<member_index> holders;
  control::checksum checksum;
  friend bool operator==(const shard_holders&, const shard_holders&) = default;
};

/// The commit point of an epoch.
struct complete_record {
  control::attempt attempt;
  cut_state state;
  /// Whom the holders are numbered by.
  std::vector<member> members;
  std::vector<shard_holders> shards;
  friend bool operator==(const complete_record&, const complete_record&) = default;
};

struct lane_marker {
  shard_name lane;
  attempt marker;
  friend bool operator==(const lane_marker&, const lane_marker&) = default;
};

/// An operator's explicit order to go on although something is lost: the only record that may stand
/// on less than the last Complete.
struct reset_record {
  assign_record assign;
  /// For people: which shards, epochs and outputs are gone.
  std::vector<std::string> lost;
  std::vector<lane_marker> markers;
  std::string ordered_by;
  friend bool operator==(const reset_record&, const reset_record&) = default;
};

using record = std::variant<log_record, claim_record, assign_record, complete_record, reset_record>;

/// The key that compaction keeps the last record of: log, claim, assign (Reset too), complete.
[[nodiscard]] std::string_view key_of(const record& what);
/// `Assign`, and so on.
[[nodiscard]] std::string_view name_of(const record& what);
/// The placement of an Assign or a Reset; null for other records.
[[nodiscard]] const assign_record* assign_of(const record& what);

/// A record where it stands.
struct log_entry {
  log_offset at;
  /// The offset of the previous record that the writer had read.
  log_offset after = before_the_log;
  record what;
  friend bool operator==(const log_entry&, const log_entry&) = default;
};

}  // namespace aisle::control
