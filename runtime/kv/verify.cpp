// SPDX-License-Identifier: Apache-2.0
// 1. The walk gives the rows table by table, in the order of the tables' names: base, control,
//    deltas, ledger, outbox, timers. What needs the ledger is added up and compared at the end.
// 2. Sums of checksums stand in the ledger for each copy, link and outbox; a row that is missing,
//    doubled or older than it should be makes a sum differ.
// 3. Each timer of an actor is added to a sum, each row of the index taken off: nothing is left.
#include "runtime/kv/verify.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/hash.hpp"
#include "runtime/control/record_codec.hpp"
#include "runtime/kv/chunk_order.hpp"
#include "runtime/kv/environment.hpp"
#include "runtime/kv/ledger.hpp"
#include "runtime/kv/outbox_rows.hpp"
#include "runtime/kv/page_walk.hpp"

namespace aisle::kv {
namespace {

class examination {
 public:
  explicit examination(verdict& into) : into_{into} {}

  void take(const row_at& row) {
    at_ = row.page_at;
    into_.empty = false;
    if (row.table == "base") return take_base(row);
    if (row.table == "deltas") return take_delta(row);
    if (row.table == "outbox") return take_outbox(row);
    if (row.table == "timers") return take_timer(row);
    if (row.table == "ledger") return take_ledger(row);
    if (row.table == "control") return take_record(row);
    wrong(row, "no table of ours");
  }

  void finish() {
    at_ = 0;
    for (auto* order : {&base_order_, &delta_order_}) {
      if (!order->end().empty()) note("the last row of a table is cut off");
    }
    if (!identity_) note("the ledger does not say whose state this is");
    compare_copies();
    compare_links();
    compare_outboxes();
    compare_log();
    compare_schemas();
    into_.copies = copies_.size();
  }

 private:
  struct found {
    row_sum rows;
    std::uint64_t actors = 0;
    std::uint64_t timers = 0;
    /// Timers of actors less those of the index: 0 when they agree.
    std::uint64_t timer_sum = 0;
  };
  using attempt_of_copy = std::pair<copy_id, attempt>;

  void note(std::string what) {
    if (into_.findings.size() < page_walk::defects_max) {
      into_.findings.push_back({.at = at_, .what = std::move(what)});
    }
  }
  void wrong(const row_at& row, std::string_view what) {
    note(fmt::format("table {}, key {}: {}", row.table, hex_of(row.key), what));
  }

  /// A chunk of base or deltas; nothing, and noted, when it is not sound.
  struct row_chunk {
    place_view place;
    chunk_view chunk;
    std::string_view whole_place;
    std::uint16_t number = 0;
  };
  std::optional<row_chunk> chunk_of(const row_at& row, std::size_t prefix, chunk_order& order) {
    if (row.key.size() < prefix + chunk_number_bytes) {
      wrong(row, "the key is too short");
      return std::nullopt;
    }
    const auto at = row.key.substr(prefix);
    const auto whole = at.substr(0, at.size() - chunk_number_bytes);
    const auto place = read_place(whole);
    const auto chunk = decode_chunk(at, row.value);
    if (!place || !chunk) {
      wrong(row, "the value is not what was written there");
      return std::nullopt;
    }
    const auto number = big_at<std::uint16_t>(at, at.size() - chunk_number_bytes);
    const auto misfit = order.take(row.key.substr(0, row.key.size() - 2), number, *chunk);
    if (!misfit.empty()) wrong(row, misfit);
    return row_chunk{.place = *place, .chunk = *chunk, .whole_place = whole, .number = number};
  }

  void take_base(const row_at& row) {
    const auto c = chunk_of(row, base_prefix_bytes, base_order_);
    if (!c) return;
    if (c->chunk.head.kind == value_kind::tombstone) wrong(row, "a tombstone in the base");
    const unit_id unit{big_at<std::uint32_t>(row.key, 0)};
    auto& f = c->place.section == section::notes ? notes_[{.unit = unit, .number = c->place.shard}]
                                                 : slots_[unit][c->place.key_hash >> 48];
    f.rows.add(c->chunk.head.sum);
    newest_used_ = std::max(newest_used_, c->chunk.head.schema);
    if (c->place.section == section::notes || c->number != 0) return;
    ++f.actors;
    const auto due = c->chunk.head.due;
    if (due == no_timer) return;
    ++f.timers;
    std::string key;
    append_timer_key(key, unit, due, c->whole_place);
    f.timer_sum += base::hash64(key);
  }

  void take_delta(const row_at& row) {
    const auto c = chunk_of(row, delta_prefix_bytes, delta_order_);
    if (!c) return;
    const auto prefix = read_delta_prefix(row.key);
    if (c->chunk.head.of != prefix.of) wrong(row, "the value is of another attempt");
    deltas_[{prefix.copy, prefix.of}].add(c->chunk.head.sum);
  }

