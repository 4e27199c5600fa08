// SPDX-License-Identifier: Apache-2.0
// 1. The first part looks whether every delta is based on the tip of its copy's chain.
// 2. Rows are written delta by delta, sorted, so that they append to the table.
// 3. A part ends after part_bytes_max; what it did counts only when its commit succeeded.
// 4. The last part writes the links, the outboxes' rows and, if asked, the control record. Before
//    it no read sees any of the rows, and a sweep takes them away once the generation is over.
#include "runtime/kv/preparation.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/fault.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/kv/log_table.hpp"
#include "runtime/kv/node_state.hpp"
#include "runtime/kv/outbox_rows.hpp"

namespace aisle::kv {
namespace {

void sort_actors(std::vector<change>& actors) {
  const auto less = [](const change& a, const change& b) {
    if (a.key_hash != b.key_hash) return a.key_hash < b.key_hash;
    std::string left;
    std::string right;
    append_actor_place(left, a.key_hash, a.key);
    append_actor_place(right, b.key_hash, b.key);
    return left < right;
  };
  std::ranges::sort(actors, less);
  const auto same = [](const change& a, const change& b) {
    return a.key_hash == b.key_hash && a.key == b.key;
  };
  base::check(std::ranges::adjacent_find(actors, same) == actors.end(),
              "a delta has a key at most once");
}

void sort_notes(std::vector<note_change>& notes) {
  const auto less = [](const note_change& a, const note_change& b) {
    return a.name.size() != b.name.size() ? a.name.size() < b.name.size() : a.name < b.name;
  };
  std::ranges::sort(notes, less);
  base::check(std::ranges::adjacent_find(notes, {}, &note_change::name) == notes.end(),
              "a delta has a note at most once");
}

}  // namespace

/// One transaction's worth.
class preparation::part {
 public:
  part(const preparation& of, txn& in)
      : of_{of}, at_{of.at_}, totals_{of.totals_}, rows_{in.cursor(table::deltas)}, in_{in} {
    behind_all_ = !rows_.last();
    if (!behind_all_) last_key_ = rows_.key();
  }

  /// Writes until the part is full or everything is written.
  void fill() {
    while (!of_.at_end(at_) && bytes_ < part_bytes_max) {
      const auto& d = of_.deltas_[at_.delta];
      switch (at_.in) {
        case phase::actors:
          write_actor(d);
          break;
        case phase::notes:
          write_note(d);
          break;
        case phase::outbox:
          write_outbox(d);
          break;
      }
    }
  }

  [[nodiscard]] const place& at() const { return at_; }
  [[nodiscard]] std::vector<totals>& all() { return totals_; }

 private:
  void write_actor(const delta& d) {
    if (at_.index == d.actors.size()) return next_phase(phase::notes);
    const auto& c = d.actors[at_.index];
    base::check(totals_[at_.delta].hashes.holds(c.key_hash), "an actor belongs to its copy");
    place_.clear();
    append_actor_place(place_, c.key_hash, c.key);
    const bool is_long = c.key.size() > plain_key_max;
    row_bytes row{.kind = c.state ? value_kind::first : value_kind::tombstone,
                  .schema = d.schema,
                  .of = of_.of_,
                  .due = c.due,
                  .long_key = is_long ? c.key : std::string_view{},
                  .bytes = c.state.value_or(std::string_view{})};
    write_row(d, row);
  }

  void write_note(const delta& d) {
    if (at_.index == d.notes.size()) return next_phase(phase::outbox);
    const auto& n = d.notes[at_.index];
    place_.clear();
    append_note_place(place_, d.copy.number, n.name);
    write_row(d, {.kind = n.bytes ? value_kind::first : value_kind::tombstone,
                  .schema = d.schema,
                  .of = of_.of_,
                  .due = no_timer,
                  .long_key = {},
                  .bytes = n.bytes.value_or(std::string_view{})});
  }

