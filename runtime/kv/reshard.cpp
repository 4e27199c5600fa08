// SPDX-License-Identifier: Apache-2.0
// Rows stay where they are, because no key of theirs names a shard: only the ledger's rows of the
// copies are made anew, with counts of what each has now, and the notes that shards have.
#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/kv/copies.hpp"
#include "runtime/kv/node_state.hpp"

namespace aisle::kv {
namespace {

/// The copies of a stage, by their hashes. Throws unless all are here, and folded alike.
std::vector<copy_facts> foldless_copies(const txn& in, std::string_view stage) {
  std::vector<copy_facts> found;
  for (const auto id : copies_in(in)) {
    auto facts = facts_of(in, id);
    if (facts.shard.kind == control::shard_kind::stage && facts.shard.of == stage) {
      found.push_back(std::move(facts));
    }
  }
  std::ranges::sort(found, {}, [](const copy_facts& c) { return c.row.hashes.first; });
  std::uint64_t next = 0;
  for (const auto& c : found) {
    if (c.row.hashes.first != next || c.row.state != copy_state::whole) {
      throw trouble{errc::unknown_copy,
                    fmt::format("stage {} cannot have another number of shards: not all of it is "
                                "in {}",
                                stage, in.context().path)};
    }
    if (!c.chain.empty() || c.row.base != found[0].row.base) {
      throw trouble{errc::wrong_base,
                    fmt::format("stage {} cannot have another number of shards yet: {} is not "
                                "folded",
                                stage, control::to_text(c.shard))};
    }
    next = c.row.hashes.last + 1;
  }
  if (found.empty() || next != 0) {
    throw trouble{errc::unknown_copy,
                  fmt::format("not all of stage {} is in {}", stage, in.context().path)};
  }
  return found;
}

void remove_notes(txn& in, copy_id copy) {
  std::string prefix;
  append_base_prefix(prefix, copy.unit);
  append_notes_bound(prefix, copy.number);
  auto at = in.cursor(table::base);
  for (bool on = at.seek(prefix); on && at.is_in(prefix);) {
    on = at.erase();
  }
}

void count_actors(const txn& in, unit_id unit, std::vector<copy_row>& rows) {
  std::string prefix;
  append_base_prefix(prefix, unit);
  auto at = in.cursor(table::base);
  for (bool on = at.seek(prefix); on && at.is_in(prefix); on = at.next()) {
    const auto place = at.key().substr(base_prefix_bytes);
    const auto chunk = decode_chunk(place, at.value());
    const auto read = read_place(place.substr(0, place.size() - chunk_number_bytes));
    if (!chunk || !read || read->section != section::actors) in.damaged(table::base, at.key());
    const auto count = static_cast<std::uint32_t>(rows.size());
    auto& row = rows[base::shard_of(base::slot_of(read->key_hash), count).get()];
    row.in_base.add(chunk->head.sum);
    if (chunk->head.kind != value_kind::first) continue;
    ++row.actors;
    if (chunk->head.due != no_timer) ++row.timers;
  }
}

void put_note(txn& in, copy_id copy, const shard_note& note, attempt of, copy_row& row) {
  std::string place;
  append_note_place(place, copy.number, note.name);
  chunker{}.cut(place,
                {.kind = value_kind::first,
                 .schema = note.schema,
                 .of = of,
                 .due = no_timer,
                 .long_key = {},
                 .bytes = note.bytes},
                [&](std::string_view at, std::string_view value, std::uint64_t sum) {
                  std::string key;
                  append_base_prefix(key, copy.unit);
                  key += at;
                  in.put(table::base, key, value);
                  row.in_base.add(sum);
                  return true;
                });
}

}  // namespace

result<std::vector<copy_id>> node_state::reshard(std::string_view stage, std::uint32_t shards,
                                                 std::span<const shard_note> notes) {
  std::vector<copy_id> made;
  const auto written = env_->write([&](txn& in) {
    made.clear();
    const auto before = foldless_copies(in, stage);
    const auto unit = before[0].id.unit;
    const auto stands_on = before[0].row.base;
    for (const auto& c : before) {
      remove_notes(in, c.id);
      in.erase(table::ledger, ledger_key::copy(c.id));
    }
    std::vector<copy_row> rows(shards);
    count_actors(in, unit, rows);
    for (const auto& note : notes) {
      base::check(note.shard < shards, "a note belongs to a shard");
      put_note(in, {.unit = unit, .number = note.shard}, note, stands_on, rows[note.shard]);
    }
    for (std::uint32_t i = 0; i < shards; ++i) {
      rows[i].hashes = range_of(i, shards);
      rows[i].base = stands_on;
      rows[i].tip = stands_on;
      made.push_back({.unit = unit, .number = i});
      in.put_row(ledger_key::copy(made.back()), rows[i]);
    }
  });
  if (!written) return std::unexpected{written.error()};
  return made;
}

}  // namespace aisle::kv