  void take_outbox(const row_at& row) {
    const bool fits = row.key.size() == outbox_key_bytes;
    const auto chunk = fits ? decode_chunk(outbox_place(row.key), row.value) : std::nullopt;
    if (!chunk) return wrong(row, "the value is not what was written there");
    const auto prefix = read_outbox_prefix(row.key);
    if (chunk->head.of != prefix.of) wrong(row, "the value is of another attempt");
    outboxes_[{prefix.copy, prefix.of}].add(chunk->head.sum);
  }

  void take_timer(const row_at& row) {
    const auto place = row.key.size() > timer_prefix_bytes
                           ? read_place(row.key.substr(timer_prefix_bytes))
                           : std::nullopt;
    if (!place || !unsealed(row.key, row.value)) {
      return wrong(row, "the value is not what was written there");
    }
    auto& f = slots_[unit_id{big_at<std::uint32_t>(row.key, 0)}][place->key_hash >> 48];
    f.timer_sum -= base::hash64(row.key);
  }

  void take_record(const row_at& row) {
    const auto bytes = row.key.size() == 8 ? unsealed(row.key, row.value) : std::nullopt;
    if (!bytes) return wrong(row, "the value is not what was written there");
    const log_offset at{static_cast<std::int64_t>(big_at<std::uint64_t>(row.key, 0))};
    if (!control::decode(*bytes, at)) wrong(row, "no record of the control log");
    records_.insert(at);
  }

  template <class Row>
  [[nodiscard]] bool decode(const row_at& row, Row& into) {
    if (decode_row(row.key, row.value, into)) return true;
    wrong(row, "the value is not what was written there");
    return false;
  }

  void take_ledger(const row_at& row) {
    const auto copy = ledger_key::copy_of(row.key);
    const auto of = ledger_key::attempt_of(row.key);
    switch (row.key.empty() ? '\0' : row.key[0]) {
      case 'i': {
        identity_row r;
        identity_ = decode(row, r);
        return;
      }
      case 'p': {
        progress_row r;
        static_cast<void>(decode(row, r));
        return;
      }
      case 'g': {
        log_row r;
        if (decode(row, r)) log_ = r;
        return;
      }
      case 'u': {
        unit_row r;
        if (const auto unit = ledger_key::unit_of(row.key); unit && decode(row, r)) {
          units_.insert(*unit);
        }
        return;
      }
      case 'c': {
        copy_row r;
        if (copy && decode(row, r)) copies_[*copy] = r;
        return;
      }
      case 'l': {
        link_row r;
        if (copy && of && decode(row, r)) links_[{*copy, *of}] = r;
        return;
      }
      case 'o': {
        outbox_row r;
        if (copy && of && decode(row, r)) boxes_[{*copy, *of}] = r;
        return;
      }
      case 's': {
        schema_row r;
        if (const auto number = ledger_key::schema_of(row.key); number && decode(row, r)) {
          schemas_.insert(*number);
        }
        return;
      }
      default:
        wrong(row, "no row of ours");
    }
  }

  void compare_copies() {
    for (const auto& [id, row] : copies_) {
      const auto name = fmt::format("copy {}/{}", id.unit.get(), id.number);
      if (!units_.contains(id.unit)) note(name + ": its stage has no name");
      found all = std::exchange(notes_[id], {});
      auto& slots = slots_[id.unit];
      const auto end = slots.upper_bound(row.hashes.last >> 48);
      for (auto at = slots.lower_bound(row.hashes.first >> 48); at != end; at = slots.erase(at)) {
        const auto& [slot, f] = *at;
        all.rows.chunks += f.rows.chunks;
        all.rows.sum += f.rows.sum;
        all.actors += f.actors;
        all.timers += f.timers;
        all.timer_sum += f.timer_sum;
      }
      if (all.rows != row.in_base || all.actors != row.actors || all.timers != row.timers) {
        note(
            fmt::format("{}: {} chunks, {} actors, {} timers in the base, and their sum, are not "
                        "what its row says: {}, {}, {}",
                        name, all.rows.chunks, all.actors, all.timers, row.in_base.chunks,
                        row.actors, row.timers));
      }
      if (all.timer_sum != 0) note(name + ": the index of timers is not that of its actors");
    }
    for (const auto& [id, f] : notes_) {
      if (f.rows.chunks > 0) note(fmt::format("notes of a copy that is not there: {}", id.number));
    }
    for (const auto& [unit, slots] : slots_) {
      if (!slots.empty()) {
        note(fmt::format("actors or timers of stage {} that belong to no copy", unit.get()));
      }
    }
  }

