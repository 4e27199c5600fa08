// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "runtime/control/records.hpp"
#include "runtime/kv/ids.hpp"
#include "runtime/kv/value.hpp"

/// The small rows that say what the file holds: table `ledger`. A key begins with a letter for the
/// kind of its row.
namespace aisle::kv {

/// Which file this is. Written once.
struct identity_row {
  std::uint32_t format = 0;
  control::kv_id kv;
  friend bool operator==(const identity_row&, const identity_row&) = default;
  static auto fields(auto& row) { return std::tie(row.format, row.kv); }
};

/// What the node has seen of the control log. Nothing of it goes back.
struct progress_row {
  /// Nothing before the first log was followed.
  std::optional<control::log_id> log;
  /// The highest offset that was acted on.
  log_offset applied = control::before_the_log;
  /// The highest generation that was written under (`kv_gen`).
  generation written_under;
  friend bool operator==(const progress_row&, const progress_row&) = default;
  static auto fields(auto& row) { return std::tie(row.log, row.applied, row.written_under); }
};

/// The name of a stage or sink, under its number.
struct unit_row {
  control::shard_kind kind = control::shard_kind::stage;
  std::string name;
  friend bool operator==(const unit_row&, const unit_row&) = default;
  static auto fields(auto& row) { return std::tie(row.kind, row.name); }
};

enum class copy_state : std::uint8_t {
  /// Holds what its base and chain say.
  whole = 0,
  /// Is being made from another node's copy: not to be read, and no delta is based on it.
  filling = 1,
  /// Is being removed in steps.
  leaving = 2,
};

/// One shard or lane.
struct copy_row {
  copy_state state = copy_state::whole;
  hash_range hashes;
  /// What of it is folded into the base table.
  attempt base;
  /// The last attempt of its chain; the base when there is no chain.
  attempt tip;
  /// Rows of the fold under way that have left the deltas, of all its attempts together.
  row_sum folded;
  /// What the base table holds of it: chunks with their checksums, and actors and timers among
  /// them.
  row_sum in_base;
  std::uint64_t actors = 0;
  std::uint64_t timers = 0;
  /// The last attempt of the fold under way, whose base is amid base and this; (0,0) for none.
  attempt folds_to;
  friend bool operator==(const copy_row&, const copy_row&) = default;
  /// A fold of that format was always of the first attempt of the chain alone.
  static constexpr std::size_t fields_in_format_1 = 8;
  static auto fields(auto& row) {
    return std::tie(row.state, row.hashes, row.base, row.tip, row.folded, row.in_base, row.actors,
                    row.timers, row.folds_to);
  }

  /// Some of its rows are moved, so what is below its end cannot be read any more.
  [[nodiscard]] bool is_half_folded() const { return folded.chunks > 0; }
};

/// One prepared attempt of a copy's chain.
struct link_row {
  /// The attempt it is based on: the one before it in the chain.
  attempt base;
  /// Rows in the table of deltas.
  row_sum rows;
  /// Bytes of keys and values there.
  std::uint64_t bytes = 0;
  std::uint32_t schema = 0;
  /// Of everything in the delta; equal on all nodes that hold it.
  kv::checksum checksum;
  friend bool operator==(const link_row&, const link_row&) = default;
  static auto fields(auto& row) {
    return std::tie(row.base, row.rows, row.bytes, row.schema, row.checksum);
  }
};

/// What a lane hands out of one attempt.
struct outbox_row {
  /// The attempt whose marker this one follows: empty outboxes have no marker.
  attempt prev;
  /// The lane's marker, as far as was known beyond doubt when the attempt was cut.
  attempt delivered_to;
  /// The lane has written its first marker: from here on "no marker" is an error.
  bool born = false;
  std::uint32_t parts = 0;
  std::uint64_t bytes = 0;
  row_sum rows;
  /// Its parts are out and removed; the row stays as long as it is the last delivered one.
  bool trimmed = false;
  friend bool operator==(const outbox_row&, const outbox_row&) = default;
  static auto fields(auto& row) {
    return std::tie(row.prev, row.delivered_to, row.born, row.parts, row.bytes, row.rows,
                    row.trimmed);
  }
};

/// How far the control log has been written and compacted.
struct log_row {
  /// Where the next record goes.
  log_offset next;
  /// Everything before it is compacted.
  log_offset floor;
  /// The last record of each key: log, claim, assign, complete; -1 for none.
  log_offset last_log = control::before_the_log;
  log_offset last_claim = control::before_the_log;
  log_offset last_assign = control::before_the_log;
  log_offset last_complete = control::before_the_log;
  friend bool operator==(const log_row&, const log_row&) = default;
  static auto fields(auto& row) {
    return std::tie(row.next, row.floor, row.last_log, row.last_claim, row.last_assign,
                    row.last_complete);
  }
};

/// What the writer of states was at one time, under the number that its rows carry: bytes of the
/// writer's own, never changed and never removed. Numbers count from 1.
struct schema_row {
  std::string bytes;
  friend bool operator==(const schema_row&, const schema_row&) = default;
  static auto fields(auto& row) { return std::tie(row.bytes); }
};

namespace ledger_key {
[[nodiscard]] std::string identity();
[[nodiscard]] std::string progress();
[[nodiscard]] std::string log();
[[nodiscard]] std::string unit(unit_id id);
[[nodiscard]] std::string copy(copy_id id);
[[nodiscard]] std::string link(copy_id copy, attempt of);
[[nodiscard]] std::string outbox(copy_id lane, attempt of);
[[nodiscard]] std::string schema(std::uint32_t number);

/// What all rows of a kind, or all links or outboxes of a copy, begin with.
[[nodiscard]] std::string units();
[[nodiscard]] std::string copies();
[[nodiscard]] std::string links(copy_id copy);
[[nodiscard]] std::string all_links();
[[nodiscard]] std::string outboxes(copy_id lane);
[[nodiscard]] std::string all_outboxes();
[[nodiscard]] std::string schemas();

/// `key` must be one of that kind; nothing when it cannot be.
[[nodiscard]] std::optional<unit_id> unit_of(std::string_view key);
[[nodiscard]] std::optional<copy_id> copy_of(std::string_view key);
/// Of a link or an outbox.
[[nodiscard]] std::optional<attempt> attempt_of(std::string_view key);
[[nodiscard]] std::optional<std::uint32_t> schema_of(std::string_view key);
}  // namespace ledger_key

/// A row as the value under `key`: a checksum that holds only there, then msgpack.
template <class Row>
[[nodiscard]] std::string encode_row(std::string_view key, const Row& row);
/// False when the value is not what was written under this key. What was written before a row had
/// its last fields has them empty.
template <class Row>
[[nodiscard]] bool decode_row(std::string_view key, std::string_view value, Row& into);

/// Bytes of others with a checksum before them, which holds only under this key.
[[nodiscard]] std::string sealed(std::string_view key, std::string_view bytes);
/// The bytes; nothing when they are not what was sealed.
[[nodiscard]] std::optional<std::string_view> unsealed(std::string_view key,
                                                       std::string_view value);

}  // namespace aisle::kv