  void write_row(const delta& d, const row_bytes& row) {
    if (row.payload() > payload_bytes_max) {
      throw trouble{errc::too_large,
                    fmt::format("a state of {} bytes, under key {}: {} at the most", row.payload(),
                                hex_of(place_), payload_bytes_max)};
    }
    prefix_.clear();
    append_delta_prefix(prefix_, of_.of_, d.copy);
    chunker_.cut(place_, row, [&](std::string_view place, std::string_view value, auto sum) {
      key_.assign(prefix_);
      key_ += place;
      put(value);
      auto& t = totals_[at_.delta];
      t.rows.add(sum);
      t.bytes += key_.size() + value.size();
      return true;
    });
    ++at_.index;
  }

  void put(std::string_view value) {
    bytes_ += key_.size() + value.size();
    if (totals_[at_.delta].there) return;
    if (behind_all_ || last_key_ < key_) {
      rows_.append(key_, value);
      last_key_ = key_;
      behind_all_ = false;
    } else {
      rows_.put(key_, value);
    }
  }

  void write_outbox(const delta& d) {
    const auto parts = d.outbox ? d.outbox->parts.size() : 0;
    if (at_.index == parts) return next_delta();
    const auto bytes = d.outbox->parts[at_.index];
    auto& t = totals_[at_.delta];
    const outbox_chunk chunk{.lane = d.copy,
                             .of = of_.of_,
                             .part = static_cast<std::uint32_t>(at_.index),
                             .schema = d.schema};
    const auto written = encode_outbox_chunk(chunk, bytes, at_.byte, key_, value_);
    t.outbox.add(written.sum);
    if (!t.there) in_.put(table::outbox, key_, value_);
    bytes_ += key_.size() + value_.size();
    at_.byte += written.bytes;
    if (at_.byte == bytes.size()) {
      ++at_.index;
      at_.byte = 0;
    }
  }

  void next_phase(phase next) {
    at_.in = next;
    at_.index = 0;
  }
  void next_delta() { at_ = {.delta = at_.delta + 1, .in = phase::actors, .index = 0, .byte = 0}; }