  void compare_links() {
    std::map<copy_id, attempt> tips;
    // What has left the deltas by a fold is known of all its attempts together.
    std::map<copy_id, row_sum> moved;
    for (const auto& [id, row] : copies_) {
      tips[id] = row.base;
    }
    for (const auto& [key, link] : links_) {
      const auto& [id, of] = key;
      const auto name =
          fmt::format("{} of copy {}/{}", control::to_text(of), id.unit.get(), id.number);
      if (!copies_.contains(id)) {
        note(name + ": its copy is not there");
        continue;
      }
      auto& copy = copies_[id];
      const bool first = tips[id] == copy.base;
      if (link.base != tips[id]) note(name + ": it does not follow the attempt before it");
      tips[id] = of;
      if (first && copy.folds_to == attempt{}) copy.folds_to = of;
      auto rows = deltas_[key];
      deltas_.erase(key);
      if (copy.is_half_folded() && of <= copy.folds_to) {
        moved[id] += link.rows;
        moved[id] -= rows;
      } else if (rows != link.rows) {
        note(name + ": its rows are not what was prepared");
      }
    }
    for (const auto& [id, row] : copies_) {
      if (row.folded != moved[id]) {
        note(
            fmt::format("copy {}/{}: the rows of what is being folded to {} are not what was "
                        "prepared",
                        id.unit.get(), id.number, control::to_text(row.folds_to)));
      }
      if (tips[id] != row.tip) {
        note(fmt::format("copy {}/{}: its chain ends at {}, not {}", id.unit.get(), id.number,
                         control::to_text(tips[id]), control::to_text(row.tip)));
      }
    }
    // What nothing leads to waits for the sweep, or is being prepared.
  }

  void compare_outboxes() {
    for (const auto& [key, box] : boxes_) {
      const auto& [id, of] = key;
      if (!box.trimmed && outboxes_[key] != box.rows) {
        note(fmt::format("outbox {} of lane {}/{}: its parts are not what was prepared",
                         control::to_text(of), id.unit.get(), id.number));
      }
    }
  }

  void compare_log() {
    const auto expected = log_.value_or(log_row{});
    const auto missing = [&](log_offset at) { return !records_.contains(at); };
    for (auto at = expected.floor; at < expected.next; at = at.next()) {
      if (missing(at)) return note(fmt::format("control record {} is missing", at.get()));
    }
    for (const auto at :
         {expected.last_log, expected.last_claim, expected.last_assign, expected.last_complete}) {
      if (at != control::before_the_log && missing(at)) {
        note(fmt::format("control record {} is missing", at.get()));
      }
    }
  }

  /// A state of a writer that keeps no schemas has none.
  void compare_schemas() {
    if (schemas_.empty()) return;
    for (const auto& [key, link] : links_) {
      newest_used_ = std::max(newest_used_, link.schema);
    }
    const auto last = std::max(newest_used_, *schemas_.rbegin());
    for (std::uint32_t number = 1; number <= last; ++number) {
      if (!schemas_.contains(number)) return note(fmt::format("schema {} is missing", number));
    }
  }

  verdict& into_;
  std::uint64_t at_ = 0;
  chunk_order base_order_;
  chunk_order delta_order_;
  std::map<copy_id, found> notes_;
  std::map<unit_id, std::map<std::uint64_t, found>> slots_;
  std::map<attempt_of_copy, row_sum> deltas_;
  std::map<attempt_of_copy, row_sum> outboxes_;
  std::set<log_offset> records_;
  bool identity_ = false;
  std::set<unit_id> units_;
  std::map<copy_id, copy_row> copies_;
  std::map<attempt_of_copy, link_row> links_;
  std::map<attempt_of_copy, outbox_row> boxes_;
  std::optional<log_row> log_;
  std::set<std::uint32_t> schemas_;
  /// The highest that a row carries.
  std::uint32_t newest_used_ = 0;
};

}  // namespace

result<verdict> verify(const std::filesystem::path& folder) {
  const auto path = folder / data_file_name;
  const auto file = page_file::open(path);
  if (!file) return std::unexpected{file.error()};
  const auto lock = folder_lock::take(folder);
  if (!lock) return std::unexpected{lock.error()};
  verdict out;
  examination all{out};
  page_walk walk{*file, walk_depth::leaves, [&](const row_at& row) { all.take(row); }};
  for (auto& defect : walk.run()) {
    out.findings.push_back({.at = defect.at, .what = std::move(defect.what)});
  }
  out.pages = walk.counts().pages;
  out.free_pages = walk.counts().free;
  out.rows = walk.counts().rows;
  all.finish();
  return out;
}

}  // namespace aisle::kv