  const preparation& of_;
  place at_;
  std::vector<totals> totals_;
  cursor rows_;
  txn& in_;
  /// Nothing stands in the table.
  bool behind_all_ = false;
  std::string last_key_;
  std::size_t bytes_ = 0;
  chunker chunker_;
  std::string prefix_;
  std::string place_;
  std::string key_;
  std::string value_;
};

preparation::preparation(attempt of, std::vector<delta> deltas, std::optional<record_with> record)
    : of_{of}, deltas_{std::move(deltas)}, record_{std::move(record)}, totals_(deltas_.size()) {
  for (auto& d : deltas_) {
    sort_actors(d.actors);
    sort_notes(d.notes);
  }
  std::ranges::sort(deltas_, {}, &delta::copy);
  base::check(std::ranges::adjacent_find(deltas_, {}, &delta::copy) == deltas_.end(),
              "an attempt has a copy at most once");
}

void preparation::check_base(const txn& in, std::size_t i, totals& of) const {
  const auto& d = deltas_[i];
  const auto copy = in.row<copy_row>(ledger_key::copy(d.copy));
  const auto name =
      fmt::format("{} of copy {}/{}", control::to_text(of_), d.copy.unit.get(), d.copy.number);
  if (!copy || copy->state != copy_state::whole) {
    throw trouble{errc::unknown_copy, fmt::format("{}: no such copy is here; make it first", name)};
  }
  of.hashes = copy->hashes;
  const auto link = in.row<link_row>(ledger_key::link(d.copy, of_));
  of.there = link && copy->tip == of_ && link->base == d.base;
  if (!of.there && (copy->tip != d.base || of_ <= d.base)) {
    throw trouble{errc::wrong_base,
                  fmt::format("{} is based on {}, but the copy's last attempt is {}; the copy has "
                              "to be filled anew",
                              name, control::to_text(d.base), control::to_text(copy->tip))};
  }
}

checksum preparation::checksum_of(const delta& d, const totals& of) const {
  std::string all;
  const auto add_attempt = [&](attempt a) {
    append_little(all, static_cast<std::uint64_t>(a.generation.get()));
    append_little(all, a.epoch.get());
  };
  add_attempt(of_);
  add_attempt(d.base);
  append_little(all, d.schema);
  append_little(all, of.rows.chunks);
  append_little(all, of.rows.sum);
  append_little(all, static_cast<std::uint8_t>(d.outbox.has_value()));
  if (d.outbox) {
    add_attempt(d.outbox->prev);
    add_attempt(d.outbox->delivered_to);
    append_little(all, static_cast<std::uint8_t>(d.outbox->born));
    append_little(all, of.outbox.chunks);
    append_little(all, of.outbox.sum);
  }
  return checksum{base::hash64(all)};
}

void preparation::link(txn& in, std::size_t i, const totals& of) {
  const auto& d = deltas_[i];
  const auto sum = checksum_of(d, of);
  checksums_.push_back(sum);
  const auto key = ledger_key::link(d.copy, of_);
  if (of.there) {
    if (in.row<link_row>(key)->checksum == sum) return;
    throw trouble{errc::wrong_base,
                  fmt::format("{} of copy {}/{} is here already, with other "
                              "contents; the copy has to be filled anew",
                              control::to_text(of_), d.copy.unit.get(), d.copy.number)};
  }
  in.put_row(
      key,
      link_row{
          .base = d.base, .rows = of.rows, .bytes = of.bytes, .schema = d.schema, .checksum = sum});
  const auto copy_key = ledger_key::copy(d.copy);
  auto copy = *in.row<copy_row>(copy_key);
  copy.tip = of_;
  in.put_row(copy_key, copy);
  if (!d.outbox) return;
  const auto& box = *d.outbox;
  std::uint64_t bytes = 0;
  for (const auto part : box.parts) {
    bytes += part.size();
  }
  in.put_row(ledger_key::outbox(d.copy, of_),
             outbox_row{.prev = box.prev,
                        .delivered_to = box.delivered_to,
                        .born = box.born,
                        .parts = static_cast<std::uint32_t>(box.parts.size()),
                        .bytes = bytes,
                        .rows = of.outbox,
                        .trimmed = false});
}

void preparation::finish(txn& in, const std::vector<totals>& all) {
  checksums_.clear();
  for (std::size_t i = 0; i < deltas_.size(); ++i) {
    auto now = all[i];
    check_base(in, i, now);
    link(in, i, all[i]);
  }
  auto progress = in.row<progress_row>(ledger_key::progress()).value_or(progress_row{});
  progress.written_under = std::max(progress.written_under, of_.generation);
  in.put_row(ledger_key::progress(), progress);
  if (record_) appended_ = append_record(in, record_->make(checksums_), record_->after);
}

result<void> node_state::prepare(preparation& what) {
  while (!what.done_) {
    preparation::place next;
    std::vector<preparation::totals> totals;
    const auto written = env().write([&](txn& in) {
      const auto progress = in.row<progress_row>(ledger_key::progress()).value_or(progress_row{});
      if (what.of_.generation < progress.written_under) {
        throw trouble{errc::old_generation,
                      fmt::format("{} is of an older generation than {}, which was written under",
                                  control::to_text(what.of_), progress.written_under.get())};
      }
      if (what.parts_ == 0) {
        for (std::size_t i = 0; i < what.deltas_.size(); ++i) {
          what.check_base(in, i, what.totals_[i]);
        }
      }
      preparation::part part{what, in};
      part.fill();
      next = part.at();
      totals = std::move(part.all());
      if (what.at_end(next)) what.finish(in, totals);
      base::pass_fault(base::fault_point::kv_part_written);
    });
    if (!written) return written;
    what.at_ = next;
    what.totals_ = std::move(totals);
    ++what.parts_;
    what.done_ = what.at_end(next);
    base::pass_fault(what.done_ ? base::fault_point::kv_prepared
                                : base::fault_point::kv_part_synced);
  }
  return {};
}

}  // namespace aisle::kv
